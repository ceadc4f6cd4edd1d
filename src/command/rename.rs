//! Gives a profile another name.

use std::fmt::Write as _;

use clap::Arg;

use super::Command;
use crate::call::Call;
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, printable};
use crate::lifecycle;
use crate::profile::locate;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("rename", "Rename a profile; the default stays the default")
        .with(options)
        .taking(&[])
        .showing(&[example("Give the profile another name", "jwt-credential rename old new")]),
    run,
};

fn options() -> Vec<Arg> {
    let name = |id: &'static str, help: &'static str| Arg::new(id).value_name(id).required(true).help(help);
    vec![name("OLD", "The profile"), name("NEW", "Its new name")]
}

fn run(call: &Call) -> Result<u8, Error> {
    let [old, new] = ["OLD", "NEW"].map(|argument| call.value(argument).unwrap_or_default());
    locate::own_path(new)?;
    let profiles = lifecycle::open(call)?;
    let (old, path) = lifecycle::of_own(locate::by_name(old)?, "renamed")?;
    profiles.rename(&old, new)?;
    let links = super::calling_names(&old);
    let mut text = format!("renamed {} to {new}\n", printable(&path.to_string_lossy()));
    for link in links {
        let _ = writeln!(text, "note: {} still selects {old}", printable(&link.to_string_lossy()));
    }
    let _ = writeln!(
        text,
        "note: if git, kubectl, docker, cargo or another tool is configured with {old}, write {new} there; \
         jwt-credential doctor finds such places"
    );
    call.answer(&text)
}
