//! Files that are made for a person: whole, on the disk, and never over another one unawares.

use std::fs::{File, Metadata};
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Access, CWD, FlockOperation, Mode, OFlags, RenameFlags};
use rustix::io::Errno;

use crate::hex::hex;
use crate::private_file::{DIRECTORY, OTHERS_WRITE, OWNER_ONLY, make_directories, may_create, own_mode};
use crate::random;

/// Makes a new file, 0600 from the moment of creation; it is an error where something is there.
pub fn create_new(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let fd = rustix::fs::open(path, flags, OWNER_ONLY)?;
    let written = own_mode(&fd).and_then(|_| {
        let mut file = File::from(fd);
        file.write_all(bytes)?;
        file.sync_all()
    });
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written
}

/// A file of a person's, whole and on the disk, that has not got its name yet. It goes with its owner.
pub struct Beside<'a> {
    path: &'a Path,
    temporary: PathBuf,
}

impl<'a> Beside<'a> {
    /// Writes it beside its place.
    pub fn write(path: &'a Path, bytes: &[u8]) -> io::Result<Self> {
        let directory = path.parent().ok_or(io::ErrorKind::InvalidInput)?;
        let temporary = directory.join(format!(".{}.tmp", hex(&random::bytes::<8>())));
        create_new(&temporary, bytes)?;
        Ok(Self { path, temporary })
    }

    /// Puts it in place. Without `replace` it is an error where something is there.
    pub fn take_place(self, replace: bool) -> io::Result<()> {
        if replace {
            std::fs::rename(&self.temporary, self.path)?;
        } else {
            name_new(&self.temporary, self.path)?;
        }
        // Its name is to be on the disk as well; a file system that cannot say so has it all the same.
        let _ = self.path.parent().map(|directory| File::open(directory)?.sync_all());
        Ok(())
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.temporary);
    }
}

/// A directory that others who write there wait for.
pub struct Hold {
    _lock: OwnedFd,
}

impl Hold {
    /// Waits for it, but no longer than this, and goes on without it where a file system has no locks.
    #[must_use]
    pub fn on(directory: &Path, wait: Duration) -> Option<Self> {
        const PAUSE: Duration = Duration::from_millis(5);
        let end = Instant::now() + wait;
        let fd = rustix::fs::open(directory, DIRECTORY.difference(OFlags::NOFOLLOW), Mode::empty()).ok()?;
        loop {
            match rustix::fs::flock(&fd, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => {
                    sweep(directory);
                    return Some(Self { _lock: fd });
                }
                Err(Errno::WOULDBLOCK | Errno::INTR) if Instant::now() < end => std::thread::sleep(PAUSE),
                Err(_) => return None,
            }
        }
    }
}

/// Removes what killed processes left: nobody else writes here now.
fn sweep(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_prefix('.')?.strip_suffix(".tmp"));
        if digits.is_some_and(|digits| digits.len() == 16 && digits.bytes().all(|b| b.is_ascii_hexdigit())) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// Gives a file a name that nothing has yet.
fn name_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        // NFS and old kernels do not know that; a second name is refused there in the same step.
        Err(Errno::INVAL | Errno::NOSYS) => std::fs::hard_link(from, to),
        renamed => Ok(renamed?),
    }
}

/// Makes a directory of a person's where it is missing, with its parents, 0700.
pub fn create_directory(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(there) => check_directory(&there),
        Err(_) => make_directories(path),
    }
}

/// Whether files could be made in a directory, which may have to be made as well.
pub fn may_write(path: &Path) -> io::Result<()> {
    match path.metadata() {
        Ok(there) => {
            check_directory(&there)?;
            Ok(rustix::fs::access(path, Access::WRITE_OK)?)
        }
        Err(_) => may_create(path),
    }
}

/// What others could change is no place for a profile, nor is what another user owns (a home kept by sudo).
fn check_directory(there: &Metadata) -> io::Result<()> {
    if !there.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if there.uid() != rustix::process::geteuid().as_raw() || there.mode() & OTHERS_WRITE != 0 {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "the directory is not yours alone to write to"));
    }
    Ok(())
}
