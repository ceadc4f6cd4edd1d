//! A file's numbers in the file system, and whether it is a program.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use rustix::fs::{Access, access};

/// Inode, modification and change time: an edit by any tool changes at least one of these numbers.
pub fn change_marks(of: &Metadata) -> [i64; 5] {
    let inode = i64::from_ne_bytes(of.ino().to_ne_bytes());
    [inode, of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec()]
}

/// Whether this user may run the file.
pub fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}
