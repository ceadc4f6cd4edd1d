//! A file that the user or another program made, and who else can change or read it.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, Instant};

#[cfg(target_os = "linux")]
use rustix::fs::PROC_SUPER_MAGIC;
use rustix::fs::{CWD, FileType, OFlags, Stat};
use zeroize::Zeroizing;

use super::mode::{OTHERS_READ, OTHERS_WRITE, is_ours, is_roots, open_at};
use super::stream::TimedReader;
use crate::secret;

/// Larger files are not read: profiles, keys, secrets and records are far smaller.
pub const MAX_FILE_SIZE: u64 = 64 * 1024;

/// A file, and who else can change or read it.
pub struct CheckedFile {
    /// The whole file, at most 64 KiB.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Others can read it. Never set for files that root or Kubernetes put there.
    pub others_read: bool,
    /// Others can change it.
    pub others_write: bool,
    /// Its owner is neither this user nor root.
    pub is_foreign: bool,
}

impl CheckedFile {
    /// Whether another user decides what it contains.
    #[must_use]
    pub fn others_can_change(&self) -> bool {
        self.others_write || self.is_foreign
    }
}

/// Reads a file. Links are followed: Kubernetes mounts secrets through them (`..data`), owned by root and readable, which
/// is as safe as the pod. `wait` limits the reading of a pipe.
pub fn read_checked(path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let fd = open_at(CWD, path, flags)?;
    let stat = rustix::fs::fstat(&fd)?;
    let kind = FileType::from_raw_mode(stat.st_mode);
    let size = match kind {
        FileType::RegularFile => u64::try_from(stat.st_size).unwrap_or(u64::MAX),
        FileType::Directory => return Err(io::Error::other("is a directory")),
        _ => {
            let bytes = read_stream(&fd, wait)?;
            // Another kind may be a terminal, to whose group others belong.
            let others_write = stat.st_mode & OTHERS_WRITE != 0 && kind == FileType::Fifo;
            return Ok(CheckedFile { bytes, others_read: false, others_write, is_foreign: is_foreign(&stat) });
        }
    };
    if size > MAX_FILE_SIZE {
        return Err(too_large());
    }
    Ok(CheckedFile {
        others_read: stat.st_mode & OTHERS_READ != 0 && !is_roots(&stat) && !is_mounted_secret(path),
        others_write: stat.st_mode & OTHERS_WRITE != 0,
        is_foreign: is_foreign(&stat) || is_of_process(&fd, &stat),
        bytes: Zeroizing::new(read_all(fd, size)?),
    })
}

fn is_foreign(stat: &Stat) -> bool {
    !is_ours(stat) && !is_roots(stat)
}

#[cfg(not(target_os = "linux"))]
fn is_of_process(_: &OwnedFd, _: &Stat) -> bool {
    false
}

/// Files of /proc belong to root, and may hold what another user's process put there.
#[cfg(target_os = "linux")]
fn is_of_process(fd: &OwnedFd, stat: &Stat) -> bool {
    is_roots(stat) && rustix::fs::fstatfs(fd).is_ok_and(|system| system.f_type == PROC_SUPER_MAGIC)
}

/// Reads a pipe, as in `-p <(…)`. Its writer may still be running, but not for ever.
fn read_stream(fd: &OwnedFd, wait: Duration) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut bytes = secret::buffer(MAX_FILE_SIZE + 1);
    let stream = TimedReader::new(fd, Some(Instant::now() + wait));
    stream.take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => io::Error::new(error.kind(), "its writer did not end in time"),
        _ => error,
    })?;
    if bytes.len() as u64 > MAX_FILE_SIZE {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Kubernetes and the secrets store's driver create `..data` beside what they mount.
fn is_mounted_secret(path: &Path) -> bool {
    path.parent().is_some_and(|parent| parent.join("..data").symlink_metadata().is_ok())
}

/// Reads a file of about this size.
pub(super) fn read_all(fd: OwnedFd, expected: u64) -> io::Result<Vec<u8>> {
    // One byte more than expected: the read that finds the end then needs no larger buffer.
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or(0) + 1);
    File::from(fd).take(MAX_FILE_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE_SIZE { Err(too_large()) } else { Ok(bytes) }
}

fn too_large() -> io::Error {
    io::Error::other("is larger than 64 KiB")
}
