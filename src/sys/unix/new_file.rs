//! How files for the user get their mode and their name.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags};
use rustix::io::Errno;

use super::mode::make_private;

/// Options with which a new file gets mode 0600.
pub(in crate::sys) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

/// Opens a file to append to it. A new one is 0600; an existing one keeps its mode.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = private_options();
    // A FIFO without a reader must not hang.
    options.append(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let file = options.create(true).open(path)?;
            make_private(&file)?;
            Ok(file)
        }
        opened => opened,
    }
}

/// Renames a file, and replaces the one that has the new name.
pub(in crate::sys) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    std::fs::rename(from, to)
}

/// Renames a file to a name that no file has. NFS and old kernels cannot do that, and report it in several ways. A hard
/// link fails there if the name exists.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    match rustix::fs::renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(error) if error != Errno::EXIST && error != Errno::NOENT => {
            std::fs::hard_link(from, to)?;
            std::fs::remove_file(from)
        }
        renamed => Ok(renamed?),
    }
}

/// Opens a directory, to lock it or to write its names to the disk.
pub(in crate::sys) fn open_directory_lock(directory: &Path) -> io::Result<File> {
    File::open(directory)
}

/// Writes a directory's names to the disk. Not every file system can.
pub fn sync_directory(directory: &Path) {
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
}
