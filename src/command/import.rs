//! Makes a profile from files that the user downloaded from a console, or that belong to another tool.

use std::path::PathBuf;

use clap::Arg;

use super::{Command, profile_options, switch, text};
use crate::call::Call;
use crate::command_spec::{CommandSpec, example};
use crate::error::Error;
use crate::onboarding::install::{self, Test};
use crate::onboarding::{input, write};
use crate::{lifecycle, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("import", "Make a profile from a downloaded credentials file")
        .with(options)
        .taking(&[])
        .showing(&[example("See what the profile would be", "jwt-credential import credentials.json --dry-run")]),
    run,
};

fn options() -> Vec<Arg> {
    let formats = provider::FORMATS.iter().copied().flatten();
    let sources: Vec<&str> = formats.filter_map(|format| Some(format.variables.as_ref()?.name)).collect();
    let files = Arg::new("files").value_name("FILE").num_args(0..).value_parser(clap::value_parser!(PathBuf));
    let files = files.help("The downloaded file; also the private key and the certificate, if they are separate files");
    let asked = provider::supplied().into_iter().filter(|(field, _)| field.question.is_some());
    let own = [
        text("select", "CREDENTIAL").help("Which one of several credentials: its name or client id"),
        text("from", "SOURCE").value_parser(sources).help("Read environment variables in place of a file"),
        profile_options::name("provider and project"),
        profile_options::force(),
        profile_options::no_check(),
        switch(install::DRY_RUN, "Print the profile with fingerprints in place of secrets, and write nothing"),
    ];
    let asked = asked.map(profile_options::supply);
    std::iter::once(files).chain(own).chain(asked).chain(profile_options::shared()).collect()
}

fn run(call: &Call) -> Result<u8, Error> {
    let is_dry = call.has(install::DRY_RUN);
    if !is_dry {
        lifecycle::finish(call);
    }
    // A dry run writes nothing, so that it replaces nothing either.
    let check = |name: &str| write::check_name(name, call.has("force") || is_dry);
    // Before the files are read: their errors would hide this one.
    call.value("as").map(check).transpose()?;
    let source = input::read(call)?;
    let name = call.value("as").map_or_else(|| source.draft.usual_name(), str::to_owned);
    check(&name)?;
    let test = Test::asked(call);
    if is_dry {
        install::preview(&name, source, call)
    } else {
        install::install(&name, source, call, &call.deadline, test)
    }
}
