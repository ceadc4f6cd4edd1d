//! The directory of records. Only its owner can write there and read its files.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags};
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::checked_file::size;
use super::directories::create_directories;
use super::mode::{DIRECTORY, OTHERS, OWNER_ONLY, check_private, is_file, is_ours, make_private, mode, open_at};
use crate::sys::limited_read::{MAX_FILE_SIZE, read_up_to};

/// A directory that only its owner can write to. Everything in it is opened relative to its descriptor, so that replacing a
/// parent meanwhile changes nothing.
pub struct PrivateDir(OwnedFd);

impl PrivateDir {
    /// Opens an existing directory: ours, no link, and writable by no one else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        check_private(&stat, is_ours(&stat))?;
        Ok(Self(fd))
    }

    /// Opens the directory. It and its parents are created with mode 0700 if they are missing. An existing one is made 0700
    /// if it has this program's name; any other keeps its mode, since it may be a home or `/tmp`. Nothing is created in a
    /// directory of another user (`HOME` after sudo).
    pub fn create(path: &Path) -> io::Result<Self> {
        // If this fails, the error of `open` counts.
        let _ = close_own_directory(path);
        match Self::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                create_directories(path)?;
                Self::open(path)
            }
            opened => opened,
        }
    }

    /// Whether the path still leads to this directory: another process may have removed or replaced it.
    pub fn is_at(&self, path: &Path) -> bool {
        let (Ok(ours), Ok(there)) = (rustix::fs::fstat(&self.0), rustix::fs::stat(path)) else { return false };
        (ours.st_dev, ours.st_ino) == (there.st_dev, there.st_ino)
    }

    /// Reads a file of ours that no one else can read or has linked to.
    pub fn read(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        // NONBLOCK: opening a FIFO that another user planted must not hang.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = open_at(&self.0, name, flags).ok()?;
        let stat = rustix::fs::fstat(&fd).ok()?;
        // It has no link at all if another process has just replaced it.
        let is_private = is_file(&stat) && is_ours(&stat) && stat.st_nlink <= 1 && !mode(&stat).intersects(OTHERS);
        let is_record = is_private && size(&stat) <= MAX_FILE_SIZE;
        is_record.then(|| read_up_to(MAX_FILE_SIZE, File::from(fd), size(&stat)).ok()).flatten()
    }

    /// Opens a file for its lock, and creates it if it is missing. It is never read or written.
    pub fn lock_file(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, OFlags::CREATE)
    }

    /// Opens an existing file for its lock.
    pub fn existing_lock_file(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, OFlags::empty())
    }

    fn open_lock_file(&self, name: &str, create: OFlags) -> io::Result<File> {
        // Writable, since NFS grants an exclusive lock on writable descriptors only.
        let flags = create | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match open_at(&self.0, name, flags) {
            // Another process has just created it under a umask that removes the owner's own rights.
            Err(Errno::ACCESS) => {
                rustix::fs::chmodat(&self.0, name, OWNER_ONLY, AtFlags::empty())?;
                open_at(&self.0, name, flags)?
            }
            opened => opened?,
        };
        if make_private(&fd)? { Ok(File::from(fd)) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Renames a file, and replaces the one that has the new name.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Writes a new file under a name that no other process uses. A file that a killed process left is removed first.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match open_at(&self.0, name, flags) {
            Err(Errno::EXIST) => {
                rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?;
                open_at(&self.0, name, flags)?
            }
            opened => opened?,
        };
        let written = make_private(&fd).and_then(|_| File::from(fd).write_all(bytes));
        written.inspect_err(|_| drop(self.remove(name)))
    }

    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = rustix::fs::Dir::read_from(&self.0)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    /// Removes a file if it exists.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

/// Gives a directory of ours that has this program's name mode 0700.
fn close_own_directory(path: &Path) -> io::Result<()> {
    if path.file_name() == Some(env!("CARGO_PKG_NAME").as_ref()) {
        let fd = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        if is_ours(&stat) && mode(&stat).intersects(OTHERS) {
            rustix::fs::fchmod(&fd, Mode::RWXU)?;
        }
    }
    Ok(())
}
