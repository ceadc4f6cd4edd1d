//! Sets or prints the default profile.

use std::fmt::Write as _;

use clap::Arg;

use super::Command;
use crate::call::Call;
use crate::command_spec::{CommandSpec, argument, example};
use crate::error::Error;
use crate::lifecycle;
use crate::profile::{default_profile, locate};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("use", "Set the default profile, or print its name")
        .with(options)
        .taking(&[])
        .showing(&[example("Make \"prod\" the default", "jwt-credential use prod")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![argument("name", "NAME").help("The profile of calls that name none")]
}

fn run(call: &Call) -> Result<u8, Error> {
    lifecycle::finish(call);
    let Some(name) = call.value("name") else { return call.answer(&format!("{}\n", locate::default()?.name())) };
    let place = locate::by_name(name)?;
    default_profile::choose(name)?;
    let mut text = format!("the default is now {place}\n");
    if let Some(variable) = locate::selecting_variable() {
        let _ = writeln!(text, "note: {variable} is set, and comes first");
    }
    call.answer(&text)
}
