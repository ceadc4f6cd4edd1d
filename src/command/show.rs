//! A profile that is safe to paste into a ticket.

use super::Command;
use crate::call::Call;
use crate::desk::Desk;
use crate::error::Error;
use crate::verb::Verb;

pub(super) static COMMAND: Command =
    Command { verb: Verb::new("show", "a profile with its secrets as fingerprints: safe to paste"), run };

fn run(call: &Call) -> Result<u8, Error> {
    let profile = Desk::new(call).profile()?;
    call.write(&format!("{:#}\n", profile.redacted())).map(|()| 0)
}
