//! Directories that the user owns, and whether files can be created there.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, Mode};
use rustix::io::Errno;

use super::mode::{OTHERS_WRITE, is_ours, is_roots};

/// Creates a directory for the user's files with its parents, 0700, or checks the existing one.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(existing) => check_directory(&existing),
        Err(_) => create_directories(path),
    }
}

/// Checks that files can be created in a directory, which may have to be created first.
pub fn check_can_write(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(existing) => {
            check_directory(&existing)?;
            Ok(rustix::fs::access(path, Access::WRITE_OK)?)
        }
        Err(_) => check_can_create(path),
    }
}

/// A directory that others can write to is no place for a profile, nor is one of another user (`HOME` after sudo).
fn check_directory(existing: &Metadata) -> io::Result<()> {
    if !existing.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if existing.uid() != rustix::process::geteuid().as_raw() || existing.mode() & OTHERS_WRITE != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the directory is not yours alone to write to"));
    }
    Ok(())
}

/// Checks that this user can create a directory: nothing is created in another user's.
pub fn check_can_create(path: &Path) -> io::Result<()> {
    let root = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    let stat = rustix::fs::stat(root)?;
    if !is_ours(&stat) && !is_roots(&stat) {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(rustix::fs::access(root, Access::WRITE_OK)?)
}

/// Creates the directories of a path that are missing, 0700.
pub(super) fn create_directories(path: &Path) -> io::Result<()> {
    check_can_create(path)?;
    let missing: Vec<&Path> = path.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for directory in missing.iter().rev() {
        match rustix::fs::mkdir(*directory, Mode::RWXU) {
            // It is new and ours: restore what the umask removed.
            Ok(()) => rustix::fs::chmod(*directory, Mode::RWXU)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
