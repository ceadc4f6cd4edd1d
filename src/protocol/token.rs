//! The bare token and a newline.

use super::{MIN_TTL, Protocol, Tokens, Want, no_options};
use crate::call::Call;
use crate::cli::Verb;
use crate::error::Error;

pub(super) static PROTOCOL: Protocol = Protocol {
    verb: Verb { name: "token", about: "the bare token", options: no_options, rest: None },
    min_ttl: MIN_TTL,
    serve,
};

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<(), Error> {
    let credential = tokens.get(&Want { min_ttl: MIN_TTL })?;
    call.write(&format!("{}\n", credential.access_token.as_str()))
}
