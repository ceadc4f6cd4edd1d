//! Files and their modes, and another user.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::{BINARY, Home};

pub(crate) const NOBODY: u32 = 65_534;

pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// A copy of the binary that a user without privileges can run: only root may be able to read the build directory.
pub(crate) fn own_binary(home: &Home) -> String {
    let own = home.path("jwt-credential-of-the-user");
    if !own.exists() {
        // Another process writes it: a file that a child of ours has open for writing cannot be run (ETXTBSY).
        assert!(Command::new("cp").args([BINARY.as_ref(), own.as_os_str()]).status().unwrap().success());
    }
    own.into_os_string().into_string().unwrap()
}

/// A program run by a user without privileges, who becomes the owner of the home. Many permission checks do not apply
/// to root.
pub(crate) fn as_user(home: &Home, program: &str) -> Command {
    let mut command = home.program(program);
    if is_root() {
        let given = Command::new("chown").args(["-R", &NOBODY.to_string()]).arg(home.path("")).status();
        assert!(given.unwrap().success());
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

pub(crate) fn mode(path: &Path) -> u32 {
    path.symlink_metadata().unwrap().permissions().mode() & 0o7777
}

/// All that is below a directory, by its path there, with modes and bytes.
pub(crate) fn snapshot(directory: &Path) -> BTreeMap<String, (u32, Vec<u8>)> {
    let mut found = BTreeMap::new();
    for name in names(directory) {
        let path = directory.join(&name);
        let is_directory = path.is_dir() && !path.is_symlink();
        let bytes = if path.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        found.insert(name.clone(), (mode(&path), bytes));
        let below = if is_directory { snapshot(&path) } else { BTreeMap::new() };
        found.extend(below.into_iter().map(|(below, file)| (format!("{name}/{below}"), file)));
    }
    found
}

/// The files below a directory, by their paths there.
pub(crate) fn files_below(directory: &Path) -> Vec<String> {
    snapshot(directory).into_keys().filter(|path| !directory.join(path).is_dir()).collect()
}

/// The names of a directory's entries.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
    names.sort();
    names
}

/// Runs openssl in the home; returns what it printed.
pub(crate) fn openssl(home: &Home, args: &str) -> Vec<u8> {
    let ran = Command::new("openssl").args(args.split_whitespace()).current_dir(home.path("")).output().unwrap();
    assert!(ran.status.success(), "openssl {args}: {ran:?}");
    ran.stdout
}
