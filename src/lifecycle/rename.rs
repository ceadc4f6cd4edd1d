//! Renames a profile. A marker with the new name is written first, so that what belongs to the profile follows even if
//! this process is killed. Its keys keep their names, and a token is not cached under a profile's name.

use std::io;
use std::path::Path;
use std::time::Duration;

use super::delete::backups_of;
use super::own_profiles::{OwnProfiles, RENAMING, failed, marked, remove};
use crate::error::{Error, Kind};
use crate::profile::default_profile::{self, DefaultChoice};
use crate::profile::{DEFAULT_NAME, locate};
use crate::sys::{self, AtomicFile};

impl OwnProfiles<'_> {
    /// Gives a profile a name that no profile has. If it is the default, it stays so.
    pub fn rename(&self, old: &str, new: &str) -> Result<(), Error> {
        if let Some(path) = locate::all()?.get(new) {
            return Err(Error::new(Kind::Usage, format!("there is a profile {} already", path.display())));
        }
        let marker = self.marker(old, RENAMING);
        let written = AtomicFile::replace(&marker, new.as_bytes());
        written.map_err(|error| failed("write", &marker, &error))?;
        self.finish_rename(old)
    }

    /// Finishes what killed processes began.
    pub(super) fn finish_renames(&self) -> Result<(), Error> {
        marked(&self.directory, RENAMING).iter().try_for_each(|old| self.finish_rename(old))
    }

    fn finish_rename(&self, old: &str) -> Result<(), Error> {
        let marker = self.marker(old, RENAMING);
        let Some(new) = new_name(&marker) else { return remove(&marker) };
        let (from, to) = (self.path_of(old), self.path_of(&new));
        let is_default = is_default(old);
        if is_default && from.symlink_metadata().is_ok() {
            // Nothing is renamed yet: another command must not finish what has failed.
            if let Err(error) = default_profile::choose_either(&new, old) {
                remove(&marker)?;
                return Err(error);
            }
        }
        let renamed = sys::rename_to_new(&from, &to);
        if let Err(error) = renamed.or_else(|error| if is_done(&error, &to) { Ok(()) } else { Err(error) }) {
            if is_default {
                default_profile::choose(old)?;
            }
            remove(&marker)?;
            return Err(failed("rename", &from, &error));
        }
        for (backup, rest) in backups_of(old, self) {
            let _ = sys::rename_to_new(&backup, &self.directory.join(format!("{new}{rest}")));
        }
        if is_default {
            default_profile::choose(&new)?;
        }
        self.sync();
        remove(&marker)
    }
}

/// Whether a profile is the default, by the user's choice or by its name.
fn is_default(name: &str) -> bool {
    DefaultChoice::read().is_ok_and(|choice| match choice.names().next() {
        Some(_) => choice.names().any(|chosen| chosen == name),
        None => name == DEFAULT_NAME,
    })
}

/// Whether an earlier attempt renamed the file already.
fn is_done(error: &io::Error, to: &Path) -> bool {
    error.kind() == io::ErrorKind::NotFound && to.symlink_metadata().is_ok()
}

fn new_name(marker: &Path) -> Option<String> {
    let bytes = sys::read_checked(marker, Duration::ZERO).ok()?.bytes;
    std::str::from_utf8(&bytes).ok().filter(|name| locate::is_name(name)).map(str::to_owned)
}
