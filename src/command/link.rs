//! Links to the program, with the names by which tools call it.

use std::env::consts::EXE_SUFFIX;
use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgAction};

use super::{Command, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, argument, example, text};
use crate::error::{Error, Kind, nearest};
use crate::redaction::shown;
use crate::sys::shell_word;
use crate::{environment, protocol, sys};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("link", "Make links in DIR with the names that tools call")
        .with(options)
        .taking(&[])
        .showing(&[example("For git, docker and others", "jwt-credential link ~/.local/bin")]),
    run,
};

/// Another program may have this name, and the link could hide it.
const ONLY_ON_REQUEST: &str = "keyring";

/// Directories in which package runners (npx, pnpm dlx, yarn dlx, bunx, uvx, pipx run) keep a program for one run.
const OF_RUNNERS: [&str; 6] = ["_npx", "dlx", "archive-v0", "builds-v0", ".cache", "Caches"];
const OF_RUNNERS_BEGIN: [&str; 2] = ["dlx-", "bunx-"];

fn options() -> Vec<Arg> {
    let only = text("only", "NAME").num_args(1..).action(ArgAction::Append);
    vec![
        argument("dir", "DIR")
            .required(true)
            .value_parser(clap::value_parser!(PathBuf))
            .help("A directory on the PATH"),
        only.help("These names and no others, such as git-credential-jwt or, with a profile, git-credential-jwt-NAME"),
        switch("remove", "Remove the links to this program from DIR"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let directory = call.path("dir")?.unwrap_or(Path::new("."));
    let asked = asked(call)?;
    let program = called_as()
        .map_err(|error| Error::new(Kind::Other, format!("the program's own path is not known: {error}")))?;
    if call.has("remove") { remove(call, directory, &asked, &program) } else { make(call, directory, asked, &program) }
}

/// The names of `--only`, each of which a tool may call.
fn asked(call: &Call) -> Result<Vec<String>, Error> {
    let asked: Vec<String> = call.many::<String>("only").cloned().collect();
    let Some(unknown) = asked.iter().find(|name| name.contains('/') || protocol::called(name.as_ref()).is_none())
    else {
        return Ok(asked);
    };
    let all: Vec<&str> = all_names().collect();
    let failure = Error::new(Kind::Usage, format!("no tool calls the program by the name {}", shown(unknown)));
    Err(failure.hint(match nearest(unknown, all.iter().copied()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("the names are {}", all.join(", ")),
    }))
}

fn all_names() -> impl Iterator<Item = &'static str> {
    protocol::ALL.iter().flat_map(|protocol| protocol.called).copied()
}

fn make(call: &Call, directory: &Path, asked: Vec<String>, program: &Path) -> Result<u8, Error> {
    if program.components().any(|part| is_of_runner(part.as_os_str())) {
        let what = format!("{} is in the cache of a package runner, which may remove it", program.display());
        return Err(Error::new(Kind::Other, what).hint("install the program, then run link with the installed one"));
    }
    let names = if asked.is_empty() {
        all_names().filter(|name| *name != ONLY_ON_REQUEST).map(str::to_owned).collect()
    } else {
        asked
    };
    let links: Vec<PathBuf> = names.iter().map(|name| directory.join(format!("{name}{EXE_SUFFIX}"))).collect();
    // All names are checked before the first link is made.
    if let Some(taken) =
        links.iter().find(|link| link.symlink_metadata().is_ok() && !sys::is_program_link(link, program))
    {
        return Err(Error::new(Kind::Other, format!("there is something else at {}", taken.display()))
            .hint("it is not overwritten: remove it, choose another directory, or name the others with --only"));
    }
    let mut told = String::new();
    for link in &links {
        if sys::is_link_to(link, program) {
            let _ = writeln!(told, "{} is there already", link.display());
            continue;
        }
        // An upgrade may have removed what the old link leads to.
        if sys::is_program_link(link, program) {
            std::fs::remove_file(link).map_err(|error| failed("make", link, &error))?;
        }
        sys::link_program(program, link).map_err(|error| unmade(link, directory, &error))?;
        let _ = writeln!(told, "made {}", link.display());
    }
    if !is_on_path(directory) {
        let _ = writeln!(told, "note: {} is not on the PATH, where tools look for these names", directory.display());
    }
    call.answer(&told)
}

fn is_of_runner(part: &OsStr) -> bool {
    let part = part.to_string_lossy();
    OF_RUNNERS.contains(&&*part) || OF_RUNNERS_BEGIN.iter().any(|start| part.starts_with(start))
}

fn is_on_path(directory: &Path) -> bool {
    let directory = directory.canonicalize().ok();
    environment::program_directories().iter().any(|entry| entry.canonicalize().ok() == directory)
}

/// Removes the links to this program, and nothing else.
fn remove(call: &Call, directory: &Path, only: &[String], program: &Path) -> Result<u8, Error> {
    let unread = |error| Error::new(Kind::Other, format!("cannot read {}: {error}", directory.display()));
    let entries = std::fs::read_dir(directory).map_err(unread)?.flatten().map(|entry| entry.path());
    let is_ours = |link: &PathBuf| {
        let name = link.file_name().unwrap_or_default();
        let is_asked = only.is_empty() || only.iter().any(|only| *name == *format!("{only}{EXE_SUFFIX}"));
        is_asked && protocol::called(name).is_some() && sys::is_program_link(link, program)
    };
    let mut links: Vec<PathBuf> = entries.filter(is_ours).collect();
    links.sort();
    let mut told = String::new();
    for link in links {
        std::fs::remove_file(&link).map_err(|error| failed("remove", &link, &error))?;
        let _ = writeln!(told, "removed {}", link.display());
    }
    if told.is_empty() {
        let _ = writeln!(told, "no links to this program in {}", directory.display());
    }
    call.answer(&told)
}

/// The path by which the program was called. It may be a link that a package manager moves to the next version, whose
/// own path has another name.
fn called_as() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let is_own = |path: &PathBuf| path.canonicalize().ok() == own.canonicalize().ok();
    Ok(environment::called_as().find(is_own).unwrap_or(own))
}

fn failed(what: &str, link: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("cannot {what} {}: {error}", link.display()))
}

fn unmade(link: &Path, directory: &Path, error: &io::Error) -> Error {
    let failure = failed("make", link, error);
    match error.kind() {
        io::ErrorKind::NotFound => failure.hint(format!("mkdir -p {}", shell_word(&directory.to_string_lossy()))),
        _ => failure,
    }
}
