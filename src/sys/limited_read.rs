//! Reads that end at a size.

use std::io::{self, Read};

use zeroize::Zeroizing;

use crate::secret;

/// Larger files are not read: profiles, keys, secrets and records are far smaller.
pub const MAX_FILE_SIZE: u64 = 64 * 1024;

/// Reads all of a pipe, as in `-p <(…)`, whose writer may still be running.
pub(super) fn read_pipe(limit: u64, pipe: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    read_up_to(limit, pipe, limit).map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => io::Error::new(error.kind(), "its writer did not end in time"),
        _ => error,
    })
}

/// Reads all of a file or stream that is about this long. A longer one than the limit is an error.
pub(super) fn read_up_to(limit: u64, input: impl Read, expected: u64) -> io::Result<Zeroizing<Vec<u8>>> {
    // With less room than this at the start or the end, std reads into a buffer on the stack first and leaves a copy there.
    const ROOM: u64 = 32;
    let mut bytes = secret::buffer(expected.min(limit) + ROOM);
    input.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 <= limit {
        return Ok(bytes);
    }
    Err(io::Error::other(format!("is larger than {} KiB", limit / 1024)))
}
