//! Bazel's credential helpers. <https://github.com/EngFlow/credential-helper-spec>

use clap::Arg;
use serde::Deserialize;
use serde_json::json;

use super::Protocol;
use super::stdin::Stdin;
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, argument};
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("bazel", "bazel: --credential_helper").with(options),
    &["bazel-credential-jwt"],
    serve,
);

fn options() -> Vec<Arg> {
    vec![argument("operation", "OPERATION").required(true).help("get; reads the request from standard input")]
}

#[derive(Deserialize)]
struct Request {
    uri: String,
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    if call.value("operation") != Some("get") {
        return Err(Error::new(Kind::Usage, "bazel has one operation only: get"));
    }
    let request: Request = Stdin::within(call.deadline.remaining()).json()?;
    let server = server(&request.uri);
    // The specification prefers an error, but that fails every build that uses the helper for all hosts.
    let Ok(credential) = tokens.get(&Want::default().at(server))? else { return call.answer("{}\n") };
    let headers: serde_json::Map<String, serde_json::Value> =
        credential.headers.iter().map(|(name, value)| (name.clone(), json!([value]))).collect();
    let mut answer = json!({"headers": headers});
    if let Some(end) = credential.expires_at {
        answer["expires"] = rfc3339(end).into();
    }
    call.answer_json(&answer)
}

/// Bazel also asks for gRPC servers.
fn server(uri: &str) -> Result<Origin, String> {
    match uri.strip_prefix("grpcs://") {
        Some(rest) => Origin::of_url(&format!("https://{rest}")),
        None => Origin::of_url(uri),
    }
}
