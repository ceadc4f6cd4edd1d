//! The directory of the user's own profiles, and what is begun and not finished in it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::call::Call;
use crate::error::{Error, Kind};
use crate::profile::locate;
use crate::sys::{self, DirLock};

/// The endings of the files, named after profiles, that say what is to be finished.
pub(super) const DELETED: &str = ".deleted";
pub(super) const RENAMING: &str = ".renaming";

/// The directory of the user's own profiles, while this process changes them.
pub struct OwnProfiles<'a> {
    pub(super) call: &'a Call,
    pub(super) directory: PathBuf,
    _lock: Option<DirLock>,
}

impl<'a> OwnProfiles<'a> {
    /// Waits for other processes that change profiles. A question before it may have taken the whole time of the call.
    pub(super) fn lock(call: &'a Call) -> Result<Self, Error> {
        let directory = locate::own_directory()?;
        let lock = DirLock::on(&directory, call.deadline.total());
        Ok(Self { call, directory, _lock: lock })
    }

    pub(super) fn path_of(&self, name: &str) -> PathBuf {
        self.directory.join(format!("{name}.json"))
    }

    pub(super) fn marker(&self, name: &str, ending: &str) -> PathBuf {
        self.directory.join(format!(".{name}{ending}"))
    }

    /// A name should survive a crash.
    pub(super) fn sync(&self) {
        sys::sync_directory(&self.directory);
    }
}

/// Whether a process is changing profiles in this directory, or was killed at it.
pub(super) fn is_unfinished(directory: &Path) -> bool {
    let mut entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.any(|entry| sys::is_temporary(&entry.file_name()))
        || [DELETED, RENAMING].iter().any(|ending| !marked(directory, ending).is_empty())
}

/// The names of the profiles that have a file with this ending.
pub(super) fn marked(directory: &Path, ending: &str) -> Vec<String> {
    let name = |file: &str| file.strip_prefix('.')?.strip_suffix(ending).map(str::to_owned);
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| name(entry.file_name().to_str()?));
    names.filter(|name| locate::is_name(name)).collect()
}

pub(super) fn failed(what: &str, path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("cannot {what} {}: {error}", path.display()))
}

/// Removes a file, unless it is gone already.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path, &error)),
        _ => Ok(()),
    }
}
