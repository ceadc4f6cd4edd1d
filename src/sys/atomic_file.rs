//! Files that are written for the user: 0600, complete, on the disk, and never over another file by accident.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{make_private, private_options, rename_over, rename_to_new, sync_directory, try_lock};

const PREFIX: &str = concat!(".", env!("CARGO_PKG_NAME"), "-");
const SUFFIX: &str = ".tmp";

/// Creates a file with mode 0600; it is an error if it exists.
pub fn create_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create_new(path)?;
    let written = write_private(&mut file, bytes);
    if written.is_err() {
        drop(file);
        let _ = std::fs::remove_file(path);
    }
    written
}

fn create_new(path: &Path) -> io::Result<File> {
    private_options().write(true).create_new(true).open(path)
}

fn write_private(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    make_private(file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// A complete file on the disk that still has a temporary name. It is removed if it does not get its own name.
pub struct AtomicFile<'a> {
    path: &'a Path,
    temporary: NamedTempFile,
}

/// Creates a file and locks it while it is written, so that `remove_abandoned` leaves it alone.
fn create_in_use(path: &Path) -> io::Result<File> {
    let file = create_new(path)?;
    // Another process took it for abandoned before it was locked. tempfile tries another name then.
    let is_lost = matches!(try_lock(&file), Ok(false)) || path.symlink_metadata().is_err();
    if is_lost { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(file) }
}

impl<'a> AtomicFile<'a> {
    /// Writes a file in the place of the one that has its name, if any.
    pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
        AtomicFile::write(path, bytes)?.persist(true)
    }

    /// Writes it into the directory of its path.
    pub fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let mut temporary = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(directory, create_in_use)?;
        write_private(temporary.as_file_mut(), bytes)?;
        Ok(Self { path, temporary })
    }

    /// Gives it its name. Without `replace` it is an error if a file has that name.
    pub fn persist(self, replace: bool) -> io::Result<()> {
        // Windows' locks are mandatory: a reader must not find the file locked under its new name.
        let temporary = self.temporary.into_temp_path();
        if replace {
            rename_over(&temporary, self.path)?;
        } else {
            rename_to_new(&temporary, self.path)?;
        }
        // The name should survive a crash as well.
        self.path.parent().map(sync_directory);
        Ok(())
    }
}

/// Removes the temporary files that killed processes left in a directory.
pub(super) fn remove_abandoned(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let is_file = || entry.metadata().is_ok_and(|found| found.is_file());
        if is_temporary(&entry.file_name()) && is_file() {
            let _ = remove_if_abandoned(&entry.path());
        }
    }
}

/// Whether a file of this name is one that a process was or is writing.
pub fn is_temporary(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
}

/// Removes a file that no process writes. Where the file system has no locks, its age decides.
fn remove_if_abandoned(path: &Path) -> io::Result<()> {
    const OLD: Duration = Duration::from_secs(60 * 60);
    // NFS grants an exclusive lock on writable descriptors only.
    let file = File::options().read(true).write(true).open(path)?;
    let modified = file.metadata()?.modified()?;
    // The lock is held until the file is gone: a process that has just created it finds that out.
    let is_abandoned = try_lock(&file).unwrap_or_else(|_| modified.elapsed().is_ok_and(|age| age > OLD));
    if is_abandoned { std::fs::remove_file(path) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_temporary_files_that_no_process_writes_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile.json");
        let used = AtomicFile::write(&path, b"new").unwrap();
        for name in [".jwt-credential-killed.tmp", ".other.tmp"] {
            create_private_file(&directory.path().join(name), b"").unwrap();
        }
        remove_abandoned(directory.path());
        let is_there = |name| directory.path().join(name).exists();
        assert!(!is_there(".jwt-credential-killed.tmp") && is_there(".other.tmp"));
        used.persist(false).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let second = AtomicFile::write(&path, b"newer").unwrap();
        assert_eq!(second.persist(false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2, "the temporary file is removed");
    }
}
