//! Advisory locks on files (flock(2), `LockFileEx`). fs2's methods are called by their full path: std has methods of the
//! same names, which would be called instead.

use std::fs::File;
use std::io;

/// Tries to lock a file until it is closed. `Ok(false)`: another process holds the lock.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match fs2::FileExt::try_lock_exclusive(file) {
        Ok(()) => Ok(true),
        Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => Ok(false),
        Err(error) => Err(error),
    }
}
