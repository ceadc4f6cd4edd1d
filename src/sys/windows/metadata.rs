//! A file's numbers in the file system.

use std::fs::Metadata;
use std::os::windows::fs::MetadataExt as _;

/// Times and attributes: an edit changes at least one of these numbers.
pub fn change_marks(of: &Metadata) -> [i64; 3] {
    let time = |ticks: u64| i64::from_ne_bytes(ticks.to_ne_bytes());
    [time(of.last_write_time()), time(of.creation_time()), of.file_attributes().into()]
}
