//! Directories that the user owns, and whether files can be created there.

use std::fs::{Metadata, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{Access, Mode, StatVfsMountFlags};
use rustix::io::Errno;
use tempfile::TempDir;

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

/// Checks that only the user and root can change what a directory holds. One that does not exist or cannot be examined
/// passes: nothing is read from it.
pub fn check_trusted_directory(path: &Path) -> io::Result<()> {
    let Ok(stat) = rustix::fs::stat(path) else { return Ok(()) };
    if !is_ours(&stat) && !is_roots(&stat) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "belongs to another user"));
    }
    // Kubernetes mounts secrets read-only, in a directory of mode 1777.
    let is_read_only =
        || rustix::fs::statvfs(path).is_ok_and(|system| system.f_flag.contains(StatVfsMountFlags::RDONLY));
    if stat.st_mode & OTHERS_WRITE != 0 && !is_read_only() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "can be changed by other users"));
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

/// Creates a directory for temporary files, 0700 from the start, which is removed when this is dropped.
pub fn temporary_directory(prefix: &str) -> io::Result<TempDir> {
    let owner_only = Permissions::from_mode(Mode::RWXU.bits());
    let directory = tempfile::Builder::new().prefix(prefix).permissions(owner_only.clone()).tempdir()?;
    // The umask may have removed the owner's own rights.
    std::fs::set_permissions(directory.path(), owner_only)?;
    Ok(directory)
}

/// Creates the directories of a path that are missing, 0700.
pub fn create_directories(path: &Path) -> io::Result<()> {
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
