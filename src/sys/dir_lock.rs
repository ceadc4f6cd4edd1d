//! The lock of a directory.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::atomic_file::remove_abandoned;
use super::{open_directory_lock, try_lock};

/// A lock on a directory, so that processes which write profiles there do so one at a time.
pub struct DirLock {
    _lock: File,
}

impl DirLock {
    /// Waits for the lock, at most this long. `None`: the caller goes on without it. It timed out, or the file system
    /// has no locks.
    pub fn on(directory: &Path, wait: Duration) -> Option<Self> {
        const PAUSE: Duration = Duration::from_millis(5);
        let end = Instant::now() + wait;
        let file = open_directory_lock(directory).ok()?;
        loop {
            match try_lock(&file) {
                Ok(true) => {
                    remove_abandoned(directory);
                    return Some(Self { _lock: file });
                }
                Ok(false) if Instant::now() < end => std::thread::sleep(PAUSE),
                Err(error) if error.kind() == io::ErrorKind::Interrupted && Instant::now() < end => {}
                _ => return None,
            }
        }
    }
}
