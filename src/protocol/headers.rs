//! All headers that an API needs: one line each, or a flat JSON object of strings, as Terraform's `data "external"` and
//! MCP's headersHelper read it.

use clap::Arg;
use serde::Serialize;

use super::{Protocol, credential, json};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example, switch};
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("headers", "Print all headers that the API needs, one per line").with(options).showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[example("For programs that read JSON", "jwt-credential headers --json")];

fn options() -> Vec<Arg> {
    vec![switch("json", "Print one flat JSON object of strings")]
}

/// One object, in the order of the headers.
#[derive(Serialize)]
#[serde(transparent)]
struct Headers<'a>(#[serde(serialize_with = "json::object")] &'a [(String, String)]);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    credential.access_token()?;
    if call.has("json") {
        return call.answer_json(&Headers(&credential.headers));
    }
    let lines = credential.headers.iter().map(|(name, value)| format!("{name}: {value}\n"));
    call.answer(&lines.collect::<String>())
}
