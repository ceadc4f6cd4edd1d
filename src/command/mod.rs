//! The commands that a user types: a file and a row for each.

mod completions;
mod confirm;
mod delete;
pub mod doctor;
mod expiry;
mod forget;
mod hosts;
mod import;
mod init;
mod keep;
mod link;
mod list;
mod man;
mod mock;
mod profile_options;
mod providers;
mod rename;
mod revoke;
mod show;
mod status;
mod use_default;
mod whoami;

use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::command_spec::{CommandSpec, switch, text};
use crate::error::{Error, Kind};
use crate::{environment, protocol};

/// A command that a user types.
pub struct Command {
    pub spec: CommandSpec,
    /// Returns the exit code.
    pub run: fn(&Call) -> Result<u8, Error>,
}

/// All commands, in the order of the help.
pub static ALL: [&Command; 19] = [
    &import::COMMAND,
    &init::COMMAND,
    &providers::COMMAND,
    &mock::COMMAND,
    &list::COMMAND,
    &show::COMMAND,
    &status::COMMAND,
    &whoami::COMMAND,
    &doctor::COMMAND,
    &use_default::COMMAND,
    &hosts::COMMAND,
    &rename::COMMAND,
    &delete::COMMAND,
    &forget::COMMAND,
    &revoke::COMMAND,
    &keep::COMMAND,
    &link::COMMAND,
    &completions::COMMAND,
    &man::COMMAND,
];

/// The exit code of `status --within` and `doctor` if something needs care.
const NEEDS_CARE: u8 = 8;

/// The names on the path by which tools call this program with a profile: links such as `git-credential-jwt-NAME`.
fn calling_names(profile: &str) -> Vec<PathBuf> {
    let Ok(own) = std::env::current_exe().and_then(|own| own.canonicalize()) else { return Vec::new() };
    let directories = environment::program_directories().into_iter();
    let files = directories.flat_map(|directory| std::fs::read_dir(directory).into_iter().flatten());
    let selects = |file: &Path| {
        let selected = protocol::called(file.as_os_str()).and_then(|(_, selected)| selected);
        selected.as_deref() == Some(profile) && file.canonicalize().is_ok_and(|file| file == own)
    };
    let mut found: Vec<PathBuf> = files.flatten().map(|entry| entry.path()).filter(|file| selects(file)).collect();
    found.sort();
    found
}

/// Shows each failure. Those of different kinds have the exit code 1 together.
fn outcome(call: &Call, mut failures: Vec<Error>) -> Result<u8, Error> {
    let Some(last) = failures.pop() else { return Ok(0) };
    for failure in &failures {
        call.log.fail(failure);
    }
    let is_alike = failures.iter().all(|failure| failure.exit_code() == last.exit_code());
    Err(if is_alike { last } else { last.or_exits_with(Kind::Other.exit_code()) })
}
