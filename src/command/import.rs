//! Makes a profile from files that the user downloaded from a console, or that another tool keeps.

use clap::{Arg, ArgAction};

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::onboarding::input::Input;
use crate::onboarding::install::{self, New};
use crate::onboarding::write;
use crate::provider;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("import", "makes a profile of what a console let you download, or another tool keeps")
        .with(options)
        .taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let formats = provider::FORMATS.iter().copied().flatten();
    let variables = formats.filter_map(|format| format.variables.as_ref());
    let sources: Vec<&str> = variables.map(|variables| variables.name).collect();
    let files =
        Arg::new("files").value_name("FILE").num_args(0..).value_parser(clap::value_parser!(std::path::PathBuf));
    let files =
        files.help("What was downloaded; the private key and the certificate too, where they are files of their own");
    let asked = install::supplied().into_iter().filter(|(field, _)| field.question.is_some());
    let own = [
        install::text("select", "CREDENTIAL").help("Which one of several credentials: its name or client id"),
        install::text("from", "SOURCE").value_parser(sources).help("Environment variables in place of a file"),
        Arg::new("force")
            .long("force")
            .action(ArgAction::SetTrue)
            .help("Replace a profile: shows what changes, mints once with the new one, keeps the old one as a backup"),
    ];
    std::iter::once(files).chain(asked.map(install::option_for)).chain(own).chain(install::options()).collect()
}

fn run(call: &Call) -> Result<u8, Error> {
    let force = call.has("force");
    let name = write::new_name(call.value("as"), force)?;
    let input = Input::read(call)?;
    let from = input.described();
    let (draft, keys) = input.select(call)?;
    New { name: &name, from: &from, draft, keys, force }.install(call, &call.deadline)?;
    call.write(&format!("next: {}\n", install::line_to_try(call, &name))).map(|()| 0)
}
