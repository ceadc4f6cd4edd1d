//! A file that the user or another program made, and who else can change or read it.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::fs::PROC_SUPER_MAGIC;
use rustix::fs::{CWD, FileType, OFlags, Stat};

use super::mode::{OTHERS_READ, OTHERS_WRITE, is_foreign, is_roots, mode, open_at};
use super::stream::TimedReader;
use crate::sys::limited_read::{MAX_FILE_SIZE, read_pipe, read_up_to};
use crate::sys::trusted_file::CheckedFile;

/// Reads a file. Links are followed: Kubernetes mounts secrets through them (`..data`), owned by root and readable, which
/// is as safe as the pod. `wait` limits the reading of a pipe.
pub fn read_checked(path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    read_checked_up_to(MAX_FILE_SIZE, path, wait)
}

/// The same for a file that may be larger or must be smaller.
pub fn read_checked_up_to(limit: u64, path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    let fd = open_at(CWD, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC)?;
    let stat = rustix::fs::fstat(&fd)?;
    let others_write = mode(&stat).intersects(OTHERS_WRITE);
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Err(io::Error::other("is a directory")),
        FileType::RegularFile => Ok(CheckedFile {
            others_read: mode(&stat).intersects(OTHERS_READ) && !is_roots(&stat) && !is_mounted_secret(path),
            others_write,
            is_foreign: is_foreign(&stat) || is_of_process(&fd, &stat),
            bytes: read_up_to(limit, File::from(fd), size(&stat))?,
        }),
        kind => Ok(CheckedFile {
            bytes: read_pipe(limit, TimedReader::new(&fd, Some(Instant::now() + wait)))?,
            others_read: false,
            // Another kind may be a terminal, which its group may write to.
            others_write: others_write && kind == FileType::Fifo,
            is_foreign: is_foreign(&stat),
        }),
    }
}

#[cfg(not(target_os = "linux"))]
fn is_of_process(_: &OwnedFd, _: &Stat) -> bool {
    false
}

/// Files of /proc belong to root, and may contain what another user's process put there.
#[cfg(target_os = "linux")]
fn is_of_process(fd: &OwnedFd, stat: &Stat) -> bool {
    is_roots(stat) && rustix::fs::fstatfs(fd).is_ok_and(|system| system.f_type == PROC_SUPER_MAGIC)
}

/// Kubernetes and the secrets store's driver create `..data` beside what they mount.
fn is_mounted_secret(path: &Path) -> bool {
    path.parent().is_some_and(|parent| parent.join("..data").symlink_metadata().is_ok())
}

pub(super) fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(u64::MAX)
}
