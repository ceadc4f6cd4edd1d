//! Files that are written for the user: 0600, complete, on the disk, and never over another file by accident.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::mode::{OWNER_ONLY, make_private, open_at};
use crate::random;
use crate::text::hex;

/// Creates a file with mode 0600; it is an error if it exists.
pub fn create_private_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, OWNER_ONLY)?;
    let written = make_private(&fd).and_then(|_| {
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

/// Opens a file to append to it. A new one is 0600; an existing one keeps its mode.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match open_at(CWD, path, flags) {
        Err(Errno::NOENT) => {
            let fd = open_at(CWD, path, flags | OFlags::CREATE)?;
            make_private(&fd)?;
            fd
        }
        opened => opened?,
    };
    Ok(File::from(fd))
}

/// A complete file on the disk that has a temporary name yet. It is removed if it does not get its own.
pub struct AtomicFile<'a> {
    path: &'a Path,
    temporary: PathBuf,
}

impl<'a> AtomicFile<'a> {
    /// Writes it into the directory of its path.
    pub fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let temporary = directory.join(format!(".{}.tmp", hex(&random::bytes::<8>())));
        create_private_file(&temporary, bytes)?;
        Ok(Self { path, temporary })
    }

    /// Gives it its name. Without `replace` it is an error if a file has that name.
    pub fn persist(self, replace: bool) -> io::Result<()> {
        if replace {
            std::fs::rename(&self.temporary, self.path)?;
        } else {
            rename_to_new(&self.temporary, self.path)?;
        }
        // The name is to survive a crash as well. Not every file system can sync a directory.
        let _ = self.path.parent().map(|directory| File::open(directory)?.sync_all());
        Ok(())
    }
}

impl Drop for AtomicFile<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// Removes the temporary files that killed processes left in a directory. The caller holds its lock.
pub(super) fn remove_abandoned(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".tmp"));
        if digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit())) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Renames a file to a name that no file has.
fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // NFS and old kernels cannot do that. A hard link fails there if the name exists.
        Err(Errno::INVAL | Errno::NOSYS) => std::fs::hard_link(from, to),
        renamed => Ok(renamed?),
    }
}
