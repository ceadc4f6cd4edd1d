//! A profile that is safe to paste into a ticket.

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, printable_json};
use crate::selection;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("show", "Print a profile with its secrets as fingerprints").taking(&["profile"]),
    run,
};

fn run(call: &Call) -> Result<u8, Error> {
    let profile = selection::selected(call)?;
    call.answer(&(printable_json(&profile.redacted()) + "\n"))
}
