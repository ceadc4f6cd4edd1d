//! Owners and permission bits.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat};

pub(super) const OWNER_ONLY: Mode = Mode::RUSR.union(Mode::WUSR);
/// Any right of the group or of others.
pub(super) const OTHERS: Mode = Mode::RWXG.union(Mode::RWXO);
pub(super) const OTHERS_WRITE: Mode = Mode::WGRP.union(Mode::WOTH);
pub(super) const OTHERS_READ: Mode = Mode::RGRP.union(Mode::ROTH);
/// Opens a directory, and not what a link leads to.
pub(super) const DIRECTORY: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC).union(OFlags::RDONLY);

pub(super) fn is_file(stat: &Stat) -> bool {
    FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile
}

/// The permissions. `st_mode` is shorter on macOS.
pub(super) fn mode(stat: &Stat) -> Mode {
    Mode::from_raw_mode(stat.st_mode)
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
        true if mode(stat).intersects(OTHERS_WRITE) => "can be changed by other users",
        true => return Ok(()),
    };
    Err(io::Error::new(io::ErrorKind::PermissionDenied, what))
}

/// Gives a file of ours mode 0600, whatever the umask removed. `false`: it is not a regular file.
pub(in crate::sys) fn make_private(fd: &impl AsFd) -> io::Result<bool> {
    let stat = rustix::fs::fstat(fd)?;
    if is_file(&stat) && is_ours(&stat) && mode(&stat).intersection(Mode::RWXU | OTHERS) != OWNER_ONLY {
        rustix::fs::fchmod(fd, OWNER_ONLY)?;
    }
    Ok(is_file(&stat))
}

/// Opens a file; a new one gets mode 0600. On a network file system a signal can interrupt this.
pub(super) fn open_at(directory: impl AsFd, path: impl AsRef<Path>, flags: OFlags) -> rustix::io::Result<OwnedFd> {
    rustix::io::retry_on_intr(|| rustix::fs::openat(&directory, path.as_ref(), flags, OWNER_ONLY))
}
