//! The files beside a profile: its key, its certificate, and backups of the profiles that it replaced.

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

    /// Creates a file beside the profile, or finds one with the same bytes.
    pub(super) fn beside(&mut self, profile: &Path, ending: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
        let (path, is_there) = free_or_same(profile, ending, bytes);
        if !is_there {
            sys::create_private_file(&path, bytes).map_err(|error| unwritten(&path, &error))?;
            self.0.push(path.clone());
        }
        Ok(path)
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
        sys::create_private_file(&backup, &old).map_err(|error| unwritten(&backup, &error))?;
        self.0.push(backup.clone());
        Ok(Some(backup))
    }
}

/// The first name beside the profile that is free or has these bytes; and whether it has.
pub(super) fn free_or_same(profile: &Path, ending: &str, bytes: &[u8]) -> (PathBuf, bool) {
    let is_same = |path: &Path| {
        let there = sys::read_checked(path, Duration::ZERO);
        there.is_ok_and(|there| *there.bytes == bytes && !there.others_read && !there.others_can_change())
    };
    names(profile, ending)
        .find_map(|path| match path.symlink_metadata() {
            Err(_) => Some((path, false)),
            Ok(_) => is_same(&path).then(|| (path.clone(), true)),
        })
        .unwrap_or_else(|| (profile.with_extension(ending), false))
}

/// `prod.key`, then `prod.2.key` and so on: the old key stays for the old profile.
fn names(profile: &Path, ending: &str) -> impl Iterator<Item = PathBuf> {
    const MOST: u32 = 1000;
    let first = std::iter::once(profile.with_extension(ending));
    first.chain((2..MOST).map(move |number| profile.with_extension(format!("{number}.{ending}"))))
}

pub(super) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

pub(super) fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("cannot write {}: {error}", path.display()))
}
