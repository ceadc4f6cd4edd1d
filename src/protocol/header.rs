//! The line of the Authorization header (RFC 6750, section 2.1).

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol =
    Protocol::plain(CommandSpec::new("header", "Print the Authorization header"), serve);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    call.answer(&format!("Authorization: Bearer {}\n", credential.access_token()?))
}
