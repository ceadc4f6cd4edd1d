//! A Postman environment with Adobe's own variable names, so that Adobe's collections run unchanged; for newman as
//! well. <https://github.com/adobe/experience-platform-postman-samples> has such collections.

use std::path::{Path, PathBuf};

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Audience, Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind};
use crate::new_file::Beside;
use crate::tokens::{Credential, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    spec: CommandSpec::new("postman", "a Postman environment, for Postman's import and for newman -e").with(options),
    called: &[],
    audience: Audience::Adobe,
    trigger: None,
    serve,
};

/// The same each time: Postman then replaces the environment that it has.
const ID: &str = "6a77742d-6372-4564-a56e-7469616c0001";

fn options() -> Vec<Arg> {
    let output = Arg::new("output").short('o').long("output").value_name("FILE");
    vec![
        output
            .value_parser(clap::value_parser!(PathBuf))
            .help("Write it to FILE (0600), which is replaced; standard output unless given, and for -"),
    ]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(call, tokens, &Want::without_margin())?;
    let text = format!("{:#}\n", environment(&credential));
    let Some(path) = call.path("output")?.filter(|path| *path != Path::new("-")) else { return call.answer(&text) };
    // A device or a pipe would be replaced by a file.
    if path.symlink_metadata().is_ok_and(|there| !there.is_file()) {
        return Err(Error::new(Kind::Usage, format!("what is at {} is no file: it is not replaced", path.display()))
            .hint("without -o the environment goes to standard output"));
    }
    // A file name alone has an empty parent, which is no directory.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    Beside::write(&path, text.as_bytes()).and_then(|new| new.take_place(true)).map(|()| 0).map_err(|error| {
        Error::new(Kind::Output, format!("the environment could not be written to {}: {error}", path.display()))
    })
}

fn environment(credential: &Credential) -> Json {
    let header = |name: &str| {
        let found = credential.headers.iter().find(|(had, _)| had.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    };
    // Adobe's collections write the scheme themselves.
    let host = credential.endpoint.as_deref().map(|origin| origin.strip_prefix("https://").unwrap_or(origin));
    let end = credential.expires_at.map(rfc3339);
    let values: Vec<Json> = [
        ("ACCESS_TOKEN", Some(credential.access_token.as_str()), "secret"),
        ("ACCESS_TOKEN_EXPIRES_AT", end.as_deref(), "default"),
        ("API_KEY", header("x-api-key"), "default"),
        ("IMS_ORG", header("x-gw-ims-org-id"), "default"),
        ("SANDBOX_NAME", header("x-sandbox-name"), "default"),
        ("IMS", host, "default"),
    ]
    .into_iter()
    .filter_map(|(key, value, kind)| {
        value.map(|value| json!({"key": key, "value": value, "type": kind, "enabled": true}))
    })
    .collect();
    json!({"id": ID, "name": "jwt-credential", "values": values, "_postman_variable_scope": "environment"})
}
