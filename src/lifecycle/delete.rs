//! Deletes profiles with all that belongs to them. Renaming a profile to a tombstone decides it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::own_profiles::{DELETED, OwnProfiles, failed, marked, remove};
use crate::call::Call;
use crate::error::{Error, Kind};
use crate::profile::default_profile::{self, DefaultChoice};
use crate::profile::named_files::NamedFiles;
use crate::profile::{Profile, ProfileLocation, locate};
use crate::{profile_tokens, provider};

/// A profile that is to be deleted: its file, or the tombstone that this became.
pub struct Doomed {
    pub name: String,
    pub path: PathBuf,
}

/// What is deleted with profiles.
pub struct Belongings {
    /// Files in the directory of keys that no other profile names.
    pub keys: Vec<PathBuf>,
    pub backups: Vec<PathBuf>,
    /// The identities whose tokens no other profile shares, each with a profile that does.
    identities: BTreeMap<String, Rc<Profile>>,
}

impl Belongings {
    /// Of the profiles in this directory.
    pub fn of(doomed: &[Doomed], directory: &Path, call: &Call) -> Result<Self, Error> {
        // The user may have taken a long time to consent.
        let until = call.deadline.anew().attempt_end();
        let mut others = locate::all()?;
        // Since a deletion was interrupted, there may be another profile of the same name.
        others.retain(|_, path| !doomed.iter().any(|doomed| doomed.path == *path));
        let is_doomed = |name: &str| doomed.iter().any(|doomed| doomed.name == name) && !others.contains_key(name);
        let (own, foreign): (Vec<_>, Vec<_>) = backups(directory).into_iter().partition(|backup| {
            let owner = owner_of(backup, |name| is_doomed(name) || others.contains_key(name));
            owner.is_some_and(|owner| is_doomed(&owner))
        });
        let named_by_others: Vec<NamedFiles> =
            others.values().chain(&foreign).map(|path| NamedFiles::of(path)).collect();
        let named = doomed.iter().map(|doomed| &doomed.path).chain(&own).flat_map(|path| NamedFiles::of(path).known());
        let mut keys: Vec<PathBuf> = named.filter_map(|path| copied_key(&path, directory)).collect();
        keys.retain(|key| !named_by_others.iter().any(|others| others.may_name(key)));
        keys.sort();
        keys.dedup();
        let read = |name: &String, path: &PathBuf| {
            let place = ProfileLocation::File { name: name.clone(), path: path.clone() };
            provider::CATALOG.read(place, until).ok()
        };
        let others: Vec<Profile> = others.iter().filter_map(|(name, path)| read(name, path)).collect();
        let mut identities = BTreeMap::new();
        for profile in doomed.iter().filter_map(|doomed| read(&doomed.name, &doomed.path)).map(Rc::new) {
            let own = || profile.identity().into_iter().collect();
            let all = profile_tokens::identities(&profile, until).unwrap_or_else(|_| own());
            identities.extend(all.into_iter().map(|identity| (identity, profile.clone())));
        }
        let shares = |other: &Profile, identity: &str| other.covers(identity).is_ok_and(|covers| covers);
        identities.retain(|identity, _| !others.iter().any(|other| shares(other, identity)));
        Ok(Self { keys, backups: own, identities })
    }

    /// How many tokens are cached.
    pub fn cached_tokens(&self) -> usize {
        let stores = self.identities.keys().filter_map(|identity| profile_tokens::store_of(identity.clone()).ok()?);
        stores.filter(|store| store.load().token.is_some()).count()
    }
}

impl OwnProfiles<'_> {
    /// Deletes these profiles. From the first rename on, it will be finished.
    pub fn delete(&self, names: &[String]) -> Result<(), Error> {
        let mut doomed = Vec::new();
        for name in names {
            let (path, tombstone) = (self.path_of(name), self.marker(name, DELETED));
            fs::rename(&path, &tombstone).map_err(|error| failed("delete", &path, &error))?;
            doomed.push(Doomed { name: name.clone(), path: tombstone });
        }
        self.sync();
        self.finish_delete(&doomed)
    }

    /// Finishes what killed processes began.
    pub(super) fn finish_deletes(&self) -> Result<(), Error> {
        let doomed = |name: String| Doomed { path: self.marker(&name, DELETED), name };
        self.finish_delete(&marked(&self.directory, DELETED).into_iter().map(doomed).collect::<Vec<_>>())
    }

    /// Removes what belongs to deleted profiles, and at last their tombstones.
    fn finish_delete(&self, doomed: &[Doomed]) -> Result<(), Error> {
        if doomed.is_empty() {
            return Ok(());
        }
        let belongings = Belongings::of(doomed, &self.directory, self.call)?;
        let is_gone = |name: &str| doomed.iter().any(|doomed| doomed.name == name) && !self.path_of(name).exists();
        // A choice that cannot be read names no profile.
        if DefaultChoice::read().is_ok_and(|choice| choice.names().next().is_some_and(is_gone)) {
            default_profile::choose_none()?;
        }
        for (identity, profile) in &belongings.identities {
            self.forget(identity, profile)?;
        }
        for file in belongings.keys.iter().chain(&belongings.backups) {
            remove(file)?;
        }
        self.sync();
        doomed.iter().try_for_each(|doomed| remove(&doomed.path))
    }

    fn forget(&self, identity: &str, profile: &Profile) -> Result<(), Error> {
        let store = profile_tokens::store_for(profile, identity.to_owned(), &self.call.log)?;
        let Some(store) = store else { return Ok(()) };
        let what = match store.forget(&self.call.deadline.anew()) {
            Ok(Some(_)) => return Ok(()),
            Ok(None) => "another process is requesting a token".to_owned(),
            Err(error) => error.to_string(),
        };
        Err(Error::new(
            Kind::Other,
            format!("the profile is deleted, and its cached token could not be removed: {what}"),
        )
        .hint("the next jwt-credential list tries again"))
    }
}

/// The backups of one profile, and what follows its name in theirs.
pub(super) fn backups_of(name: &str, profiles: &OwnProfiles) -> Vec<(PathBuf, String)> {
    let exists = |other: &str| other == name || profiles.path_of(other).symlink_metadata().is_ok();
    let own =
        backups(&profiles.directory).into_iter().filter(|backup| owner_of(backup, exists).as_deref() == Some(name));
    let rest = |backup: &Path| Some(backup.file_name()?.to_str()?.strip_prefix(name)?.to_owned());
    own.filter_map(|backup| rest(&backup).map(|rest| (backup, rest))).collect()
}

/// The backups that `import --force` made in the directory of profiles.
fn backups(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path());
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.ends_with(BACKUP)) && !path.is_dir()
    };
    entries.filter(is_backup).collect()
}

const BACKUP: &str = ".json.bak";

/// The profile that a backup belongs to. `a.2.json.bak` is the second one of `a`, or one of `a.2`.
fn owner_of(backup: &Path, exists: impl Fn(&str) -> bool) -> Option<String> {
    let stem = backup.file_name()?.to_str()?.strip_suffix(BACKUP)?;
    let numbered = stem.rsplit_once('.').filter(|(_, number)| number.parse::<u32>().is_ok()).map(|(name, _)| name);
    [Some(stem), numbered].into_iter().flatten().find(|name| exists(name)).map(str::to_owned)
}

/// The path of a file in the directory of keys, which is where we write keys.
fn copied_key(path: &Path, profiles: &Path) -> Option<PathBuf> {
    let keys = locate::key_path(&profiles.join("any")).parent()?.to_owned();
    let is_there = path.parent()?.canonicalize().ok()? == keys.canonicalize().ok()?;
    let key = keys.join(path.file_name()?);
    (is_there && key.symlink_metadata().is_ok_and(|found| !found.is_dir())).then_some(key)
}
