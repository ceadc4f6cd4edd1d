//! What the file system says of a file, and symbolic links.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;

pub use std::os::unix::fs::symlink;

/// Numbers of which at least one differs after an edit, whatever tool made it: inode, modification and change time.
pub fn change_marks(of: &Metadata) -> [i64; 5] {
    let inode = i64::from_ne_bytes(of.ino().to_ne_bytes());
    [inode, of.mtime(), of.mtime_nsec(), of.ctime(), of.ctime_nsec()]
}
