//! A file's numbers in the file system, and whether it is a program.

use std::fs::Metadata;
use std::os::windows::fs::MetadataExt as _;
use std::path::Path;

/// Times and attributes: an edit changes at least one of these numbers.
pub fn change_marks(of: &Metadata) -> [i64; 3] {
    let time = |ticks: u64| i64::from_ne_bytes(ticks.to_ne_bytes());
    [time(of.last_write_time()), time(of.creation_time()), of.file_attributes().into()]
}

/// Whether this is a program. A command may leave out its `.exe`.
pub fn is_executable(path: &Path) -> bool {
    let mut with_ending = path.as_os_str().to_owned();
    with_ending.push(".exe");
    path.is_file() || Path::new(&with_ending).is_file()
}
