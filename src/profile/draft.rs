//! A profile that is not complete yet: what a file or a user said about a credential.

use serde_json::{Map, Value as Json};

use super::schema::{Field, Need, Schema};
use crate::error::{self, Error, Kind};
use crate::host::Origin;

/// A credential with what is known about it. All values are text, lists of text or files: nothing from a file becomes
/// a command.
#[derive(Clone)]
pub struct Draft {
    pub schema: &'static Schema,
    /// Its names in the file, for `--select`; the client id is one.
    pub names: Vec<String>,
    /// What the user should know, a sentence each.
    pub notes: Vec<String>,
    /// Why something may be missing, a sentence each.
    pub why_missing: Vec<String>,
    /// An endpoint that the file names and that is not used.
    pub foreign_endpoint: Option<String>,
    settings: Map<String, Json>,
}

impl Draft {
    pub fn new(schema: &'static Schema) -> Self {
        Self {
            schema,
            names: Vec::new(),
            notes: Vec::new(),
            why_missing: Vec::new(),
            foreign_endpoint: None,
            settings: Map::new(),
        }
    }

    /// Adds a name to select it by.
    pub fn called(mut self, name: Option<&str>) -> Self {
        self.names.extend(name.map(str::to_owned));
        self
    }

    /// Sets a value, if there is one.
    pub fn with(mut self, key: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.set(key, value.into());
        }
        self
    }

    /// Sets a list, if it is not empty.
    pub fn with_list(self, key: &str, items: &[String]) -> Self {
        self.with(key, (!items.is_empty()).then(|| items.to_vec()))
    }

    /// Sets one value, or a list while the value is being rotated.
    pub fn with_any(self, key: &str, values: &[String]) -> Self {
        match values {
            [one] => self.with(key, Some(one.as_str())),
            many => self.with_list(key, many),
        }
    }

    pub fn noting(mut self, note: Option<impl Into<String>>) -> Self {
        self.notes.extend(note.map(Into::into));
        self
    }

    /// Adds a reason why something may be missing.
    pub fn lacking(mut self, why: Option<impl Into<String>>) -> Self {
        self.why_missing.extend(why.map(Into::into));
        self
    }

    /// Sets the endpoint that the file names: a host, an origin or a URL. Only the user may name one that is not the
    /// provider's.
    pub fn at(mut self, endpoint: Option<&str>) -> Self {
        let Some(text) = endpoint else { return self };
        let key = self.schema.endpoint_key;
        let usual = self.schema.field(key).and_then(Field::default);
        let path = text.find("://").map_or(0, |scheme| scheme + 3);
        let end = text[path..].find('/').map_or(text.len(), |slash| path + slash);
        match Origin::parse(&text[..end]) {
            Ok(origin) if Some(origin.to_string().as_str()) == usual => {}
            // The sandbox has a loopback address.
            Ok(origin) if origin.is_loopback() || self.schema.endpoints.contains(&origin.to_string().as_str()) => {
                self.set(key, origin.to_string().into());
            }
            _ => self.foreign_endpoint = Some(text.to_owned()),
        }
        self
    }

    pub fn set(&mut self, key: &str, value: Json) {
        if key == self.schema.endpoint_key {
            self.foreign_endpoint = None;
        }
        self.settings.insert(key.to_owned(), value);
    }

    pub fn take(&mut self, key: &str) -> Option<Json> {
        self.settings.remove(key)
    }

    pub fn get(&self, key: &str) -> Option<&Json> {
        self.settings.get(key)
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// The required keys that have no value.
    pub fn missing(&self) -> Vec<&'static str> {
        let required = self.schema.all().filter(|field| field.need == Need::Required);
        required.map(|field| field.name).filter(|name| *name != "grant" && self.get(name).is_none()).collect()
    }

    /// Rejects a draft that lacks a key, or whose endpoint the user did not name. `has_key`: the private key comes from
    /// another file. `given`: the words after `import`, for a hint that completes the command.
    pub fn is_whole(&self, has_key: bool, given: &[String]) -> Result<(), Error> {
        let mut missing: Vec<&str> =
            self.missing().into_iter().filter(|key| !(has_key && *key == "private_key")).collect();
        let what = match &self.foreign_endpoint {
            Some(endpoint) => {
                missing.push(self.schema.endpoint_key);
                let (shown, owner) = (error::quoted(endpoint, &[]), self.schema.owner);
                format!("names the endpoint {shown}, which is not {owner}'s: it is not taken from a file")
            }
            None if missing.is_empty() => return Ok(()),
            None => {
                let keys = missing.iter().map(|key| format!("\"{key}\"")).collect::<Vec<_>>();
                format!("has no {}", keys.join(" and no "))
            }
        };
        let failure = Error::new(Kind::Setup, what).hint(options_for(&missing, self.schema).map_or_else(
            // Some keys have no option.
            || "fill it in there, or answer for it: jwt-credential init".into(),
            |options| import_line(given, &options),
        ));
        let supplies = missing.iter().filter_map(|key| self.schema.field(key)?.supply);
        let explained = supplies.filter_map(|supply| supply.explained).map(str::to_owned);
        Err(explained.chain(self.why_missing.clone()).fold(failure, Error::hint))
    }

    pub fn into_profile(mut self) -> Map<String, Json> {
        self.settings.insert("grant".into(), self.schema.grant.into());
        self.settings.entry("hosts").or_insert_with(|| self.schema.hosts.into());
        self.settings
    }
}

/// The user's command with more options.
pub(super) fn import_line(given: &[String], options: &str) -> String {
    format!("jwt-credential import {}{options}", given.join(" "))
}

/// The options of `import` that supply these keys; `None` if a key has no option.
fn options_for(missing: &[&str], schema: &Schema) -> Option<String> {
    let option = |key: &&str| match (*key, schema.field(key)?.supply) {
        ("private_key", _) => Some(" --private-key private.key".to_owned()),
        (_, supply) => supply.map(|supply| format!(" --{} {}", supply.option, supply.value)),
    };
    missing.iter().map(option).collect()
}
