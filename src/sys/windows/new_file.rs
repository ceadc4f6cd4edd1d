//! How files for the user get their name.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

use tempfile::TempPath;

use super::patience::patiently;

/// Options for a new file. It inherits the ACL of its directory.
pub(in crate::sys) fn private_options() -> OpenOptions {
    OpenOptions::new()
}

/// The inherited ACL stays as it is. `false`: it is not a regular file.
pub(in crate::sys) fn make_private(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.is_file())
}

/// Opens a file to append to it.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

/// Renames a file, and replaces the one that has the new name. Where the file system cannot replace a file that is open,
/// this waits for its readers.
pub(in crate::sys) fn rename_over(from: &Path, to: &Path) -> io::Result<()> {
    patiently(|| std::fs::rename(from, to))
}

/// Renames a file to a name that no file has.
pub fn rename_to_new(from: &Path, to: &Path) -> io::Result<()> {
    // std can only replace. A `TempPath` that is dropped removes its file.
    TempPath::try_from_path(from)?.persist_noclobber(to).map_err(|failed| {
        let _ = failed.path.keep();
        failed.error
    })
}

/// A directory cannot be locked on Windows, so that a file in it is.
pub(in crate::sys) fn open_directory_lock(directory: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(false).open(directory.join(".lock"))
}

/// Windows writes the names of a directory to the disk by itself, and has no call to wait for that.
pub fn sync_directory(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::windows::fs::OpenOptionsExt as _;
    use std::time::{Duration, Instant};

    #[test]
    fn a_name_that_exists_is_kept() {
        let home = tempfile::tempdir().unwrap();
        let (one, two) = (home.path().join("one"), home.path().join("two"));
        File::create_new(&one).unwrap();
        File::create_new(&two).unwrap();
        assert_eq!(rename_to_new(&one, &two).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert!(one.exists() && two.exists());
        rename_to_new(&one, &home.path().join("three")).unwrap();
        assert!(!one.exists());
    }

    #[test]
    fn a_file_that_is_open_for_a_second_is_replaced() {
        let home = tempfile::tempdir().unwrap();
        let (new, old) = (home.path().join("new"), home.path().join("old"));
        File::create_new(&new).unwrap();
        File::create_new(&old).unwrap();
        // As a virus scanner opens it: no other program may replace or remove it meanwhile.
        let held = File::options().read(true).share_mode(1).open(&old).unwrap();
        let began = Instant::now();
        let scanner = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_secs(1));
            drop(held);
        });
        rename_over(&new, &old).unwrap();
        scanner.join().unwrap();
        assert!(began.elapsed() >= Duration::from_millis(900) && !new.exists() && old.exists());
    }
}
