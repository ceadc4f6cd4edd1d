//! All headers that an API needs: one line each, or a flat JSON object of strings, as Terraform's `data "external"` and
//! MCP's headersHelper read it.

use std::fmt::Write as _;

use clap::Arg;

use super::{Protocol, credential, json};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example, switch};
use crate::error::{Error, Kind};
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("headers", "Print all headers that the API needs, one per line").with(options).showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[example("For programs that read JSON", "jwt-credential headers --json")];

fn options() -> Vec<Arg> {
    vec![switch("json", "Print one flat JSON object of strings")]
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    credential.access_token()?;
    let mut text = String::new();
    if call.has("json") {
        let mut bytes = Vec::new();
        json::object(&credential.headers, &mut serde_json::Serializer::new(&mut bytes))
            .map_err(|error| Error::new(Kind::Other, error.to_string()))?;
        text = String::from_utf8_lossy(&bytes).into_owned() + "\n";
    } else {
        for (name, value) in &credential.headers {
            let _ = writeln!(text, "{name}: {value}");
        }
    }
    call.answer(&text)
}
