//! Drops what the cache holds of a profile: for a token that a server no longer takes.

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::profile_tokens;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("forget", "drop the cached token: the next call mints").taking(&["profile", "scope"]),
    run,
};

fn run(call: &Call) -> Result<u8, Error> {
    profile_tokens::forget_all(call).map(|()| 0)
}
