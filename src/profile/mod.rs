//! A profile: a kind of credential and its values, one JSON file each.

pub mod draft;
pub mod format;
pub mod identity;
pub mod locate;
mod read;
mod redacted;
pub mod schema;
mod secret_command;
mod value;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub use read::{Catalog, from_settings, read};
use schema::{Field, Schema, ValueKind, Variable};
pub use value::Value;
use zeroize::Zeroizing;

use crate::error::{self, Error};
use crate::secret::Secret;

/// The name of the first profile, unless the user gives another.
pub const FIRST: &str = "default";

/// The location of a profile.
#[derive(Clone)]
pub enum ProfileLocation {
    File {
        /// Its name, or its path if the user named it by that.
        name: String,
        path: PathBuf,
    },
    /// The text of [`locate::PROFILE_JSON`].
    Environment(Zeroizing<String>),
}

impl ProfileLocation {
    /// The arguments with which `import` makes a profile of this file. A file among the profiles is replaced by that.
    fn import_words(&self) -> Vec<String> {
        let ProfileLocation::File { name, path } = self else { return vec!["FILE".into()] };
        let mut words = vec![format::path_word(path)];
        if locate::own_path(name).is_ok_and(|own| own == *path) {
            words.extend((name != FIRST).then(|| format!("--as {name}")));
            words.push("--force".into());
        }
        words
    }
}

impl fmt::Display for ProfileLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileLocation::File { path, .. } => write!(f, "the profile {}", path.display()),
            ProfileLocation::Environment(_) => write!(f, "the profile in {}", locate::PROFILE_JSON),
        }
    }
}

/// A profile whose keys are all known.
pub struct Profile {
    pub place: ProfileLocation,
    pub schema: &'static Schema,
    settings: Vec<(&'static Field, Setting)>,
    /// When reading of pipes ends.
    until: Instant,
}

/// `read` has normalised literal texts and lists; headers and secrets are as the user wrote them.
enum Setting {
    One(Value),
    Many(Vec<Value>),
    Path(PathBuf),
    Headers(Vec<(String, Option<Value>)>),
}

impl Setting {
    fn values(&self) -> impl Iterator<Item = &Value> {
        let (values, headers): (&[Value], &[(String, Option<Value>)]) = match self {
            Setting::One(value) => (std::slice::from_ref(value), &[]),
            Setting::Many(values) => (values, &[]),
            Setting::Headers(headers) => (&[], headers),
            Setting::Path(_) => (&[], &[]),
        };
        values.iter().chain(headers.iter().filter_map(|(_, value)| value.as_ref()))
    }
}

impl Profile {
    /// A key's normalised value, or its default. `wait` limits a command.
    pub fn text(&self, key: &str, wait: Duration) -> Result<Option<String>, Error> {
        let default = || self.schema.field(key).and_then(Field::default).map(str::to_owned);
        match self.setting(key) {
            None => Ok(default()),
            Some((field, setting)) => {
                let value = setting.values().next().map(|value| self.resolved(field, value, wait));
                value.transpose()
            }
        }
    }

    /// The value of a key that the schema requires or has a default for.
    pub fn required_text(&self, key: &str, wait: Duration) -> Result<String, Error> {
        self.text(key, wait)?.ok_or_else(|| self.wrong(&format!("has no \"{key}\"")))
    }

    /// What goes with a token that has these headers, by the names that the provider's own tools have for it.
    pub fn variables(&self, headers: &[(String, String)], wait: Duration) -> Result<Vec<(String, String)>, Error> {
        let mut variables = Vec::new();
        for (name, source) in self.schema.variables {
            let value = match source {
                Variable::Header(wanted) => {
                    headers.iter().find(|(had, _)| had.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.clone())
                }
                Variable::Endpoint => {
                    let origin = self.text(self.schema.endpoint_key, wait)?;
                    origin.map(|origin| origin.strip_prefix("https://").unwrap_or(&origin).to_owned())
                }
            };
            variables.extend(value.map(|value| ((*name).to_owned(), value)));
        }
        Ok(variables)
    }

    /// A list, normalised and sorted; empty if the key is missing.
    pub fn list(&self, key: &str) -> Result<Vec<String>, Error> {
        let Some((field, setting)) = self.setting(key) else { return Ok(Vec::new()) };
        let mut items = Vec::new();
        for value in setting.values() {
            if let Value::Literal(item) = value {
                items.push(item.to_string());
                continue;
            }
            let text = value.resolve(false, self.patience()).map_err(|error| self.for_key(key, error))?;
            for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
                items.push((field.normal)(item).map_err(|what| self.wrong(&format!("has a \"{key}\" that {what}")))?);
            }
        }
        items.sort();
        items.dedup();
        Ok(items)
    }

    pub fn optional_secret(&self, key: &str, wait: Duration) -> Result<Option<Secret>, Error> {
        self.setting(key).map(|_| self.secret_at(key, 0, wait)).transpose()
    }

    /// The number of a secret's values.
    pub fn count(&self, key: &str) -> usize {
        self.setting(key).map_or(0, |(_, setting)| setting.values().count())
    }

    /// One of a secret's values. Secret files are read and secret commands run only here and in `secret_bytes`.
    pub fn secret_at(&self, key: &str, index: usize, wait: Duration) -> Result<Secret, Error> {
        let value = self.secret_value(key, index)?;
        let secret = value.resolve(true, wait).map(Secret::new).map_err(|error| self.for_key(key, error))?;
        match self.schema.field(key).map(|field| (field.normal)(secret.reveal()).map(Zeroizing::new)) {
            Some(Err(what)) => Err(self.wrong(&format!("has a \"{key}\" that {what}"))),
            _ => Ok(secret),
        }
    }

    /// One of a secret's values, which may be binary, such as a key in DER.
    pub fn secret_bytes(&self, key: &str, index: usize, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
        let bytes = self.secret_value(key, index)?.bytes(true, wait);
        bytes.map(|(bytes, _)| bytes).map_err(|error| self.for_key(key, error))
    }

    pub fn path(&self, key: &str) -> Option<&Path> {
        match self.setting(key) {
            Some((_, Setting::Path(path))) => Some(path),
            _ => None,
        }
    }

    /// The file that a value is read from, for messages.
    pub fn source_file(&self, key: &str, index: usize) -> Option<&Path> {
        match self.setting(key)?.1.values().nth(index)? {
            Value::File(path) => Some(path.as_path()),
            _ => None,
        }
    }

    /// The headers that the profile adds, changes or (`None`) removes.
    pub fn headers(&self) -> Result<Vec<(String, Option<String>)>, Error> {
        let Some((field, Setting::Headers(headers))) = self.setting("headers") else { return Ok(Vec::new()) };
        let resolve = |value: &Value| {
            let text = self.resolved(field, value, self.patience())?;
            if text.chars().any(char::is_control) {
                return Err(self.wrong("has a header value with control characters"));
            }
            Ok(text)
        };
        headers.iter().map(|(name, value)| Ok((name.clone(), value.as_ref().map(resolve).transpose()?))).collect()
    }

    /// The environment variables that hold its secrets. A program that we become should not inherit them.
    pub fn secret_variables(&self) -> impl Iterator<Item = &str> {
        let may_hold_one = |kind| matches!(kind, ValueKind::Secret | ValueKind::Headers);
        let secrets = self.settings.iter().filter(move |(field, _)| may_hold_one(field.kind));
        secrets.flat_map(|(_, setting)| setting.values()).filter_map(|value| match value {
            Value::Env(name) => Some(name.as_str()),
            _ => None,
        })
    }

    pub fn name(&self) -> &str {
        match &self.place {
            ProfileLocation::File { name, .. } => name,
            ProfileLocation::Environment(_) => locate::PROFILE_JSON,
        }
    }

    /// The option with which `import` writes this profile, and a space; empty for the default name.
    pub fn import_name(&self) -> String {
        match &self.place {
            ProfileLocation::File { name, .. } if name == FIRST => String::new(),
            ProfileLocation::File { name, .. } if locate::is_name(name) => format!("--as {name} "),
            _ => "--as NAME ".into(),
        }
    }

    /// An error in this profile.
    pub fn wrong(&self, what: &str) -> Error {
        Error::new(error::Kind::Setup, format!("{} {what}", self.place))
    }

    fn patience(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }

    /// What is allowed but may be a mistake, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let fields = self.schema.all().filter(|field| field.kind == ValueKind::List);
        let notes = |field: &'static Field| {
            let items = self.list(field.name).unwrap_or_default();
            items.into_iter().filter_map(|item| (field.note)(&item))
        };
        fields.flat_map(notes).collect()
    }

    /// Whether a command prints one of its secrets.
    pub fn runs_commands(&self) -> bool {
        self.settings
            .iter()
            .flat_map(|(_, setting)| setting.values())
            .any(|value| matches!(value, Value::Command { .. }))
    }

    fn holds_secrets(&self) -> bool {
        let secrets = self.settings.iter().filter(|(field, _)| field.kind == ValueKind::Secret);
        secrets.flat_map(|(_, setting)| setting.values()).any(|value| matches!(value, Value::Literal(_)))
    }

    fn resolved(&self, field: &Field, value: &Value, wait: Duration) -> Result<String, Error> {
        if let (Value::Literal(text), ValueKind::Text) = (value, field.kind) {
            return Ok(text.to_string());
        }
        let text = value.resolve(false, wait).map_err(|error| self.for_key(field.name, error))?;
        (field.normal)(text.trim()).map_err(|what| self.wrong(&format!("has a \"{}\" that {what}", field.name)))
    }

    fn secret_value(&self, key: &str, index: usize) -> Result<&Value, Error> {
        let value = self.setting(key).and_then(|(_, setting)| setting.values().nth(index));
        value.ok_or_else(|| self.wrong(&format!("has no \"{key}\"")))
    }

    fn for_key(&self, key: &str, error: Error) -> Error {
        Error { text: format!("\"{key}\" of {}: {}", self.place, error.text), ..error }
    }

    fn setting(&self, key: &str) -> Option<&(&'static Field, Setting)> {
        self.settings.iter().find(|(field, _)| field.name == key)
    }
}
