//! rclone's `bearer_token_command`. rclone adds the scheme itself.
//! <https://rclone.org/webdav/#webdav-bearer-token-command>

use super::{Protocol, credential};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::tokens::{Tokens, Want};

pub(super) static PROTOCOL: Protocol =
    Protocol::of_tool(CommandSpec::new("rclone", "rclone: bearer_token_command"), &[], serve);

/// rclone names no server: its remote pairs the server and the command.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = credential(tokens, &Want::with_margin())?;
    call.answer(&format!("{}\n", credential.access_token()?))
}
