//! The bare token and a newline.

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(CommandSpec::new("token", "the bare token"), serve);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::default())?;
    call.answer(&format!("{}\n", credential.access_token()?))
}
