//! The header that carries the token: Authorization (RFC 6750, section 2.1), or the provider's own.

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol =
    Protocol::plain(CommandSpec::new("header", "Print the Authorization header").showing(EXAMPLES), serve);

const EXAMPLES: &[Example] =
    &[example("For curl's own command line", "jwt-credential header | curl -H @- https://api.example.com/items")];

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    let value = credential.header.value(credential.access_token()?);
    call.answer(&format!("{}: {value}\n", credential.header.name))
}
