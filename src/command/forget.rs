//! Drops what the cache holds of a profile: for a token that a server no longer takes.

use super::Command;
use crate::call::Call;
use crate::desk::Desk;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static COMMAND: Command =
    Command { verb: Verb::new("forget", "drop the cached token: the next call mints"), run };

fn run(call: &Call) -> Result<u8, Error> {
    Desk::new(call).forget().map(|()| 0)
}
