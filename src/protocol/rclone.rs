//! rclone's `bearer_token_command`, which puts the scheme before what it reads.
//! <https://rclone.org/webdav/#webdav-bearer-token-command>

use super::{Audience, Protocol, Tokens, Want};
use crate::call::Call;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol = Protocol {
    verb: Verb::new("rclone", "rclone, as a bearer_token_command"),
    called: &[],
    audience: Audience::TrustingServers,
    summons: None,
    serve,
};

/// The server is not named: rclone's remote pairs the two.
fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let credential = tokens.get(&Want::without_margin())?;
    call.answer(&format!("{}\n", credential.access_token.as_str()))
}
