//! pnpm's `tokenHelper`. Version 10 gives no arguments, so that the name by which it calls says all; it sends what is
//! printed as the whole header, and later versions do so where it has a scheme.
//! <https://pnpm.io/npmrc#url-tokenhelper>

use super::{Audience, Protocol, Tokens, Want};
use crate::call::Call;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol {
    verb: Verb::new("pnpm", "pnpm, as the tokenHelper of a registry in ~/.npmrc"),
    called: &["pnpm-credential-jwt"],
    audience: Audience::TrustingServers,
    summons: None,
    serve,
};

/// The server is not named: ~/.npmrc pairs the two, and pnpm takes a tokenHelper from nowhere else.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = tokens.get(&Want::without_margin())?;
    call.answer(&format!("Bearer {}\n", credential.access_token.as_str()))
}
