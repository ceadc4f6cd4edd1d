//! Owners and permission bits.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};

pub(super) const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);
/// Any right of the group or of others.
pub(super) const OTHERS: u32 = 0o077;
pub(super) const OTHERS_WRITE: u32 = 0o022;
pub(super) const OTHERS_READ: u32 = 0o044;
/// Opens a directory, and not what a link leads to.
pub(super) const DIRECTORY: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

pub(super) fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

pub(super) fn is_ours(stat: &Stat) -> bool {
    stat.st_uid == rustix::process::geteuid().as_raw()
}

pub(super) fn is_roots(stat: &Stat) -> bool {
    stat.st_uid == 0
}

/// Whether its owner is neither this user nor root.
pub(super) fn is_foreign(stat: &Stat) -> bool {
    !is_ours(stat) && !is_roots(stat)
}

/// Checks that the owner of a directory is accepted, and that no one else can write to it.
pub(super) fn check_private(stat: &Stat, is_owner_accepted: bool) -> io::Result<()> {
    let what = match is_owner_accepted {
        false => "belongs to another user",
        true if stat.st_mode & OTHERS_WRITE != 0 => "can be changed by other users",
        true => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

/// Gives a file of ours mode 0600, whatever the umask removed. `false`: it is not a regular file.
pub(super) fn make_private(fd: &impl AsFd) -> io::Result<bool> {
    let stat = rustix::fs::fstat(fd)?;
    if is_file(&stat) && is_ours(&stat) && stat.st_mode & 0o777 != OWNER_ONLY.bits() {
        rustix::fs::fchmod(fd, OWNER_ONLY)?;
    }
    Ok(is_file(&stat))
}

/// Opens a file; a new one gets mode 0600. On a network file system a signal can interrupt this.
pub(super) fn open_at(directory: impl AsFd, path: impl AsRef<Path>, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    rustix::io::retry_on_intr(|| rustix::fs::openat(&directory, path.as_ref(), flags, OWNER_ONLY))
}
