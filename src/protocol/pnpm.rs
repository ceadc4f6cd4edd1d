//! pnpm's `tokenHelper`. Version 10 passes no arguments, so that the program's name selects the protocol. It
//! sends the output as the whole header; later versions do so if the output has a scheme.
//! <https://pnpm.io/npmrc#url-tokenhelper>

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::of_tool(
    CommandSpec::new("pnpm", "pnpm: tokenHelper of a registry in ~/.npmrc"),
    &["pnpm-credential-jwt"],
    serve,
);

/// pnpm names no server: the registry and its helper stand together in ~/.npmrc, the only file that may name a helper.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::with_margin())?;
    call.answer(&format!("Bearer {}\n", credential.access_token()?))
}
