//! Files that are written for the user: 0600, complete, on the disk, and never over another file by accident.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use tempfile::NamedTempFile;

use super::{make_private, private_options, rename_over, rename_to_new, sync_directory};

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

impl<'a> AtomicFile<'a> {
    /// Writes a file in the place of the one that has its name, if any.
    pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
        AtomicFile::write(path, bytes)?.persist(true)
    }

    /// Writes it into the directory of its path.
    pub fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let mut temporary = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).make_in(directory, create_new)?;
        write_private(temporary.as_file_mut(), bytes)?;
        Ok(Self { path, temporary })
    }

    /// Gives it its name. Without `replace` it is an error if a file has that name.
    pub fn persist(self, replace: bool) -> io::Result<()> {
        if replace {
            rename_over(self.temporary.path(), self.path)?;
        } else {
            rename_to_new(self.temporary.path(), self.path)?;
        }
        // The name should survive a crash as well.
        self.path.parent().map(sync_directory);
        Ok(())
    }
}

/// Removes the temporary files that killed processes left in a directory. Younger ones may be in use: a process that
/// could not get the directory's lock writes without it.
pub(super) fn remove_abandoned(directory: &Path) {
    const OLD: Duration = Duration::from_secs(60 * 60);
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let is_temporary = name.to_str().is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX));
        let modified = || entry.metadata().and_then(|metadata| metadata.modified());
        if is_temporary && modified().is_ok_and(|at| at.elapsed().is_ok_and(|age| age > OLD)) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_temporary_files_are_removed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("profile.json");
        let young = AtomicFile::write(&path, b"new").unwrap();
        for (name, hours) in [(".jwt-credential-old.tmp", 2), (".jwt-credential-new.tmp", 0), (".other.tmp", 2)] {
            create_private_file(&directory.path().join(name), b"").unwrap();
            let file = File::options().write(true).open(directory.path().join(name)).unwrap();
            file.set_modified(file.metadata().unwrap().modified().unwrap() - hours * Duration::from_secs(3_600))
                .unwrap();
        }
        remove_abandoned(directory.path());
        let is_there = |name| directory.path().join(name).exists();
        assert!(!is_there(".jwt-credential-old.tmp") && is_there(".jwt-credential-new.tmp") && is_there(".other.tmp"));
        young.persist(false).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"new");
        let second = AtomicFile::write(&path, b"newer").unwrap();
        assert_eq!(second.persist(false).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 3, "the temporary file is removed");
    }
}
