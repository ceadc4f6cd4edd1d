//! Writing a profile: whole or not at all, with the files that belong to it beside it, and over another one only
//! where that is wanted. Nothing is made before the last step, so that whatever ends it earlier leaves nothing behind.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::companions::{Made, free_or_same, name_of, unwritten};
use super::draft::Draft;
use super::schema::Schema;
use super::{Place, Profile, document, from_settings, locate};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::new_file::{self, Beside, Hold};
use crate::private_file;

/// The profile that a newcomer's first one is.
pub const FIRST: &str = "default";
/// What a new profile keeps of the one that it replaces, where it says nothing of its own.
const KEPT: [&str; 4] = ["hosts", "headers", "ca_file", "ims"];

/// What a profile is written from.
pub struct Parts {
    /// The settings, without the key and the certificate.
    pub draft: Draft,
    /// The private key, as it came.
    pub private_key: Option<Zeroizing<Vec<u8>>>,
    /// The certificate, as it came.
    pub certificate: Option<Zeroizing<Vec<u8>>>,
}

/// The profile that a new one would replace.
pub struct Old {
    /// As it is read; it may be broken.
    pub profile: Result<Profile, Error>,
    /// Its JSON, where it is one.
    json: Json,
}

/// A profile that can be tried, and is there for everybody once it is kept.
pub struct Candidate {
    /// The profile as it will be, but that key and certificate stand in it.
    pub profile: Profile,
    /// Where it will be.
    pub path: PathBuf,
    settings: Map<String, Json>,
    files: Vec<Companion>,
    schemas: Vec<&'static Schema>,
}

/// A file that goes beside the profile, which names it by this key.
struct Companion {
    key: &'static str,
    ending: &'static str,
    bytes: Zeroizing<Vec<u8>>,
}

/// The name of a new profile: the one asked for; the first one is `default`. Something of that name may be there only
/// where it is to be replaced.
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
    new_file::may_write(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(name.to_owned())
}

/// Whether a profile of the user's own has this name.
#[must_use]
pub fn is_there(name: &str) -> bool {
    locate::own_path(name).is_ok_and(|path| path.symlink_metadata().is_ok())
}

fn taken(path: &Path) -> Error {
    Error::new(Kind::Usage, format!("there is a profile {} already", path.display())).hint(
        "--as NAME makes another one; --force shows what would change, tries the new one, and replaces the old one",
    )
}

/// The old profile of this name, if something is there.
#[must_use]
pub fn old(name: &str, schemas: &[&'static Schema], deadline: &Deadline) -> Option<Old> {
    let path = locate::own_path(name).ok()?;
    path.symlink_metadata().ok()?;
    let json = private_file::read_guarded(&path, Duration::ZERO).ok();
    let json = json.and_then(|file| document::json(&file.bytes).ok()).unwrap_or_default();
    let profile = super::read(Place::File { name: name.to_owned(), path }, schemas, deadline.attempt_end());
    Some(Old { profile, json })
}

impl Candidate {
    /// Reads the profile as if it stood in its place. What a person set in the old one goes on in it; of one that is
    /// broken, or that others can change, nothing does.
    pub fn prepare(
        name: &str,
        parts: Parts,
        old: Option<&Old>,
        schemas: &[&'static Schema],
        deadline: &Deadline,
    ) -> Result<Self, Error> {
        let path = locate::own_path(name)?;
        let mut draft = parts.draft;
        // Nor of a file of a provider's that was used in a profile's place: what that says of endpoints is no person's word.
        let is_own = |old: &&Old| old.profile.is_ok() && old.json.get("grant").is_some();
        let kept = old.filter(is_own).map(|old| &old.json);
        for key in KEPT {
            if let (None, Some(value)) = (draft.get(key), kept.and_then(|kept| kept.get(key))) {
                draft.set(key, value.clone());
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
            // A key in DER is taken in base64 as well.
            let text = String::from_utf8(file.bytes.to_vec()).unwrap_or_else(|_| STANDARD.encode(&*file.bytes));
            whole.insert(file.key.into(), text.into());
        }
        let place = Place::File { name: name.to_owned(), path: path.clone() };
        let profile = from_settings(whole, place, schemas, deadline.attempt_end())?;
        Ok(Self { profile, path, settings, files, schemas: schemas.to_vec() })
    }

    /// The profile's JSON, with the names that its files would have now, and whether all of them are there already.
    #[must_use]
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

    /// The profile as it would be shown, its files by their names.
    #[must_use]
    pub fn redacted(&self) -> Json {
        let (settings, _) = self.as_written();
        let mut shown = self.profile.redacted();
        for file in &self.files {
            let name = settings.get(file.key).and_then(|value| value.get("file")).and_then(Json::as_str);
            shown[file.key] = json!({"file": self.path.with_file_name(name.unwrap_or_default()).to_string_lossy()});
        }
        shown
    }

    /// Whether a key has another value than in the old one, or its file is not there.
    #[must_use]
    pub fn changes(&self, key: &str, old: &Old) -> bool {
        let (settings, are_there) = self.as_written();
        let is_file = self.files.iter().any(|file| file.key == key);
        settings.get(key) != old.json.get(key) || (is_file && !are_there)
    }

    /// Whether it would change nothing.
    #[must_use]
    pub fn is_as(&self, old: &Old) -> bool {
        let (settings, are_there) = self.as_written();
        old.profile.is_ok() && are_there && old.json == Json::Object(settings)
    }

    /// Puts it in place. The old one, if there was one, goes on as a backup, whose path is returned.
    pub fn keep(self, replace: bool, deadline: &Deadline) -> Result<(Profile, Option<PathBuf>), Error> {
        let directory = directory_of(&self.path)?;
        // Of several that write here at once, each finds what the one before it has left.
        let _hold = Hold::on(directory, deadline.remaining());
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.path),
            _ => unwritten(&self.path, &error),
        };
        if !replace && self.path.symlink_metadata().is_ok() {
            return Err(taken(&self.path));
        }
        let mut made = Made::default();
        let mut settings = self.settings.clone();
        for file in &self.files {
            let path = made.beside(&self.path, file.ending, &file.bytes)?;
            settings.insert(file.key.into(), json!({"file": name_of(&path)}));
        }
        // A link that a person made goes on as one.
        let target = self.path.canonicalize().unwrap_or_else(|_| self.path.clone());
        let new = Beside::write(&target, text(&settings, &self.schemas).as_bytes()).map_err(failed)?;
        let backup = replace.then(|| made.back_up(&self.path)).transpose()?.flatten();
        new.take_place(replace).map_err(failed)?;
        made.stay();
        let place = self.profile.place.clone();
        let profile = from_settings(settings, place, &self.schemas, deadline.attempt_end())?;
        Ok((profile, backup))
    }
}

/// Puts a file beside the profile of this name, to stay there; its path.
pub fn beside(name: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let profile = locate::own_path(name)?;
    directory_of(&profile)?;
    let mut made = Made::default();
    let path = made.beside(&profile, ending, bytes)?;
    made.stay();
    Ok(path)
}

/// The directory of profiles, which is made where it is missing.
fn directory_of(profile: &Path) -> Result<&Path, Error> {
    let directory = profile.parent().unwrap_or(Path::new("."));
    new_file::create_directory(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(directory)
}

/// The JSON with a key on each line, in the order in which the README has them.
fn text(settings: &Map<String, Json>, schemas: &[&'static Schema]) -> String {
    let schema = schemas.iter().find(|schema| settings.get("grant").is_some_and(|grant| grant == schema.grant));
    let order =
        std::iter::once("grant").chain(schema.into_iter().flat_map(|schema| schema.all()).map(|field| field.name));
    let mut left = settings.clone();
    let lines: Vec<String> =
        order.filter_map(|key| left.remove(key).map(|value| format!("  {}: {value}", json!(key)))).collect();
    format!("{{\n{}\n}}\n", lines.join(",\n"))
}
