//! The bare token and a newline.

use super::{Protocol, Tokens, Want};
use crate::call::Call;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol::plain(Verb::new("token", "the bare token"), serve);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = tokens.get(&Want::default())?;
    call.answer(&format!("{}\n", credential.access_token.as_str()))
}
