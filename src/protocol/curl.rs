//! curl, in two forms: config lines for `curl -K`, and `curl -- ARGS`, which becomes curl.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::process::Command;

use super::become_program::become_program;
use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::{Error, Kind};
use crate::sys::InheritedFile;
use crate::tokens::{Credential, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec {
        // A shell loses our exit code in `curl -K <(…)`.
        when_failing: Some(SEND_NOTHING),
        ..CommandSpec::new("curl", "Print a config for curl -K; with ARGS, run curl itself")
            .and_rest("ARGS")
            .showing(EXAMPLES)
    },
    serve,
);

/// With every protocol forbidden curl sends nothing. A later option may allow protocols again: then the socket, which
/// does not exist, stops it.
const SEND_NOTHING: &str =
    "# No token: this configuration makes curl send nothing.\nproto = \"-all\"\nunix-socket = \"/dev/null/none\"\n";

const EXAMPLES: &[Example] = &[
    example("Call an API", "jwt-credential curl -- https://api.example.com/items"),
    example("Pass the headers to curl yourself", "jwt-credential curl | curl -K - https://api.example.com/items"),
];

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    credential.access_token()?;
    match &call.rest {
        None => call.answer(&config(&credential)),
        Some(args) => Err(become_curl(credential, args)),
    }
}

/// Headers as lines of a config file (curl(1), `--config`).
fn config(credential: &Credential) -> String {
    let mut text = String::new();
    for (name, value) in &credential.headers {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        let _ = writeln!(text, "header = \"{name}: {value}\"");
    }
    text
}

/// Becomes curl, which inherits a file (on Unix, a pipe) with the headers, so that no process list shows them. Returns only
/// on failure.
fn become_curl(credential: Credential, args: &[OsString]) -> Error {
    let headers = match InheritedFile::holding(&config(&credential)) {
        Ok(headers) => headers,
        Err(error) => return Error::new(Kind::Other, format!("the headers could not be handed to curl: {error}")),
    };
    let mut curl = Command::new("curl");
    // curl obeys `-q` (skip ~/.curlrc) as its first argument only, also as the beginning of `-qsS`.
    if args.first().is_some_and(|arg| arg == "--disable" || arg.to_string_lossy().starts_with("-q")) {
        curl.arg("-q");
    }
    curl.arg("-K").arg(headers.path()).args(args);
    become_program(curl, Some(headers), &[credential])
}
