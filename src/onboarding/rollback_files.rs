//! The files that come with a new profile: copies of its key and certificate, and backups of the profiles that it replaced.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Kind};
use crate::sys;

/// New files that are removed again on drop, unless [`RollbackFiles::stay`] is called.
#[derive(Default)]
pub(super) struct RollbackFiles(Vec<PathBuf>);

impl Drop for RollbackFiles {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

impl RollbackFiles {
    pub(super) fn stay(&mut self) {
        self.0.clear();
    }

    /// Creates a file, unless it exists with the same bytes.
    pub(super) fn create(&mut self, path: &Path, bytes: &[u8]) -> Result<(), Error> {
        match sys::create_private_file(path, bytes) {
            Ok(()) => self.0.push(path.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && has_bytes(path, bytes) => {}
            Err(error) => return Err(unwritten(path, &error)),
        }
        Ok(())
    }

    /// Copies the old profile. A profile that cannot be read is not replaced.
    pub(super) fn back_up(&mut self, path: &Path) -> Result<Option<PathBuf>, Error> {
        let old = match sys::read_checked(path, Duration::ZERO) {
            Ok(old) => old.bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => {
                return Err(Error::new(Kind::Other, format!("no backup can be made of {}: {error}", path.display()))
                    .hint("nothing was changed"));
            }
        };
        let backup = names(path, "json.bak").find(|backup| backup.symlink_metadata().is_err());
        let backup = backup.ok_or_else(|| unwritten(path, &io::Error::other("there are too many backups")))?;
        self.create(&backup, &old)?;
        Ok(Some(backup))
    }
}

/// The first path like this one, with this ending, that is free or has these bytes, and whether it has them.
pub(super) fn free_or_same(like: &Path, ending: &str, bytes: &[u8]) -> (PathBuf, bool) {
    let usable = |path: PathBuf| match path.symlink_metadata() {
        Err(_) => Some((path, false)),
        Ok(_) => has_bytes(&path, bytes).then_some((path, true)),
    };
    names(like, ending).find_map(usable).unwrap_or_else(|| (like.with_extension(ending), false))
}

/// Whether a file has these bytes, and other users can neither read nor change it.
fn has_bytes(path: &Path, bytes: &[u8]) -> bool {
    let file = sys::read_checked(path, Duration::ZERO);
    file.is_ok_and(|file| *file.bytes == bytes && !file.others_read && !file.others_can_change())
}

/// `prod.key`, then `prod.2.key` and so on: the old profile may still need the old key.
fn names(like: &Path, ending: &str) -> impl Iterator<Item = PathBuf> {
    const MOST: u32 = 1000;
    let first = std::iter::once(like.with_extension(ending));
    first.chain((2..MOST).map(move |number| like.with_extension(format!("{number}.{ending}"))))
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("cannot write {}: {error}", path.display()))
}
