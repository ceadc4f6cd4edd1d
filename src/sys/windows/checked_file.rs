//! A file that the user or another program made, and who else can change it. Only its owner is looked at, not its ACL.

use std::fs::File;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::owner::is_foreign;
use super::patience::open_patiently;
use super::stream::TimedReader;
use crate::sys::limited_read::{MAX_FILE_SIZE, read_pipe, read_up_to};
use crate::sys::trusted_file::CheckedFile;

/// Reads a file. `wait` limits the reading of a pipe.
pub fn read_checked(path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    read_checked_up_to(MAX_FILE_SIZE, path, wait)
}

/// The same for a file that may be larger or must be smaller.
pub fn read_checked_up_to(limit: u64, path: &Path, wait: Duration) -> io::Result<CheckedFile> {
    let file = open_patiently(|| File::open(path))
        .map_err(|error| if path.is_dir() { io::Error::other("is a directory") } else { error })?;
    // A pipe has no metadata.
    let size = file.metadata().ok().filter(std::fs::Metadata::is_file).map(|meta| meta.len());
    let (bytes, is_foreign) = match size {
        Some(size) => (read_up_to(limit, file, size)?, is_foreign(path)),
        None => (read_pipe(limit, TimedReader::new(file, Some(Instant::now() + wait)))?, false),
    };
    Ok(CheckedFile { bytes, others_read: false, others_write: false, is_foreign })
}
