//! Reads a profile's JSON. Every error names the key and the file, and quotes no value.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json};

use super::entry;
use super::format::{self, Formats, NotRecognised, document};
use super::read_secrets::ReadSecrets;
use super::redacted::redacted_settings;
use super::schema::{Field, GRANT, HOSTS, IGNORED, NAMING, NEWEST, PROVIDER, Schema, VERSION, ValueKind, split_list};
use super::value::{Reader, Value};
use super::{Profile, ProfileLocation};
use crate::error::{self, Error};
use crate::redaction::shown;
use crate::sys::{self, CheckedFile};

/// What can be read as a profile.
pub struct Catalog {
    pub schemas: &'static [&'static Schema],
    /// Other files that can be used as a profile.
    pub formats: Formats,
}

impl Catalog {
    /// Reads a profile. Pipes are read no longer than `until`, here and later.
    pub fn read(&self, place: ProfileLocation, until: Instant) -> Result<Profile, Error> {
        let path = match &place {
            ProfileLocation::Environment(json) => {
                let settings = self.settings(json.clone().as_bytes(), &place)?;
                return self.profile(settings, place, until);
            }
            ProfileLocation::File { path, .. } | ProfileLocation::Unwritten { path, .. } => path.clone(),
        };
        let file = self::file(&path, until)?;
        let profile = self.profile(self.settings(&file.bytes, &place)?, place, until)?;
        if file.others_can_change() && profile.runs_commands() {
            return Err(profile
                .wrong("runs a command, and others can change it")
                .hint(format!("{}, and make it belong to you or root", sys::close_command(&path))));
        }
        file.check(&path, profile.holds_secrets())?;
        Ok(profile)
    }

    /// A profile's `hosts`, as they are written. They are known if its JSON can be read, however broken it is otherwise.
    pub fn hosts(&self, place: &ProfileLocation, until: Instant) -> Result<Vec<String>, Error> {
        let ProfileLocation::File { path, .. } = place else { return self.read(place.clone(), until)?.list(HOSTS) };
        let written = match document::json(&file(path, until)?.bytes) {
            Ok(Json::Object(mut settings)) => settings.remove(HOSTS),
            _ => None,
        };
        let entries = match written {
            None => return self.read(place.clone(), until)?.list(HOSTS),
            Some(Json::Array(entries)) => entries,
            Some(entry) => vec![entry],
        };
        let mut hosts = Vec::new();
        for entry in entries {
            // What is no host matches none.
            let Ok(value) = Value::from_json(entry, path.parent()) else { continue };
            let text = value.text(Reader::Plain, until.saturating_duration_since(Instant::now()));
            let text =
                text.map_err(|error| Error { text: format!("\"{HOSTS}\" of {place}: {}", error.text), ..error })?;
            hosts.extend(split_list(&text).map(str::to_owned));
        }
        Ok(hosts)
    }

    /// What can be shown of a profile, however broken it is; `None` if it is no profile's JSON.
    pub fn redacted(&self, place: &ProfileLocation, until: Instant) -> Option<Json> {
        let json = match place {
            ProfileLocation::Environment(json) => document::json(json.as_bytes()),
            ProfileLocation::File { path, .. } | ProfileLocation::Unwritten { path, .. } => {
                document::json(&file(path, until).ok()?.bytes)
            }
        };
        match json {
            Ok(Json::Object(settings)) if is_profile(&settings) => Some(redacted_settings(settings, self.schemas)),
            _ => None,
        }
    }

    /// The profile's JSON, converted if the file is a provider's or another tool's.
    pub(super) fn settings(&self, bytes: &[u8], place: &ProfileLocation) -> Result<Map<String, Json>, Error> {
        let json = match document::json(bytes) {
            Ok(Json::Object(settings)) if is_profile(&settings) => return Ok(settings),
            json => json,
        };
        // Other tools write YAML or environment variables.
        let recognised = match (format::recognise(bytes, self.formats), json) {
            (Ok(recognised), _) => recognised,
            (Err(_), Ok(Json::Object(_))) => {
                return Err(place
                    .wrong("has no \"provider\" and no \"grant\", and is not a recognised credentials file")
                    .hint(self.names(PROVIDER)));
            }
            (Err(_), Ok(_)) => return Err(place.wrong("is not a JSON object")),
            (Err(NotRecognised::Unreadable(what)), Err(_)) => return Err(place.wrong(&what)),
            (Err(NotRecognised::Unknown), Err(error)) => {
                return Err(place.wrong(&format!("is not JSON: {error}")));
            }
        };
        let about = recognised.format.about;
        recognised
            .complete(&place.import_words())
            .map_err(|error| Error { text: format!("{place} ({about}) {}", error.text), ..error })
    }

    /// Reads the JSON of a profile, in which no key occurs twice.
    pub fn profile(
        &self,
        mut entries: Map<String, Json>,
        place: ProfileLocation,
        until: Instant,
    ) -> Result<Profile, Error> {
        // Before all else: a later version may have other keys.
        check_version(entries.remove(VERSION), &place)?;
        entries.retain(|key, _| !IGNORED.contains(&key.as_str()));
        let schema = self.schema(&entries, &place)?;
        let directory = place.file().and_then(Path::parent);
        let (mut settings, mut headers) = (Vec::with_capacity(entries.len()), Vec::new());
        for (key, json) in flat(entries, schema).map_err(|what| place.wrong(&what))? {
            let field = schema.field(&key).ok_or_else(|| self.unknown(&key, &place, schema))?;
            let wrong = |what: String| place.wrong_value(&key, &what);
            if field.kind == ValueKind::Headers {
                headers = entry::headers(json, directory).map_err(wrong)?;
            } else {
                settings.push((field, entry::values(field, json, directory).map_err(wrong)?));
            }
        }
        let stands_for = |had: &Field, field: &Field| {
            had.name == field.name || field.replaced_by.is_some_and(|object| had.is_member_of(object))
        };
        let is_missing = |field: &&Field| field.required && !settings.iter().any(|(had, _)| stands_for(had, field));
        match schema.all().find(is_missing) {
            Some(missing) => Err(place.wrong(&format!("has no \"{}\", which {} needs", missing.name, schema.name))),
            None => Ok(Profile { place, schema, settings, headers, until, read: ReadSecrets::default() }),
        }
    }

    /// The row or the generic grant that a profile names: exactly one.
    fn schema(&self, entries: &Map<String, Json>, place: &ProfileLocation) -> Result<&'static Schema, Error> {
        let mut named = NAMING.into_iter().filter_map(|key| Some((key, entries.get(key)?)));
        let (key, name) = match (named.next(), named.next()) {
            (Some(one), None) => one,
            (Some(_), Some(_)) => {
                let what = "has a \"provider\" and a \"grant\": a provider's row has its grant already";
                return Err(place.wrong(what).hint("remove \"grant\", or \"provider\" for a server that has no row"));
            }
            (None, _) => return Err(place.wrong("has no \"provider\" and no \"grant\"").hint(self.names(PROVIDER))),
        };
        let is_named = |schema: &&&Schema| schema.named_by == key && name.as_str() == Some(schema.name);
        self.schemas.iter().find(is_named).copied().ok_or_else(|| {
            let failure = place.wrong(&format!("has an unknown \"{key}\"")).hint(self.names(key));
            let is_other = |schema: &&Schema| name.as_str() == Some(schema.name);
            match self.schemas.iter().copied().find(is_other) {
                Some(other) => failure.hint(format!("\"{}\" takes {}", other.named_by, other.name)),
                None => failure,
            }
        })
    }

    /// What a naming key takes.
    fn names(&self, key: &str) -> String {
        let names: Vec<&str> =
            self.schemas.iter().filter(|schema| schema.named_by == key).map(|schema| schema.name).collect();
        let what = if key == GRANT { "for a server that has no row, \"grant\" is" } else { "\"provider\" is" };
        format!("{what} one of: {}", names.join(", "))
    }

    fn unknown(&self, key: &str, place: &ProfileLocation, schema: &Schema) -> Error {
        let failure = place.wrong(&format!("has an unknown key {}", error::quoted(&shown(key), &[])));
        if let Some(other) = self.schemas.iter().find(|other| other.field(key).is_some()) {
            return failure.hint(format!(
                "it belongs to {}: remove it, or is \"{}\" the wrong one?",
                other.name, schema.named_by
            ));
        }
        let known: Vec<&str> = schema.all().map(|field| field.name).collect();
        failure.hint(match error::nearest(key, known.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("{} knows: {}", schema.name, known.join(", ")),
        })
    }
}

fn check_version(version: Option<Json>, place: &ProfileLocation) -> Result<(), Error> {
    match version.map(|version| version.as_u64()) {
        None | Some(Some(NEWEST)) => Ok(()),
        Some(Some(newer)) if newer > NEWEST => Err(place
            .wrong(&format!("has version {newer} and needs a newer jwt-credential: this one reads version {NEWEST}"))
            .hint("update jwt-credential")),
        Some(_) => Err(place.wrong_value(VERSION, &format!("must be {NEWEST}"))),
    }
}

/// Whether this JSON names its provider or its grant, as a profile of ours does.
pub(super) fn is_profile(settings: &Map<String, Json>) -> bool {
    NAMING.iter().any(|key| settings.contains_key(*key))
}

/// The entries with the members of known objects as keys of their own: `{"jwt": {"aud": …}}` is `jwt.aud`.
fn flat(entries: Map<String, Json>, schema: &Schema) -> Result<Vec<(String, Json)>, String> {
    let mut flat = Vec::with_capacity(entries.len());
    for (key, json) in entries {
        match json {
            _ if key.contains('.') => return Err(format!("has an unknown key {}", error::quoted(&shown(&key), &[]))),
            Json::Object(members) if schema.has_object(&key) => {
                flat.extend(members.into_iter().map(|(member, json)| (format!("{key}.{member}"), json)));
            }
            _ if schema.has_object(&key) => return Err(format!("has a \"{key}\" that is not an object")),
            json => flat.push((key, json)),
        }
    }
    Ok(flat)
}

pub(super) fn file(path: &Path, until: Instant) -> Result<CheckedFile, Error> {
    sys::read_checked(path, until.saturating_duration_since(Instant::now())).map_err(|error| {
        let failure = Error::new(error::Kind::Setup, format!("cannot read the profile {}: {error}", path.display()));
        match error.kind() {
            ErrorKind::NotFound => failure.hint("give another path, or a name that jwt-credential list shows"),
            ErrorKind::PermissionDenied => {
                failure.hint(format!("if it is yours: chmod 600 {}", sys::shell_word(&path.to_string_lossy())))
            }
            _ => failure,
        }
    })
}
