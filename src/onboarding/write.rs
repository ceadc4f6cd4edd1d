//! Checks a profile, and writes it with the files beside it, all or nothing. Nothing is created before the last step, so
//! that an earlier failure leaves nothing behind.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::key_material::KeyMaterial;
use super::rollback_files::{RollbackFiles, free_or_same, unwritten};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::profile::draft::Draft;
use crate::profile::format::document;
use crate::profile::schema::{IGNORED, NAMING, Schema};
use crate::profile::{Profile, ProfileLocation, locate};
use crate::provider::CATALOG;
use crate::sys::{self, AtomicFile, DirLock};

/// Rejects the name of a new profile that is invalid, or in use unless the profile is to be replaced.
pub fn check_name(name: &str, replace: bool) -> Result<(), Error> {
    let path = locate::own_path(name)?;
    let exists = path.symlink_metadata().is_ok();
    if exists && !replace {
        return Err(taken(&path));
    }
    if exists && !path.is_file() {
        return Err(Error::new(Kind::Other, format!("what is at {} is no file: it is not replaced", path.display())));
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    sys::check_can_write(directory).map_err(|error| unwritten(directory, &error))
}

/// Whether the user has a profile of this name.
pub fn exists(name: &str) -> bool {
    locate::own_path(name).is_ok_and(|path| path.symlink_metadata().is_ok())
}

fn taken(path: &Path) -> Error {
    Error::new(Kind::Usage, format!("there is a profile {} already", path.display()))
        .hint("keep it, and give the new one another name with --as NAME; or replace it with --force")
}

/// The profile that a new one would replace.
pub struct ReplacedProfile {
    /// It may be broken.
    pub profile: Result<Profile, Error>,
    /// Null if it is not JSON.
    json: Json,
}

impl ReplacedProfile {
    /// The profile that has this name now.
    pub fn read(name: &str, deadline: &Deadline) -> Option<Self> {
        let path = locate::own_path(name).ok()?;
        path.symlink_metadata().ok()?;
        let json = sys::read_checked(&path, Duration::ZERO).ok();
        let json = json.and_then(|file| document::json(&file.bytes).ok()).unwrap_or_default();
        let place = ProfileLocation::File { name: name.to_owned(), path };
        Some(Self { profile: CATALOG.read(place, deadline.attempt_end()), json })
    }

    /// What a new profile may inherit: nothing from one that is broken or that other users can change. A
    /// provider's file that was used as a profile has no settings either: the user did not choose its endpoint.
    fn settings(&self) -> Option<&Map<String, Json>> {
        self.json
            .as_object()
            .filter(|settings| self.profile.is_ok() && NAMING.iter().any(|key| settings.contains_key(*key)))
    }
}

/// A profile that can be tried before it is written.
pub struct CheckedProfile {
    /// It contains the key and the certificate themselves.
    pub profile: Profile,
    pub path: PathBuf,
    /// What will be written. It names the files of the key and the certificate.
    settings: Map<String, Json>,
    copies: Vec<KeyCopy>,
}

/// A key or a certificate that will be written to the directory of keys.
struct KeyCopy {
    /// The profile's key that names it.
    key: &'static str,
    path: PathBuf,
    exists: bool,
    bytes: Zeroizing<Vec<u8>>,
}

impl CheckedProfile {
    /// Reads the profile as if it were written already. It inherits what the user set in the replaced profile. `from`:
    /// what it is made from, for errors.
    pub fn new(
        name: &str,
        from: String,
        draft: Draft,
        keys: &KeyMaterial,
        replaced: Option<&ReplacedProfile>,
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let path = locate::own_path(name)?;
        let schema = draft.schema;
        let mut settings = draft.into_profile(replaced.and_then(ReplacedProfile::settings));
        let (mut whole, mut copies) = (settings.clone(), Vec::new());
        for (key, file) in keys.files() {
            // Profiles may contain a DER key as base64.
            let text = std::str::from_utf8(&file.bytes).map_or_else(|_| STANDARD.encode(&*file.bytes), str::to_owned);
            whole.insert(key.into(), text.into());
            let usual = Path::new(schema.field(key).and_then(|field| field.copied_from).unwrap_or_default());
            let ending = usual.extension().unwrap_or_default().to_string_lossy();
            let (copy, exists) = free_or_same(&locate::key_path(&path), &ending, &file.bytes);
            let name = copy.file_name().unwrap_or_default().to_string_lossy();
            settings.insert(key.into(), json!({"file": format!("../{}/{name}", locate::KEYS)}));
            copies.push(KeyCopy { key, path: copy, exists, bytes: file.bytes.clone() });
        }
        let place = ProfileLocation::Unwritten { name: name.to_owned(), path: path.clone(), from };
        let profile = CATALOG.profile(whole, place, deadline.attempt_end())?;
        Ok(Self { profile, path, settings, copies })
    }

    /// The profile for display, with the paths of its files.
    pub fn redacted(&self) -> Json {
        let mut shown = self.profile.redacted();
        for copy in &self.copies {
            shown[copy.key] = json!({"file": copy.path.to_string_lossy()});
        }
        shown
    }

    /// Whether a key's value differs from the replaced profile's, or its file is missing.
    pub fn changes(&self, key: &str, replaced: &ReplacedProfile) -> bool {
        let is_missing = self.copies.iter().any(|copy| copy.key == key && !copy.exists);
        is_missing || self.settings.get(key) != replaced.json.get(key)
    }

    /// Whether it would change nothing.
    pub fn is_same(&self, replaced: &ReplacedProfile) -> bool {
        let is_written = self.copies.iter().all(|copy| copy.exists);
        is_written && replaced.profile.is_ok() && replaced.json.as_object() == Some(&self.settings)
    }

    /// Where it is once it is written.
    pub fn location(&self) -> ProfileLocation {
        ProfileLocation::File { name: self.profile.place.name().to_owned(), path: self.path.clone() }
    }

    /// The profile, which is written already.
    pub fn into_written(mut self) -> Profile {
        self.profile.place = self.location();
        self.profile
    }

    /// Writes the profile. Returns the path of the backup, if it replaced another one.
    pub fn write(self, replace: bool, deadline: &Deadline) -> Result<(Profile, Option<PathBuf>), Error> {
        let directory = create_directory_of(&self.path)?;
        // Processes that write here at the same time take turns.
        let _lock = DirLock::on(directory, deadline.remaining());
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.path),
            _ => unwritten(&self.path, &error),
        };
        if !replace && self.path.symlink_metadata().is_ok() {
            return Err(taken(&self.path));
        }
        let mut files = RollbackFiles::default();
        for copy in &self.copies {
            create_directory_of(&copy.path)?;
            files.create(&copy.path, &copy.bytes)?;
        }
        // A symbolic link is followed, not replaced.
        let target = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let new = AtomicFile::write(&target, text(&self.settings, self.profile.schema).as_bytes()).map_err(failed)?;
        let backup = replace.then(|| files.back_up(&self.path)).transpose()?.flatten();
        new.persist(replace).map_err(failed)?;
        files.stay();
        let place = self.location();
        let profile = CATALOG.profile(self.settings, place, deadline.attempt_end())?;
        Ok((profile, backup))
    }
}

/// Creates a file in the directory of keys, named after the profile, and returns its path.
pub fn create_key(name: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let key = locate::key_path(&locate::own_path(name)?);
    create_directory_of(&key)?;
    let (path, _) = free_or_same(&key, ending, bytes);
    let mut files = RollbackFiles::default();
    files.create(&path, bytes)?;
    files.stay();
    Ok(path)
}

fn create_directory_of(file: &Path) -> Result<&Path, Error> {
    let directory = file.parent().unwrap_or(Path::new("."));
    sys::create_directory(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(directory)
}

/// JSON with a key on each line, in the order of the schema.
fn text(settings: &Map<String, Json>, schema: &Schema) -> String {
    // A key with a dot is a member of an object.
    let keys = schema.all().map(|field| field.name.split('.').next().unwrap_or(field.name));
    let mut order: Vec<&str> = Vec::new();
    for key in IGNORED.into_iter().chain(NAMING).chain(keys) {
        if !order.contains(&key) {
            order.push(key);
        }
    }
    let lines = order.into_iter().filter_map(|key| Some(format!("  {}: {}", json!(key), settings.get(key)?)));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}
