//! Writing a profile: whole or not at all, with the files that belong to it beside it, and over another one only
//! where that is wanted.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::draft::Draft;
use super::schema::Schema;
use super::{Place, Profile, document, from_settings, locate};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
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

/// A profile that can be tried, and is there for everybody once it is kept. What was made for it is removed again
/// if it is not.
pub struct Candidate {
    /// The profile as it will be.
    pub profile: Profile,
    /// Where it will be.
    pub path: PathBuf,
    text: String,
    made: Made,
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
    let others = locate::all();
    if asked.is_none() && !is_there && !others.is_empty() {
        let others = others.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(
            Error::new(Kind::Usage, format!("a further profile needs a name: there are {others}")).hint("--as NAME")
        );
    }
    let directory = path.parent().unwrap_or(Path::new("."));
    private_file::may_write(directory).map_err(|error| unwritten(directory, &error))?;
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

/// The old profile of this name as it would be read, if something is there.
#[must_use]
pub fn old(path: &Path, schemas: &[&'static Schema], deadline: &Deadline) -> Option<Result<Profile, Error>> {
    path.symlink_metadata().ok()?;
    let place = Place::File { name: path.display().to_string(), path: path.to_owned() };
    Some(super::read(place, schemas, deadline.attempt_end()))
}

impl Candidate {
    /// Makes the files beside the profile, and reads the profile as if it stood there.
    pub fn prepare(name: &str, parts: Parts, schemas: &[&'static Schema], deadline: &Deadline) -> Result<Self, Error> {
        let path = locate::own_path(name)?;
        directory_of(&path)?;
        let mut draft = parts.draft;
        keep_settings(&mut draft, &path);
        let mut made = Made(Vec::new());
        for (key, ending, bytes) in
            [("private_key", "key", parts.private_key), ("certificate", "crt", parts.certificate)]
        {
            if let Some(bytes) = bytes {
                draft.set(key, json!({"file": made.beside(&path, ending, &bytes)?}));
            }
        }
        let settings = draft.into_profile();
        let text = text(&settings, schemas);
        let place = Place::File { name: name.to_owned(), path: path.clone() };
        let profile = from_settings(settings, place, schemas, deadline.attempt_end())?;
        Ok(Self { profile, path, text, made })
    }

    /// Puts it in place. The old one, if there was one, goes on as a backup, whose path is returned.
    pub fn keep(mut self, replace: bool) -> Result<(Profile, Option<PathBuf>), Error> {
        let failed = |error: io::Error| match error.kind() {
            io::ErrorKind::AlreadyExists => taken(&self.path),
            _ => unwritten(&self.path, &error),
        };
        let old = if replace { fs::read(&self.path).ok() } else { None };
        let backup = old.map(|old| back_up(&self.path, &old)).transpose().map_err(failed)?;
        private_file::place(&self.path, self.text.as_bytes(), replace).map_err(failed)?;
        self.made.0.clear();
        Ok((self.profile, backup))
    }
}

/// Files that are removed again unless they are taken out.
struct Made(Vec<PathBuf>);

impl Drop for Made {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_file(path);
        }
    }
}

/// Puts a file beside the profile of this name, to stay there; its path.
pub fn beside(name: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, Error> {
    let profile = locate::own_path(name)?;
    let directory = directory_of(&profile)?;
    let mut made = Made(Vec::new());
    let file = made.beside(&profile, ending, bytes)?;
    made.0.clear();
    Ok(directory.join(file))
}

/// The directory of profiles, which is made where it is missing.
fn directory_of(profile: &Path) -> Result<&Path, Error> {
    let directory = profile.parent().unwrap_or(Path::new("."));
    private_file::create_directory(directory).map_err(|error| unwritten(directory, &error))?;
    Ok(directory)
}

impl Made {
    /// Makes a file beside the profile, or finds it there as it is to be; its name.
    fn beside(&mut self, profile: &Path, ending: &str, bytes: &[u8]) -> Result<String, Error> {
        for path in names(profile, ending) {
            let failed = |error: &io::Error| unwritten(&path, error);
            match private_file::create_new(&path, bytes) {
                Ok(()) => self.0.push(path.clone()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    let there = private_file::read_guarded(&path, Duration::ZERO);
                    if !there
                        .is_ok_and(|there| there.bytes == bytes && !there.others_read && !there.is_others_to_change())
                    {
                        continue;
                    }
                }
                Err(error) => return Err(failed(&error)),
            }
            return Ok(path.file_name().unwrap_or_default().to_string_lossy().into_owned());
        }
        Err(unwritten(profile, &io::ErrorKind::AlreadyExists.into()))
    }
}

/// `prod.key`, then `prod.2.key` and so on: the old key stays for the old profile.
fn names(profile: &Path, ending: &str) -> impl Iterator<Item = PathBuf> {
    const MOST: u32 = 1000;
    let first = std::iter::once(profile.with_extension(ending));
    first.chain((2..MOST).map(move |number| profile.with_extension(format!("{number}.{ending}"))))
}

fn back_up(path: &Path, old: &[u8]) -> io::Result<PathBuf> {
    for backup in names(path, "json.bak") {
        match private_file::create_new(&backup, old) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            made => return made.map(|()| backup),
        }
    }
    Err(io::Error::other("there are too many backups"))
}

/// What a person set at the old profile goes on in the new one.
fn keep_settings(draft: &mut Draft, path: &Path) {
    let old = fs::read(path).ok().and_then(|bytes| document::json(&bytes).ok()).unwrap_or_default();
    for key in KEPT {
        if let (None, Some(value)) = (draft.get(key), old.get(key)) {
            draft.set(key, value.clone());
        }
    }
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

fn unwritten(path: &Path, error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("cannot write {}: {error}", path.display()))
}
