//! Links to the program, with the names by which tools call it.

use std::env::consts::EXE_SUFFIX;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction};

use super::Command;
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, nearest};
use crate::redaction::shown;
use crate::sys::shell_word;
use crate::{environment, protocol, sys};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("link", "Link the names by which tools call the program into DIR").with(options).taking(&[]),
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
    let program = called_as()
        .map_err(|error| Error::new(Kind::Other, format!("the program's own path is not known: {error}")))?;
    let links: Vec<PathBuf> = names.iter().map(|name| directory.join(format!("{name}{EXE_SUFFIX}"))).collect();
    // All names are checked before the first link is made.
    if let Some(taken) =
        links.iter().find(|link| link.symlink_metadata().is_ok() && !sys::is_program_link(link, &program))
    {
        return Err(Error::new(Kind::Other, format!("there is something else at {}", taken.display()))
            .hint("it is not overwritten: remove it, choose another directory, or name the others with --only"));
    }
    let mut told = String::new();
    for link in &links {
        if sys::is_link_to(link, &program) {
            let _ = writeln!(told, "{} is there already", link.display());
            continue;
        }
        // An upgrade may have removed what the old link leads to.
        if sys::is_program_link(link, &program) {
            std::fs::remove_file(link).map_err(|error| failed(link, directory, &error))?;
        }
        sys::link_program(&program, link).map_err(|error| failed(link, directory, &error))?;
        let _ = writeln!(told, "made {}", link.display());
    }
    call.answer(&told)
}

/// The path by which the program was called. It may be a link that a package manager moves to the next version, whose
/// own path has another name.
fn called_as() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let Some(called) = std::env::args_os().next().map(PathBuf::from) else { return Ok(own) };
    let directories = environment::raw("PATH").unwrap_or_default();
    let candidates = if called.components().count() > 1 {
        vec![called]
    } else {
        std::env::split_paths(&directories).map(|directory| directory.join(&called)).collect()
    };
    let is_own = |path: &PathBuf| path.canonicalize().ok() == own.canonicalize().ok();
    let found = candidates.into_iter().filter_map(|path| std::path::absolute(path).ok()).find(is_own);
    Ok(found.unwrap_or(own))
}

fn failed(link: &Path, directory: &Path, error: &io::Error) -> Error {
    let failure = Error::new(Kind::Other, format!("cannot make {}: {error}", link.display()));
    match error.kind() {
        io::ErrorKind::NotFound => failure.hint(format!("mkdir -p {}", shell_word(&directory.to_string_lossy()))),
        _ => failure,
    }
}
