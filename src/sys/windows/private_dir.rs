//! The directory of records, which belongs to this user.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::windows::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::new_file::rename_over;
use super::owner::check_owner;
use super::patience::{open_patiently, patiently};
use crate::sys::limited_read::{MAX_FILE_SIZE, read_up_to};

/// `FILE_FLAG_OPEN_REPARSE_POINT`: opens a link itself, and not what it leads to.
const NO_LINK: u32 = 0x0020_0000;
/// `FILE_ATTRIBUTE_REPARSE_POINT`.
const IS_LINK: u32 = 0x400;

pub struct PrivateDir(PathBuf);

impl PrivateDir {
    /// Opens an existing directory: ours, and no link.
    pub fn open(path: &Path) -> io::Result<Self> {
        let existing = path.symlink_metadata()?;
        if !existing.is_dir() || existing.file_attributes() & IS_LINK != 0 {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        check_owner(path)?;
        Ok(Self(path.into()))
    }

    /// Opens the directory. It and its parents are created if they are missing.
    pub fn create(path: &Path) -> io::Result<Self> {
        match Self::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(path)?;
                Self::open(path)
            }
            opened => opened,
        }
    }

    /// Whether a directory is still at the path.
    pub fn is_at(&self, path: &Path) -> bool {
        self.0 == path && path.is_dir()
    }

    /// Reads a regular file.
    pub fn read(&self, name: &str) -> Option<Zeroizing<Vec<u8>>> {
        let file = open_patiently(|| no_link().read(true).open(self.path(name))).ok()?;
        let size = file.metadata().ok().filter(|meta| meta.is_file() && meta.len() <= MAX_FILE_SIZE)?.len();
        read_up_to(MAX_FILE_SIZE, file, size).ok()
    }

    /// Opens a file for its lock, and creates it if it is missing. It is never read or written.
    pub fn lock_file(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, true)
    }

    /// Opens an existing file for its lock.
    pub fn existing_lock_file(&self, name: &str) -> io::Result<File> {
        self.open_lock_file(name, false)
    }

    fn open_lock_file(&self, name: &str, create: bool) -> io::Result<File> {
        let mut options = no_link();
        options.read(true).write(true).create(create).truncate(false);
        let file = open_patiently(|| options.open(self.path(name)))?;
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::InvalidInput.into()) }
    }

    /// Renames a file, and replaces the one that has the new name.
    pub fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        rename_over(&self.path(from), &self.path(to))
    }

    /// Writes a new file under a name that no other process uses. A file that a killed process left is removed first.
    pub fn write_new(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.remove(name)?;
        let mut file = File::options().write(true).create_new(true).open(self.path(name))?;
        let written = file.write_all(bytes);
        drop(file);
        written.inspect_err(|_| drop(self.remove(name)))
    }

    pub fn names(&self) -> io::Result<Vec<String>> {
        std::fs::read_dir(&self.0)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }

    /// Removes a file if it exists.
    pub fn remove(&self, name: &str) -> io::Result<()> {
        match patiently(|| std::fs::remove_file(self.path(name))) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

fn no_link() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.custom_flags(NO_LINK);
    options
}
