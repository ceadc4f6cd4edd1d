//! Drops the cached token of a profile, if a server no longer accepts it.

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::profile_tokens;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("forget", "Drop the cached token; the next call requests a new one").taking(&[
        "profile",
        "scope",
        "audience",
        "repository",
    ]),
    run,
};

fn run(call: &Call) -> Result<u8, Error> {
    profile_tokens::forget_all(call).map(|()| 0)
}
