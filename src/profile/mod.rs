//! A profile: a kind of credential and its values, one JSON file each.

pub mod default_profile;
mod directories;
pub mod draft;
mod entry;
mod export;
mod field;
pub mod format;
pub mod identity;
pub mod locate;
pub mod meaning;
pub mod named_files;
mod narrow;
mod principal;
mod read;
mod read_secrets;
mod redacted;
pub mod schema;
pub mod secret_command;
mod secrets;
pub mod shared_cache;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use read::Catalog;
use read_secrets::ReadSecrets;
use schema::{Field, Schema, ValueKind, Variable, split_list};
use serde_json::{Map, Value as Json};
use value::Reader;
pub use value::Value;
use zeroize::Zeroizing;

use crate::error::{self, Error};

/// The profile of this name is the default, unless the user chose another.
pub const DEFAULT_NAME: &str = "default";

/// The location of a profile.
#[derive(Clone)]
pub enum ProfileLocation {
    File {
        /// Its name, or its path if the user named it by that.
        name: String,
        path: PathBuf,
    },
    /// A new profile that is tested before it is written.
    Unwritten {
        name: String,
        /// Where it will be.
        path: PathBuf,
        /// What it is made from: a file, or the user's answers.
        from: String,
    },
    /// The text of [`locate::PROFILE_JSON`].
    Environment(Zeroizing<String>),
}

impl ProfileLocation {
    pub fn name(&self) -> &str {
        match self {
            ProfileLocation::File { name, .. } | ProfileLocation::Unwritten { name, .. } => name,
            ProfileLocation::Environment(_) => locate::PROFILE_JSON,
        }
    }

    /// The profile's file, if it has one.
    pub fn file(&self) -> Option<&Path> {
        match self {
            ProfileLocation::File { path, .. } | ProfileLocation::Unwritten { path, .. } => Some(path),
            ProfileLocation::Environment(_) => None,
        }
    }

    /// Whether there is something that the user can edit.
    pub fn is_written(&self) -> bool {
        !matches!(self, ProfileLocation::Unwritten { .. })
    }

    /// An error in the profile at this location.
    fn wrong(&self, what: &str) -> Error {
        Error::new(error::Kind::Setup, format!("{self} {what}"))
    }

    /// An error in one value of this profile.
    fn wrong_value(&self, key: &str, what: &str) -> Error {
        Error::new(error::Kind::Setup, format!("\"{key}\" of {self} {what}"))
    }

    /// The arguments with which `import` makes a profile of this file. A file among the profiles is replaced.
    fn import_words(&self) -> Vec<String> {
        let ProfileLocation::File { name, path } = self else { return vec!["FILE".into()] };
        let mut words = vec![format::path_word(path)];
        if locate::own_path(name).is_ok_and(|own| own == *path) {
            words.push(format!("{}--force", self.import_name()));
        }
        words
    }

    /// The option with which `import` writes this profile, and a space.
    pub fn import_name(&self) -> String {
        match self {
            ProfileLocation::Environment(_) => "--as NAME ".into(),
            _ if !locate::is_name(self.name()) => "--as NAME ".into(),
            _ => format!("--as {} ", self.name()),
        }
    }
}

impl fmt::Display for ProfileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileLocation::File { path, .. } => write!(f, "the profile {}", path.display()),
            ProfileLocation::Unwritten { from, .. } => f.write_str(from),
            ProfileLocation::Environment(_) => write!(f, "the profile in {}", locate::PROFILE_JSON),
        }
    }
}

/// A profile whose keys are all known.
pub struct Profile {
    pub place: ProfileLocation,
    pub schema: &'static Schema,
    /// Texts and lists are normalised; secrets are as the user wrote them.
    settings: Vec<(&'static Field, Vec<Value>)>,
    /// Names and values; `None` removes a header.
    headers: Vec<(String, Option<Value>)>,
    /// When the reading of pipes ends, except for secrets.
    until: Instant,
    read: ReadSecrets,
}

impl Profile {
    /// A key's normalised value, or its default.
    pub fn text(&self, key: &str) -> Result<Option<String>, Error> {
        let Some(field) = self.schema.field(key) else { return Ok(None) };
        match self.values(key).first() {
            Some(value) => self.normal(field, &self.plain(key, value)?).map(Some),
            None => Ok(field.default.map(str::to_owned)),
        }
    }

    /// The value of a key that the schema requires or has a default for.
    pub fn required_text(&self, key: &str) -> Result<String, Error> {
        self.text(key)?.ok_or_else(|| self.wrong(&format!("has no \"{key}\"")))
    }

    /// What goes with a token that has these headers, in the variables that the provider's own tools read.
    pub fn variables(&self, headers: &[(String, String)]) -> Result<Vec<(String, String)>, Error> {
        let mut variables = Vec::new();
        for (name, source) in self.schema.variables {
            let value = match source {
                Variable::Header(wanted) => {
                    headers.iter().find(|(had, _)| had.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
                }
                Variable::Endpoint => {
                    let origin = self.text(self.schema.endpoint_key)?;
                    origin.map(|origin| origin.strip_prefix("https://").unwrap_or(&origin).to_owned())
                }
            };
            variables.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        Ok(variables)
    }

    /// A number, or its default.
    pub fn number(&self, key: &str) -> Result<Option<u64>, Error> {
        let text = self.text(key)?;
        let number =
            text.map(|text| text.parse().map_err(|_| self.wrong(&format!("has a \"{key}\" that is no number"))));
        number.transpose()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, key: &str) -> Result<bool, Error> {
        Ok(self.text(key)?.as_deref() == Some("true"))
    }

    /// An object; empty if the key is missing.
    pub fn object(&self, key: &str) -> Result<Map<String, Json>, Error> {
        let text = self.text(key)?;
        let object = text.map(|text| serde_json::from_str(&text).map_err(|error| self.wrong(&error.to_string())));
        Ok(object.transpose()?.unwrap_or_default())
    }

    /// A list, normalised and sorted; its default if the key is missing.
    pub fn list(&self, key: &str) -> Result<Vec<String>, Error> {
        let Some((field, values)) = self.setting(key) else {
            let default = self.schema.field(key).and_then(|field| field.default).unwrap_or_default();
            return Ok(split_list(default).map(str::to_owned).collect());
        };
        let mut items = Vec::new();
        for value in values {
            for item in split_list(&self.plain(key, value)?) {
                items.push(self.normal(field, item)?);
            }
        }
        items.sort();
        items.dedup();
        Ok(items)
    }

    /// The number of a secret's values.
    pub fn count(&self, key: &str) -> usize {
        self.values(key).len()
    }

    /// The file that a value is read from.
    pub fn source_file(&self, key: &str, index: usize) -> Option<&Path> {
        match self.values(key).get(index)? {
            Value::File(path) => Some(path),
            _ => None,
        }
    }

    /// A PEM file of CAs that are trusted beside the system's.
    pub fn ca_file(&self) -> Option<&Path> {
        self.source_file(schema::CA_FILE, 0)
    }

    /// The headers that the profile adds, changes or (`None`) removes.
    pub fn headers(&self) -> Result<Vec<(String, Option<String>)>, Error> {
        let value = |value: &Value| {
            let text = self.plain("headers", value)?;
            if text.chars().any(char::is_control) {
                return Err(self.wrong("has a header value with control characters"));
            }
            Ok(text)
        };
        self.headers.iter().map(|(name, given)| Ok((name.clone(), given.as_ref().map(value).transpose()?))).collect()
    }

    /// The environment variables that hold its secrets. A program that we become should not inherit them.
    pub fn secret_variables(&self) -> impl Iterator<Item = &str> {
        let may_hold_one = |kind| matches!(kind, ValueKind::Secret | ValueKind::Headers);
        self.all_values().filter(move |(kind, _)| may_hold_one(*kind)).filter_map(|(_, value)| match value {
            Value::Env(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// An error in this profile.
    pub fn wrong(&self, what: &str) -> Error {
        self.place.wrong(what)
    }

    pub fn wrong_value(&self, key: &str, what: &str) -> Error {
        self.place.wrong_value(key, what)
    }

    /// What is allowed but may be a mistake, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let lists = self.schema.all().filter(|field| field.kind == ValueKind::List);
        let items = |field: &'static Field| self.list(field.name).unwrap_or_default();
        lists.flat_map(|field| items(field).into_iter().filter_map(|item| (field.note)(&item))).collect()
    }

    /// Whether a command prints one of its secrets.
    pub fn runs_commands(&self) -> bool {
        self.all_values().any(|(_, value)| matches!(value, Value::Command { .. } | Value::Profile(_)))
    }

    fn holds_secrets(&self) -> bool {
        self.all_values().any(|(kind, value)| kind == ValueKind::Secret && matches!(value, Value::Literal(_)))
    }

    fn time_left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// A value that is not secret.
    fn plain(&self, key: &str, value: &Value) -> Result<String, Error> {
        let text = value.text(Reader::Plain, self.time_left());
        text.map(|text| text.trim().to_owned()).map_err(|error| self.for_key(key, error))
    }

    fn normal(&self, field: &Field, text: &str) -> Result<String, Error> {
        (field.normal)(text).map_err(|what| self.wrong_value(field.name, &what))
    }

    fn for_key(&self, key: &str, error: Error) -> Error {
        Error { text: format!("\"{key}\" of {}: {}", self.place, error.text), ..error }
    }

    fn setting(&self, key: &str) -> Option<&(&'static Field, Vec<Value>)> {
        self.settings.iter().find(|(field, _)| field.name == key)
    }

    fn values(&self, key: &str) -> &[Value] {
        self.setting(key).map_or(&[], |(_, values)| values)
    }

    fn all_values(&self) -> impl Iterator<Item = (ValueKind, &Value)> {
        let headers = self.headers.iter().filter_map(|(_, value)| Some((ValueKind::Headers, value.as_ref()?)));
        self.settings.iter().flat_map(|(field, values)| values.iter().map(|value| (field.kind, value))).chain(headers)
    }
}
