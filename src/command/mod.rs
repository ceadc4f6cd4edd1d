//! The commands that a user types: a file and a row for each.

mod completions;
mod forget;
mod import;
mod init;
mod link;
mod list;
mod man;
mod profile_options;
mod mock;
mod show;
mod status;

use clap::{Arg, ArgAction};

use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;

/// A command that a user types.
pub struct Command {
    pub spec: CommandSpec,
    /// Returns the exit code.
    pub run: fn(&Call) -> Result<u8, Error>,
}

/// All commands, in the order of the help.
pub static ALL: [&Command; 10] = [
    &import::COMMAND,
    &init::COMMAND,
    &mock::COMMAND,
    &list::COMMAND,
    &show::COMMAND,
    &status::COMMAND,
    &forget::COMMAND,
    &link::COMMAND,
    &completions::COMMAND,
    &man::COMMAND,
];

/// An option with a value.
fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}
