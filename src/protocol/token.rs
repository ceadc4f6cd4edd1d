//! The bare token and a newline.

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol =
    Protocol::plain(CommandSpec::new("token", "Print the bare token").showing(EXAMPLES), serve);

const EXAMPLES: &[Example] =
    &[example("Keep it in a variable, and stop if there is none", "token=$(jwt-credential token) || exit")];

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    call.answer(&format!("{}\n", credential.access_token()?))
}
