//! From the files that a console let somebody download, to a profile.

mod source;

use clap::{Arg, ArgAction};

use super::Command;
use super::install::{self, New};
use super::pair::Pair;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::grant;
use crate::profile::shape;
use crate::profile::write;
use source::Source;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("import", "makes a profile of what a console let you download, or another tool keeps")
        .with(options)
        .taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let variables = shape::ALL.iter().filter_map(|shape| shape.variables.as_ref());
    let sources: Vec<&str> = variables.map(|variables| variables.name).collect();
    let files =
        Arg::new("files").value_name("FILE").num_args(0..).value_parser(clap::value_parser!(std::path::PathBuf));
    let own = vec![
        files.help("What was downloaded; the private key and the certificate too, where they are files of their own"),
        install::text("metascopes", "LIST").help("Metascopes, separated by commas, where the file has none"),
        install::text("scopes", "LIST").help("Scopes, separated by commas, where the file has none"),
        install::text("select", "CREDENTIAL").help("Which one of several credentials: its name or client id"),
        install::text("from", "SOURCE").value_parser(sources).help("Environment variables in place of a file"),
        Arg::new("force")
            .long("force")
            .action(ArgAction::SetTrue)
            .help("Replace a profile: shows what changes, mints once with the new one, keeps the old one as a backup"),
    ];
    own.into_iter().chain(install::options()).collect()
}

fn run(call: &Call) -> Result<u8, Error> {
    let force = call.has("force");
    let name = write::new_name(call.value("as"), force)?;
    let source = Source::read(call)?;
    let from = source.described();
    let (mut draft, mut pair) = source.select(call)?;
    if grant::knows(draft.grant, "private_key") {
        pair.check(&mut draft)?;
    } else {
        let given = [("private key", &pair.private_key), ("certificate", &pair.certificate)];
        for (what, _) in given.iter().filter(|(_, piece)| piece.is_some()) {
            draft.notes.push(format!("the {what} was not taken: {} works without", draft.grant));
        }
        pair = Pair::default();
    }
    New { name: &name, from: &from, draft, pair, force }.install(call, &call.deadline)?;
    call.write(&format!("next: {}\n", install::line_to_try(call, &name))).map(|()| 0)
}
