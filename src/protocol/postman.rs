//! A Postman environment with the provider's own variable names, so that its collections run unchanged in Postman
//! and in newman.

use std::path::{Path, PathBuf};

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Audience, Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::{Error, Kind};
use crate::sys::AtomicFile;
use crate::tokens::{Credential, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    spec: CommandSpec::new("postman", "Print an environment for Postman and for newman -e")
        .with(options)
        .showing(EXAMPLES),
    called: &[],
    audience: Audience::ProviderApis,
    trigger: None,
    serve,
};

/// Always the same, so that Postman replaces the environment that it has.
const ID: &str = "6a77742d-6372-4564-a56e-7469616c0001";

const EXAMPLES: &[Example] =
    &[example("Write the environment to a file", "jwt-credential postman -o prod.postman_environment.json")];

fn options() -> Vec<Arg> {
    let output = Arg::new("output").short('o').long("output").value_name("FILE");
    vec![
        output
            .value_parser(clap::value_parser!(PathBuf))
            .help("Write to FILE with mode 0600, replacing it; - is standard output"),
    ]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::with_margin())?;
    let text = format!("{:#}\n", environment(&credential)?);
    let Some(path) = call.path("output")?.filter(|path| *path != Path::new("-")) else { return call.answer(&text) };
    // Writing would replace a device or a pipe by a file.
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(Error::new(Kind::Usage, format!("what is at {} is no file: it is not replaced", path.display()))
            .hint("without -o the environment goes to standard output"));
    }
    // A file name without a directory has an empty parent, which cannot be opened.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    AtomicFile::replace(&path, text.as_bytes()).map(|()| 0).map_err(|error| {
        Error::new(Kind::Output, format!("the environment could not be written to {}: {error}", path.display()))
    })
}

fn environment(credential: &Credential) -> Result<Json, Error> {
    let end = credential.expires_at.map(rfc3339);
    let own = [
        ("ACCESS_TOKEN", Some(credential.access_token()?), "secret"),
        ("ACCESS_TOKEN_EXPIRES_AT", end.as_deref(), "default"),
    ];
    let providers = credential.variables.iter().map(|(name, value)| (name.as_str(), Some(value.as_str()), "default"));
    let entry = |(key, value, kind)| Some(json!({"key": key, "value": value?, "type": kind, "enabled": true}));
    let values: Vec<Json> = own.into_iter().chain(providers).filter_map(entry).collect();
    Ok(json!({"id": ID, "name": "jwt-credential", "values": values, "_postman_variable_scope": "environment"}))
}
