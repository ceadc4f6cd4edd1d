//! This process, and how it becomes another program.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::inherited_file::InheritedFile;
use crate::environment;

/// The endings of programs if `PATHEXT` is not set.
const PROGRAMS: &str = ".COM;.EXE;.BAT;.CMD";

/// Starts another program, which may read the file, and ends with its exit code. It returns only if that fails: Windows
/// cannot replace a process.
pub fn become_program(command: &mut Command, inherited: Option<InheritedFile>) -> io::Error {
    // The console sends Ctrl-C to the program as well, and the program decides what it means.
    let _ = ctrlc::set_handler(|| ());
    let started = with_found_program(command).as_mut().unwrap_or(command).status();
    drop(inherited);
    match started {
        #[expect(clippy::exit, reason = "exit codes of Windows have 32 bits, which `main` cannot return")]
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

/// The same command with the path of its program. std finds `npm.exe` for `npm`, but not `npm.cmd`.
fn with_found_program(command: &Command) -> Option<Command> {
    let name = Path::new(command.get_program());
    if name.components().count() > 1 || name.extension().is_some() {
        return None;
    }
    let own = command.get_envs().find(|(variable, _)| variable.eq_ignore_ascii_case("PATH"));
    let path = own.map_or_else(|| environment::raw("PATH"), |(_, value)| value.map(Into::into));
    let mut found = Command::new(find(name, &path?, &endings())?);
    found.args(command.get_args());
    for (variable, value) in command.get_envs() {
        match value {
            Some(value) => found.env(variable, value),
            None => found.env_remove(variable),
        };
    }
    Some(found)
}

fn endings() -> Vec<String> {
    let list = environment::raw("PATHEXT").map(|list| list.to_string_lossy().into_owned());
    list.as_deref().unwrap_or(PROGRAMS).split(';').filter(|ending| ending.starts_with('.')).map(str::to_owned).collect()
}

fn find(name: &Path, path: &OsString, endings: &[String]) -> Option<PathBuf> {
    let directories = std::env::split_paths(path).filter(|directory| directory.is_absolute());
    let files = directories.flat_map(|directory| {
        endings.iter().map(move |ending| {
            let mut file = directory.join(name).into_os_string();
            file.push(ending);
            PathBuf::from(file)
        })
    });
    files.into_iter().find(|file| file.is_file())
}

/// Windows writes no core file, and has no limit on the size of files. A debugger of the same user can read the process:
/// no safe interface forbids that.
pub(in crate::sys) fn protect_process() {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;

    #[test]
    fn a_program_is_found_by_the_endings_of_programs() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for file in [one.path().join("tool.txt"), two.path().join("tool.cmd"), two.path().join("tool.exe")] {
            File::create_new(file).unwrap();
        }
        let path = std::env::join_paths([Path::new("."), one.path(), two.path()]).unwrap();
        let endings = [".exe", ".cmd"].map(str::to_owned);
        let found = |name: &str| find(Path::new(name), &path, &endings);
        assert_eq!(found("tool"), Some(two.path().join("tool.exe")));
        std::fs::remove_file(two.path().join("tool.exe")).unwrap();
        assert_eq!(found("tool"), Some(two.path().join("tool.cmd")));
        assert_eq!(found("other"), None);
    }
}
