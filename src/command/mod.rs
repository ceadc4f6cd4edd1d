//! What a person types: one file and one row each.

mod forget;
mod import;
mod init;
mod link;
mod list;
mod sandbox;
mod show;
mod status;

use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;

/// A command for the person.
pub struct Command {
    pub spec: CommandSpec,
    /// Runs it; the exit code.
    pub run: fn(&Call) -> Result<u8, Error>,
}

/// All commands, in the order of the help.
pub static ALL: [&Command; 8] = [
    &import::COMMAND,
    &init::COMMAND,
    &sandbox::COMMAND,
    &list::COMMAND,
    &show::COMMAND,
    &status::COMMAND,
    &forget::COMMAND,
    &link::COMMAND,
];
