//! Files that are written for the user: 0600, complete, on the disk, and never over another file by accident.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::time::Duration;

use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;
use tempfile::NamedTempFile;

use super::mode::make_private;

const PREFIX: &str = concat!(".", env!("CARGO_PKG_NAME"), "-");
const SUFFIX: &str = ".tmp";

/// Creates a file with mode 0600; it is an error if it exists.
pub fn create_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    let written = write_private(&mut file, bytes);
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

fn write_private(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    make_private(&file)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Opens a file to append to it. A new one is 0600; an existing one keeps its mode.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    // A FIFO without a reader must not hang.
    options.append(true).mode(0o600).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            make_private(&file)?;
            Ok(file)
        }
        opened => opened,
    }
}

/// A complete file on the disk that still has a temporary name. It is removed if it does not get its own name.
pub struct AtomicFile<'a> {
    path: &'a Path,
    temporary: NamedTempFile,
}

impl<'a> AtomicFile<'a> {
    /// Writes it into the directory of its path.
    pub fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let mut temporary = tempfile::Builder::new().prefix(PREFIX).suffix(SUFFIX).tempfile_in(directory)?;
        write_private(temporary.as_file_mut(), bytes)?;
        Ok(Self { path, temporary })
    }

    /// Gives it its name. Without `replace` it is an error if a file has that name.
    pub fn persist(self, replace: bool) -> io::Result<()> {
        if replace {
            std::fs::rename(&self.temporary, self.path)?;
        } else {
            rename_to_new(self.temporary.path(), self.path)?;
        }
        // The name should survive a crash as well. Not every file system can sync a directory.
        let _ = self.path.parent().map(|directory| File::open(directory)?.sync_all());
        Ok(())
    }
}

/// Renames a file to a name that no file has. NFS and old kernels cannot do that, and report it in several ways. A hard
/// link fails there if the name exists.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(error) if error != Errno::EXIST && error != Errno::NOENT => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        renamed => Ok(renamed?),
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
            let file = OpenOptions::new().write(true).open(directory.path().join(name)).unwrap();
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
