//! The Authorization header's line (RFC 6750, section 2.1).

use super::{Protocol, Tokens, Want};
use crate::call::Call;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol::plain(Verb::new("header", "Authorization: Bearer …"), serve);

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = tokens.get(&Want::default())?;
    call.answer(&format!("Authorization: Bearer {}\n", credential.access_token.as_str()))
}
