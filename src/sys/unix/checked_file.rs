//! A file that the user or another program made, and who else can change or read it.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::fs::PROC_SUPER_MAGIC;
use rustix::fs::{CWD, FileType, OFlags, Stat};
use zeroize::Zeroizing;

use super::mode::{OTHERS_READ, OTHERS_WRITE, is_foreign, is_roots, open_at};
use super::stream::TimedReader;
use crate::secret;

/// Larger files are not read: profiles, keys, secrets and records are far smaller.
pub const MAX_FILE_SIZE: u64 = 64 * 1024;

pub struct CheckedFile {
    /// The whole file.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Never set for files that root owns or Kubernetes mounts: in a container, where root is often the user, mounted
    /// secrets are readable.
    pub others_read: bool,
    pub others_write: bool,
    /// Whether its owner is neither this user nor root.
    pub is_foreign: bool,
}

impl CheckedFile {
    /// Whether another user decides what it contains.
    pub fn others_can_change(&self) -> bool {
        self.others_write || self.is_foreign
    }
}

/// Reads a file. Links are followed: Kubernetes mounts secrets through them (`..data`), owned by root and readable, which
/// is as safe as the pod. `wait` limits the reading of a pipe.
pub fn read_checked(path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    read_checked_up_to(MAX_FILE_SIZE, path, wait)
}

/// The same for a file that may be larger or must be smaller.
pub fn read_checked_up_to(limit: u64, path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    let fd = open_at(CWD, path, OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC)?;
    let stat = rustix::fs::fstat(&fd)?;
    let others_write = stat.st_mode & OTHERS_WRITE != 0;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Directory => Err(io::Error::other("is a directory")),
        FileType::RegularFile => Ok(CheckedFile {
            others_read: stat.st_mode & OTHERS_READ != 0 && !is_roots(&stat) && !is_mounted_secret(path),
            others_write,
            is_foreign: is_foreign(&stat) || is_of_process(&fd, &stat),
            bytes: read_up_to(limit, File::from(fd), size(&stat))?,
        }),
        kind => Ok(CheckedFile {
            bytes: read_stream(limit, &fd, wait)?,
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

/// Reads a pipe, as in `-p <(…)`, whose writer may still be running.
fn read_stream(limit: u64, fd: &OwnedFd, wait: Duration) -> io::Result<Zeroizing<Vec<u8>>> {
    let stream = TimedReader::new(fd, Some(Instant::now() + wait));
    read_up_to(limit, stream, limit).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => io::Error::new(error.kind(), "its writer did not end in time"),
        _ => error,
    })
}

pub(super) fn size(stat: &Stat) -> u64 {
    u64::try_from(stat.st_size).unwrap_or(u64::MAX)
}

/// Reads all of a file or stream that is about this long.
pub(super) fn read_limited(input: impl Read, expected: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    read_up_to(MAX_FILE_SIZE, input, expected)
}

fn read_up_to(limit: u64, input: impl Read, expected: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // With less room than this at the start or the end, std reads into a buffer on the stack first and leaves a copy there.
    const ROOM: u64 = 32;
    let mut bytes = secret::buffer(expected.min(limit) + ROOM);
    input.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= limit {
        return Ok(bytes);
    }
    Err(io::Error::other(format!("is larger than {} KiB", limit / 1024)))
}
