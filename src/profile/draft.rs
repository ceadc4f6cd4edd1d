//! A profile in the making: what another file or a person says of a credential, not yet known to be all.

use serde_json::{Map, Value as Json};

use super::schema::{Field, Need, Schema};
use crate::error::{self, Error, Kind};
use crate::host::Origin;

/// A credential with what is known of it. All values are text, lists of text or files: nothing that was found in a
/// file becomes a command.
#[derive(Clone)]
pub struct Draft {
    /// What the profile may hold.
    pub schema: &'static Schema,
    /// What it is called where it was found, its client id among it.
    pub names: Vec<String>,
    /// What a person should know of it, a sentence each.
    pub notes: Vec<String>,
    /// Why something may be missing, a sentence each.
    pub why_missing: Vec<String>,
    /// An endpoint that was found and is not taken.
    pub foreign_endpoint: Option<String>,
    settings: Map<String, Json>,
}

impl Draft {
    /// A credential of which nothing is known yet.
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

    /// The same with another name to select it by.
    pub fn called(mut self, name: Option<&str>) -> Self {
        self.names.extend(name.map(str::to_owned));
        self
    }

    /// The same with a value, where there is one.
    pub fn with(mut self, key: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.set(key, value.into());
        }
        self
    }

    /// The same with a list, where it is not empty.
    pub fn with_list(self, key: &str, items: &[String]) -> Self {
        self.with(key, (!items.is_empty()).then(|| items.to_vec()))
    }

    /// The same with one value, or with several where it is rotated.
    pub fn with_any(self, key: &str, values: &[String]) -> Self {
        match values {
            [one] => self.with(key, Some(one.as_str())),
            many => self.with_list(key, many),
        }
    }

    /// The same with a word for the person.
    pub fn noting(mut self, note: Option<impl Into<String>>) -> Self {
        self.notes.extend(note.map(Into::into));
        self
    }

    /// The same with a word on why something may be missing.
    pub fn lacking(mut self, why: Option<impl Into<String>>) -> Self {
        self.why_missing.extend(why.map(Into::into));
        self
    }

    /// The same with the endpoint that the file names: a host, an origin or a URL there. One that is not the provider's
    /// is a person's to name.
    pub fn at(mut self, endpoint: Option<&str>) -> Self {
        let Some(text) = endpoint else { return self };
        let key = self.schema.endpoint_key;
        let usual = self.schema.field(key).and_then(Field::default);
        let path = text.find("://").map_or(0, |scheme| scheme + 3);
        let end = text[path..].find('/').map_or(text.len(), |slash| path + slash);
        match Origin::parse(&text[..end]) {
            Ok(origin) if Some(origin.to_string().as_str()) == usual => {}
            // A literal loopback address is the sandbox.
            Ok(origin) if origin.is_loopback() || self.schema.endpoints.contains(&origin.to_string().as_str()) => {
                self.set(key, origin.to_string().into());
            }
            _ => self.foreign_endpoint = Some(text.to_owned()),
        }
        self
    }

    /// Sets a key's value.
    pub fn set(&mut self, key: &str, value: Json) {
        if key == self.schema.endpoint_key {
            self.foreign_endpoint = None;
        }
        self.settings.insert(key.to_owned(), value);
    }

    /// Takes a key's value out.
    pub fn take(&mut self, key: &str) -> Option<Json> {
        self.settings.remove(key)
    }

    /// A key's value.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.settings.get(key)
    }

    /// A key's value where it is one text.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.get(key)?.as_str()
    }

    /// What the profile must have, and the draft has not.
    pub fn missing(&self) -> Vec<&'static str> {
        let required = self.schema.all().filter(|field| field.need == Need::Required);
        required.map(|field| field.name).filter(|name| *name != "grant" && self.get(name).is_none()).collect()
    }

    /// Refuses what is no whole profile: an endpoint that no person named, or keys that are not there (`has_key` says
    /// that the private key is to come). `given` are the words after `import`, for the command that supplies the rest.
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
            // No option has what such a file has itself.
            || "fill it in there, or answer for it: jwt-credential init".into(),
            |options| import_line(given, &options),
        ));
        let supplies = missing.iter().filter_map(|key| self.schema.field(key)?.supply);
        let explained = supplies.filter_map(|supply| supply.explained).map(str::to_owned);
        Err(explained.chain(self.why_missing.clone()).fold(failure, Error::hint))
    }

    /// The JSON of a profile.
    pub fn into_profile(mut self) -> Map<String, Json> {
        self.settings.insert("grant".into(), self.schema.grant.into());
        self.settings.entry("hosts").or_insert_with(|| self.schema.hosts.into());
        self.settings
    }
}

/// The command that takes a file, as it was given, and these options.
pub(super) fn import_line(given: &[String], options: &str) -> String {
    format!("jwt-credential import {}{options}", given.join(" "))
}

/// The options of `import` that supply these keys; `None` where one of them has none.
fn options_for(missing: &[&str], schema: &Schema) -> Option<String> {
    let option = |key: &&str| match (*key, schema.field(key)?.supply) {
        ("private_key", _) => Some(" --private-key private.key".to_owned()),
        (_, supply) => supply.map(|supply| format!(" --{} {}", supply.option, supply.value)),
    };
    missing.iter().map(option).collect()
}
