//! Files that only their owner may read: how they are made, read and replaced.

use std::fs::{File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Access, AtFlags, CWD, FileType, Mode, OFlags, Stat, StatVfsMountFlags};
use rustix::io::Errno;
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::secret;

/// The largest file that is read at all: profiles, keys, secrets and records are far smaller.
pub const LARGEST: u64 = 64 * 1024;

/// For its owner alone.
pub const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);
/// A directory itself, and not what a link leads to.
pub const DIRECTORY: OFlags = OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);
/// Others can write.
pub const OTHERS_WRITE: u32 = 0o022;
const OTHERS: u32 = 0o077;

/// A directory that is ours alone. All that is done in it goes by its descriptor, so that a parent that is
/// swapped meanwhile leads nowhere else.
pub struct PrivateDir(OwnedFd);

impl PrivateDir {
    /// Opens a directory that is there: ours, no link, and writable by nobody else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let fd = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        if !is_ours(&stat) || stat.st_mode & OTHERS_WRITE != 0 {
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, "other users own it or can write to it"));
        }
        Ok(Self(fd))
    }

    /// Opens the directory, making it and its parents where they are missing, with mode 0700 from the start. One that is
    /// there is closed to others if it has our own name, and else keeps its mode: it may be somebody's home, or `/tmp`.
    /// Nothing is made below a directory that is another user's own (a home kept by sudo).
    pub fn create(path: &Path) -> io::Result<Self> {
        // Where that fails, what `open` says of it counts.
        let _ = close_to_others(path);
        match Self::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directories(path)?;
                Self::open(path)
            }
            opened => opened,
        }
    }

    /// Reads a file of ours that nobody else can read or has linked to; `None` for whatever else is there.
    pub fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        // NONBLOCK: a planted FIFO must not hang the open.
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match open_at(&self.0, name, flags) {
            Ok(fd) => fd,
            Err(Errno::NOENT | Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let stat = rustix::fs::fstat(&fd)?;
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        // No link at all: another process has just put a newer one in its place.
        let private = is_file(&stat) && is_ours(&stat) && stat.st_nlink <= 1 && stat.st_mode & OTHERS == 0;
        if !private || size > LARGEST {
            return Ok(None);
        }
        read_all(fd, size).map(Some)
    }

    /// Opens a file that is never read or written, for its lock, and makes it where it is missing.
    pub fn lock_file(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, OFlags::CREATE)
    }

    /// The same, where it is there.
    pub fn lock_file_there(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, OFlags::empty())
    }

    fn open_lock_file(&self, name: &str, create: OFlags) -> io::Result<File> {
        // Writable, since NFS grants an exclusive lock on writable descriptors only.
        let flags = create | OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = match open_at(&self.0, name, flags) {
            // Another process has made it this instant, under a umask that takes the owner's own rights away.
            Err(Errno::ACCESS) => {
                rustix::fs::chmodat(&self.0, name, OWNER_ONLY, AtFlags::empty())?;
                open_at(&self.0, name, flags)?
            }
            opened => opened?,
        };
        if own_mode(&fd)? { Ok(File::from(fd)) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Gives a file another name, in place of whatever has that.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.0, from, &self.0, to)?)
    }

    /// Writes a file of a name that belongs to this process alone; what a killed one left there is removed first.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let fd = match open_at(&self.0, name, flags) {
            Err(Errno::EXIST) => {
                rustix::fs::unlinkat(&self.0, name, AtFlags::empty())?;
                open_at(&self.0, name, flags)?
            }
            opened => opened?,
        };
        let written =
            rustix::fs::fchmod(&fd, OWNER_ONLY).map_err(io::Error::from).and_then(|()| File::from(fd).write_all(bytes));
        if written.is_err() {
            let _ = self.remove(name);
        }
        written
    }

    /// The names of all that is there.
    pub fn names(&self) -> io::Result<Vec<String>> {
        let entries = rustix::fs::Dir::read_from(&self.0)?;
        let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
        names.collect()
    }

    /// Removes a file; it is no error where none is.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.0, name, AtFlags::empty()) {
            Err(Errno::NOENT) => Ok(()),
            removed => Ok(removed?),
        }
    }
}

/// A file that a person made (a profile, a key, a secret), and who else can touch it.
pub struct Guarded {
    /// The whole file.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Others can read it. Not said of files that root or Kubernetes put there for us.
    pub others_read: bool,
    /// Others can write it.
    pub others_write: bool,
    /// Its owner is neither we nor root.
    pub is_foreign: bool,
}

impl Guarded {
    /// Whether somebody else decides what stands in it.
    #[must_use]
    pub fn is_others_to_change(&self) -> bool {
        self.others_write || self.is_foreign
    }
}

/// Reads a file that a person made. Links are followed: Kubernetes mounts secrets through them (`..data`),
/// owned by root and readable, which is as safe as the pod. `wait` bounds the reading of a pipe.
pub fn read_guarded(path: &Path, wait: Duration) -> io::Result<Guarded> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = open_at(CWD, path, flags)?;
    let stat = rustix::fs::fstat(&fd)?;
    let size = match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => u64::try_from(stat.st_size).unwrap_or(u64::MAX),
        FileType::Directory => return Err(io::Error::other("is a directory")),
        _ => return read_stream(&fd, wait),
    };
    if size > LARGEST {
        return Err(too_large());
    }
    let of_root = stat.st_uid == 0;
    Ok(Guarded {
        bytes: Zeroizing::new(read_all(fd, size)?),
        others_read: stat.st_mode & 0o044 != 0 && !of_root && !is_mounted_secret(path),
        others_write: stat.st_mode & OTHERS_WRITE != 0,
        is_foreign: !(is_ours(&stat) || of_root),
    })
}

/// A pipe, as in `-p <(…)`, belongs to whoever holds it. Its writer may still be at work, but not for ever.
fn read_stream(fd: &OwnedFd, wait: Duration) -> io::Result<Guarded> {
    const PIECE: usize = 4096;
    let end = Instant::now() + wait;
    let mut bytes = secret::buffer(LARGEST + PIECE as u64);
    let mut piece = Zeroizing::new([0; PIECE]);
    loop {
        let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(fd, PollFlags::IN)], Some(&left))? == 0 {
            return Err(io::Error::new(io::ErrorKind::TimedOut, "its writer did not end in time"));
        }
        match rustix::io::read(fd, &mut *piece) {
            Ok(0) => return Ok(Guarded { bytes, others_read: false, others_write: false, is_foreign: false }),
            Ok(read) => bytes.extend_from_slice(&piece[..read]),
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        if bytes.len() as u64 > LARGEST {
            return Err(too_large());
        }
    }
}

/// Opens a file for the log, at its end, and makes it 0600 where it is missing; one that is there keeps its mode.
pub fn append(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::APPEND | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = match open_at(CWD, path, flags) {
        Err(Errno::NOENT) => {
            let fd = open_at(CWD, path, flags | OFlags::CREATE)?;
            own_mode(&fd)?;
            fd
        }
        opened => opened?,
    };
    Ok(File::from(fd))
}

/// Sees to it that a file of ours has mode 0600, whatever the umask took away; `false` for what is no file.
pub fn own_mode(fd: &OwnedFd) -> io::Result<bool> {
    let stat = rustix::fs::fstat(fd)?;
    if is_file(&stat) && is_ours(&stat) && stat.st_mode & 0o777 != OWNER_ONLY.bits() {
        rustix::fs::fchmod(fd, OWNER_ONLY)?;
    }
    Ok(is_file(&stat))
}

/// Opens a file; one that is made is its owner's alone. Where the network is the disk, a signal can interrupt that.
fn open_at(directory: impl AsFd, path: impl AsRef<Path>, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    rustix::io::retry_on_intr(|| rustix::fs::openat(&directory, path.as_ref(), flags, OWNER_ONLY))
}

fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

fn is_ours(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw()
}

/// Kubernetes and the secrets store's driver put `..data` beside what they mount.
fn is_mounted_secret(path: &Path) -> bool {
    path.parent().is_some_and(|parent| parent.join("..data").symlink_metadata().is_ok())
}

fn read_all(fd: OwnedFd, expected: u64) -> io::Result<Vec<u8>> {
    // One byte more than expected: the read that finds the end needs no larger buffer to do so.
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    File::from(fd).take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST { Err(too_large()) } else { Ok(bytes) }
}

fn too_large() -> io::Error {
    io::Error::other("is larger than 64 KiB")
}

/// Gives a directory of ours that is called as this program is mode 0700, if others have any part in it.
fn close_to_others(path: &Path) -> io::Result<()> {
    if path.file_name() == Some(env!("CARGO_PKG_NAME").as_ref()) {
        let fd = rustix::fs::open(path, DIRECTORY, Mode::empty())?;
        let stat = rustix::fs::fstat(&fd)?;
        if is_ours(&stat) && stat.st_mode & OTHERS != 0 {
            rustix::fs::fchmod(&fd, Mode::RWXU)?;
        }
    }
    Ok(())
}

/// Checks that only the user and root can change what a directory holds. One that is not there, or cannot be looked at,
/// passes: nothing is read from it.
pub fn check_trusted_directory(path: &Path) -> io::Result<()> {
    let Ok(stat) = rustix::fs::stat(path) else { return Ok(()) };
    if !is_ours(&stat) && stat.st_uid != 0 {
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

/// Whether a directory that is not there could be made by us.
pub fn may_create(path: &Path) -> io::Result<()> {
    let root = path.ancestors().find(|ancestor| ancestor.exists()).unwrap_or(Path::new("/"));
    let stat = rustix::fs::stat(root)?;
    if !is_ours(&stat) && stat.st_uid != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    Ok(rustix::fs::access(root, Access::WRITE_OK)?)
}

/// Makes a directory for temporary files, 0700 from the start, which is removed with its owner.
pub fn temporary_directory(prefix: &str) -> io::Result<TempDir> {
    let owner_only = Permissions::from_mode(Mode::RWXU.bits());
    let directory = tempfile::Builder::new().prefix(prefix).permissions(owner_only.clone()).tempdir()?;
    // The umask may have taken the owner's own rights away.
    std::fs::set_permissions(directory.path(), owner_only)?;
    Ok(directory)
}

/// Makes directories that are not there, 0700.
pub fn make_directories(path: &Path) -> io::Result<()> {
    may_create(path)?;
    let missing: Vec<&Path> = path.ancestors().take_while(|ancestor| !ancestor.exists()).collect();
    for directory in missing.iter().rev() {
        match rustix::fs::mkdir(*directory, Mode::RWXU) {
            // Whatever the umask took away; the directory is ours and new.
            Ok(()) => rustix::fs::chmod(*directory, Mode::RWXU)?,
            Err(Errno::EXIST) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
