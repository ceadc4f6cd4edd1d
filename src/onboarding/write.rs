//! Writes a profile and the files beside it, all or nothing. Nothing is created before the last step, so that an
//! earlier failure leaves nothing behind.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::rollback_files::{RollbackFiles, free_or_same, name_of, unwritten};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::profile::draft::Draft;
use crate::profile::format::document;
use crate::profile::schema::{Field, Schema};
use crate::profile::{self, Catalog, FIRST, Profile, ProfileLocation, from_settings, locate};
use crate::sys::{self, AtomicFile, DirLock};

/// What a profile is written from. The draft holds neither the key nor the certificate.
pub struct Parts {
    pub draft: Draft,
    pub private_key: Option<Zeroizing<Vec<u8>>>,
    pub certificate: Option<Zeroizing<Vec<u8>>>,
}

/// The profile that a new one would replace.
pub struct Old {
    /// It may be broken.
    pub profile: Result<Profile, Error>,
    /// Null if it is not JSON.
    json: Json,
}

/// A profile that can be tried before it is written.
pub struct Candidate {
    /// The profile as it will be, except that it contains the key and the certificate.
    pub profile: Profile,
    pub path: PathBuf,
    settings: Map<String, Json>,
    files: Vec<Companion>,
}

/// A file that will be written beside the profile.
struct Companion {
    /// The profile's key that names it.
    key: &'static str,
    ending: &'static str,
    bytes: Zeroizing<Vec<u8>>,
}

/// The name of a new profile. A name in use is rejected unless the profile is to be replaced.
pub fn new_name(asked: Option<&str>, replace: bool) -> Result<String, Error> {
    let name = asked.unwrap_or(FIRST);
    let path = locate::own_path(name)?;
    let is_there = path.symlink_metadata().is_ok();
    if is_there && !replace {
        return Err(taken(&path));
    }
    if is_there && !path.is_file() {
        return Err(Error::new(Kind::Other, format!("what is at {} is no file: it is not replaced", path.display())));
    }
    let others = locate::all()?;
    if asked.is_none() && !is_there && !others.is_empty() {
        let others = others.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(
            Error::new(Kind::Usage, format!("a further profile needs a name: there are {others}")).hint("--as NAME")
        );
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    sys::check_can_write(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(name.to_owned())
}

/// Whether a profile of the user's own has this name.
pub fn is_there(name: &str) -> bool {
    locate::own_path(name).is_ok_and(|path| path.symlink_metadata().is_ok())
}

fn taken(path: &Path) -> Error {
    Error::new(Kind::Usage, format!("there is a profile {} already", path.display())).hint(
        "--as NAME makes another one; --force shows what would change, tries the new one, and replaces the old one",
    )
}

/// The profile that has this name now.
pub fn old(name: &str, catalog: &Catalog, deadline: &Deadline) -> Option<Old> {
    let path = locate::own_path(name).ok()?;
    path.symlink_metadata().ok()?;
    let json = sys::read_checked(&path, Duration::ZERO).ok();
    let json = json.and_then(|file| document::json(&file.bytes).ok()).unwrap_or_default();
    let profile = profile::read(ProfileLocation::File { name: name.to_owned(), path }, catalog, deadline.attempt_end());
    Some(Old { profile, json })
}

impl Candidate {
    /// Reads the profile as if it were written already. It keeps what the user set in the old profile, unless that is
    /// broken or can be changed by other users.
    pub fn prepare(
        name: &str,
        parts: Parts,
        old: Option<&Old>,
        catalog: &Catalog,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let path = locate::own_path(name)?;
        let mut draft = parts.draft;
        // Nothing is kept of a provider's file that was used as a profile: the user did not choose the endpoint in it.
        let is_own = |old: &&Old| old.profile.is_ok() && old.json.get("grant").is_some();
        let kept = old.filter(is_own).map(|old| &old.json);
        for Field { name, .. } in draft.schema.all().filter(|field| field.kept) {
            if let (None, Some(value)) = (draft.get(name), kept.and_then(|kept| kept.get(name))) {
                draft.set(name, value.clone());
            }
        }
        let companion = |key, ending, bytes: Option<_>| bytes.map(|bytes| Companion { key, ending, bytes });
        let files: Vec<Companion> = companion("private_key", "key", parts.private_key)
            .into_iter()
            .chain(companion("certificate", "crt", parts.certificate))
            .collect();
        let settings = draft.into_profile();
        let mut whole = settings.clone();
        for file in &files {
            // Profiles may contain a DER key as base64.
            let text = String::from_utf8(file.bytes.to_vec()).unwrap_or_else(|_| STANDARD.encode(&*file.bytes));
            whole.insert(file.key.into(), text.into());
        }
        let place = ProfileLocation::File { name: name.to_owned(), path: path.clone() };
        let profile = from_settings(whole, place, &catalog.schemas, deadline.attempt_end())?;
        Ok(Self { profile, path, settings, files })
    }

    /// The profile's JSON with the names of its files, and whether all of the files exist already.
    pub fn as_written(&self) -> (Map<String, Json>, bool) {
        let mut settings = self.settings.clone();
        let mut are_there = true;
        for file in &self.files {
            let (path, is_there) = free_or_same(&self.path, file.ending, &file.bytes);
            settings.insert(file.key.into(), json!({"file": name_of(&path)}));
            are_there &= is_there;
        }
        (settings, are_there)
    }

    /// The profile for display, with the names of its files.
    pub fn redacted(&self) -> Json {
        let (settings, _) = self.as_written();
        let mut shown = self.profile.redacted();
        for file in &self.files {
            let name = settings.get(file.key).and_then(|value| value.get("file")).and_then(Json::as_str);
            shown[file.key] = json!({"file": self.path.with_file_name(name.unwrap_or_default()).to_string_lossy()});
        }
        shown
    }

    /// Whether a key's value differs from the old profile, or its file is missing.
    pub fn changes(&self, key: &str, old: &Old) -> bool {
        let (settings, are_there) = self.as_written();
        let is_file = self.files.iter().any(|file| file.key == key);
        settings.get(key) != old.json.get(key) || (is_file && !are_there)
    }

    /// Whether it would change nothing.
    pub fn is_as(&self, old: &Old) -> bool {
        let (settings, are_there) = self.as_written();
        old.profile.is_ok() && are_there && old.json == Json::Object(settings)
    }

    /// Writes the profile. Returns the path of the backup, if it replaced another one.
    pub fn keep(self, replace: bool, deadline: &Deadline) -> Result<(Profile, Option<PathBuf>), Error> {
        let directory = directory_of(&self.path)?;
        // Processes that write here at the same time take turns.
        let _lock = DirLock::on(directory, deadline.remaining());
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.path),
            _ => unwritten(&self.path, &error),
        };
        if !replace && self.path.symlink_metadata().is_ok() {
            return Err(taken(&self.path));
        }
        let mut made = RollbackFiles::default();
        let mut settings = self.settings.clone();
        for file in &self.files {
            let path = made.beside(&self.path, file.ending, &file.bytes)?;
            settings.insert(file.key.into(), json!({"file": name_of(&path)}));
        }
        // A symbolic link stays one.
        let target = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let new = AtomicFile::write(&target, text(&settings, self.profile.schema).as_bytes()).map_err(failed)?;
        let backup = replace.then(|| made.back_up(&self.path)).transpose()?.flatten();
        new.persist(replace).map_err(failed)?;
        made.stay();
        let place = self.profile.place.clone();
        let profile = from_settings(settings, place, &[self.profile.schema], deadline.attempt_end())?;
        Ok((profile, backup))
    }
}

/// Creates a file beside the profile of this name, and returns its path.
pub fn beside(name: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let profile = locate::own_path(name)?;
    directory_of(&profile)?;
    let mut made = RollbackFiles::default();
    let path = made.beside(&profile, ending, bytes)?;
    made.stay();
    Ok(path)
}

/// The directory of a profile, created if it is missing.
fn directory_of(profile: &Path) -> Result<&Path, Error> {
    let directory = profile.parent().unwrap_or(Path::new("."));
    sys::create_directory(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(directory)
}

/// JSON with a key on each line, in the order of the README.
fn text(settings: &Map<String, Json>, schema: &Schema) -> String {
    let order = std::iter::once("grant").chain(schema.all().map(|field| field.name));
    let mut left = settings.clone();
    let lines: Vec<String> =
        order.filter_map(|key| left.remove(key).map(|value| format!("  {}: {value}", json!(key)))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}
