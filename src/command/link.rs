//! Links to the program, with the names by which tools call it.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction};

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, nearest, shell_word};
use crate::protocol;
use crate::redaction::shown;
use crate::sys::symlink;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("link", "makes links in DIR: the names by which tools call the program")
        .with(options)
        .taking(&[]),
    run,
};

/// Another program may have this name, and the link could hide it.
const ONLY_ON_REQUEST: &str = "keyring";

fn options() -> Vec<Arg> {
    let only = Arg::new("only").long("only").value_name("NAME").num_args(1..).action(ArgAction::Append);
    vec![
        Arg::new("dir")
            .value_name("DIR")
            .required(true)
            .value_parser(clap::value_parser!(PathBuf))
            .help("A directory on the PATH"),
        only.help("These names and no others, such as git-credential-jwt or, with a profile, git-credential-jwt-NAME"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let directory = call.path("dir")?.unwrap_or(Path::new("."));
    let all: Vec<&str> = protocol::ALL.iter().flat_map(|protocol| protocol.called).copied().collect();
    let asked: Vec<String> = call.many::<String>("only").cloned().collect();
    if let Some(unknown) = asked.iter().find(|name| name.contains('/') || protocol::called(name.as_ref()).is_none()) {
        let failure = Error::new(Kind::Usage, format!("no tool calls the program by the name {}", shown(unknown)));
        return Err(failure.hint(match nearest(unknown, all.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the names are {}", all.join(", ")),
        }));
    }
    let names = if asked.is_empty() {
        all.iter().filter(|name| **name != ONLY_ON_REQUEST).map(|name| (*name).to_owned()).collect()
    } else {
        asked
    };
    let program = std::env::current_exe()
        .map_err(|error| Error::new(Kind::Other, format!("the program's own path is not known: {error}")))?;
    let links: Vec<PathBuf> = names.iter().map(|name| directory.join(name)).collect();
    let is_ours = |link: &Path| link.canonicalize().ok() == program.canonicalize().ok();
    // All names are checked before the first link is made.
    if let Some(taken) = links.iter().find(|link| link.symlink_metadata().is_ok() && !is_ours(link)) {
        return Err(Error::new(Kind::Other, format!("there is something else at {}", taken.display()))
            .hint("it is not overwritten: remove it, choose another directory, or name the others with --only"));
    }
    let mut told = String::new();
    for link in &links {
        let _ = match symlink(&program, link) {
            Ok(()) => writeln!(told, "made {}", link.display()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && is_ours(link) => {
                writeln!(told, "{} is there already", link.display())
            }
            Err(error) => return Err(failed(link, directory, &error)),
        };
    }
    call.answer(&told)
}

fn failed(link: &Path, directory: &Path, error: &io::Error) -> Error {
    let failure = Error::new(Kind::Other, format!("cannot make {}: {error}", link.display()));
    match error.kind() {
        io::ErrorKind::NotFound => failure.hint(format!("mkdir -p {}", shell_word(&directory.to_string_lossy()))),
        _ => failure,
    }
}
