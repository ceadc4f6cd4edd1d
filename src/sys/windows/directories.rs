//! Directories that the user owns, and whether files can be created there.

use std::io;
use std::path::{Component, Path, Prefix};

use tempfile::TempDir;

use super::owner::check_owner;

/// Creates a directory for the user's files with its parents, or checks the existing one.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(existing) if existing.is_dir() => check_owner(path),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(_) => create_directories(path),
    }
}

/// Checks that files can be created in a directory, which may have to be created first.
pub fn check_can_write(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(existing) if existing.is_dir() => check_owner(path).and_then(|()| try_to_write(path)),
        Ok(_) => Err(io::ErrorKind::NotADirectory.into()),
        Err(_) => check_can_create(path),
    }
}

/// Checks that a directory belongs to this user. One that does not exist or cannot be examined passes: nothing is read from
/// it.
pub fn check_trusted_directory(path: &Path) -> io::Result<()> {
    check_owner(path)
}

/// Checks that this user can create a directory.
pub fn check_can_create(path: &Path) -> io::Result<()> {
    match path.ancestors().find(|ancestor| ancestor.exists()) {
        Some(root) if root.is_dir() => try_to_write(root),
        Some(_) => Err(io::ErrorKind::NotADirectory.into()),
        None => Err(io::ErrorKind::NotFound.into()),
    }
}

/// An ACL has no simple answer, so that a file is created, and removed at once.
fn try_to_write(directory: &Path) -> io::Result<()> {
    tempfile::tempfile_in(directory).map(drop)
}

/// Whether a path is on another machine (UNC), where locks may not work. A drive that is mapped to one is not recognised.
pub fn is_on_network(path: &Path) -> bool {
    let Some(Component::Prefix(prefix)) = path.components().next() else { return false };
    matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
}

/// Creates a directory for temporary files, which is removed when this is dropped.
pub fn temporary_directory(prefix: &str) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix(prefix).tempdir()
}

/// Creates the directories of a path that are missing.
pub fn create_directories(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unc_path_is_on_the_network() {
        for (path, expected) in [
            (r"\\server\share\x", true),
            (r"\\?\UNC\server\share\x", true),
            (r"C:\Users\x", false),
            (r"\\?\C:\x", false),
            (r"\\.\pipe\x", false),
        ] {
            assert_eq!(is_on_network(Path::new(path)), expected, "{path}");
        }
    }
}
