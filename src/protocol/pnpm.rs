//! pnpm's `tokenHelper`. Version 10 gives no arguments, so that the name by which it calls says all; it sends what is
//! printed as the whole header, and later versions do so where it has a scheme.
//! <https://pnpm.io/npmrc#url-tokenhelper>

use super::{Audience, Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol {
    spec: CommandSpec::new("pnpm", "pnpm, as the tokenHelper of a registry in ~/.npmrc"),
    called: &["pnpm-credential-jwt"],
    audience: Audience::Issuer,
    trigger: None,
    serve,
};

/// The server is not named: ~/.npmrc pairs the two, and pnpm takes a tokenHelper from nowhere else.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(call, tokens, &Want::without_margin())?;
    call.answer(&format!("Bearer {}\n", credential.access_token()?))
}
