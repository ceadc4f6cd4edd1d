//! A profile that is not complete yet: what a file or a user said about a credential.

use serde_json::{Map, Value as Json};

use super::directories::is_name;
use super::format::pointer::{any_text, private_key, secrets, words};
use super::schema::{Field, IGNORED, Schema, ValueKind};
use crate::error::{self, Error, Kind};
use crate::host::{Origin, split_path};

/// A credential with what is known about it. All values are text, lists of text or files: nothing from a file becomes
/// a command.
#[derive(Clone)]
pub struct Draft {
    pub schema: &'static Schema,
    /// Its names in the file, for `--select`. The client id is one of them.
    pub names: Vec<String>,
    /// The provider's project that it belongs to.
    pub project: Option<String>,
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
            project: None,
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

    pub fn of_project(mut self, project: Option<&str>) -> Self {
        self.project = project.map(str::to_owned);
        self
    }

    /// The name of its profile unless the user gives one: the provider and the project, as `acme-PROJECT`.
    pub fn usual_name(&self) -> String {
        let owner = if self.schema.has_owner() { self.schema.owner } else { self.schema.name };
        let owner = words_joined(owner).to_ascii_lowercase();
        let project = self.project.as_deref().map(words_joined).filter(|project| !project.is_empty());
        let whole = project.map(|project| format!("{owner}-{project}"));
        whole.filter(|name| is_name(name)).unwrap_or(owner)
    }

    /// Sets the values at these JSON Pointers of a document. Keys that the schema does not have are ignored. Several
    /// pointers for one key are alternatives, or the parts of a list.
    pub fn read(mut self, document: &Json, rows: &[(&str, &[&str])]) -> Self {
        for (key, pointers) in rows {
            let Some(field) = self.schema.field(key) else { continue };
            let all = |part: fn(&Json, &str) -> Vec<String>| {
                let mut all: Vec<String> = pointers.iter().flat_map(|pointer| part(document, pointer)).collect();
                all.dedup();
                Some(all).filter(|all| !all.is_empty())
            };
            let value = match field.kind {
                ValueKind::List => all(words).map(Json::from),
                ValueKind::Secret if field.copied_from.is_some() => {
                    pointers.iter().find_map(|pointer| private_key(document, pointer))
                }
                // A list while the secret is being rotated.
                ValueKind::Secret if field.rotates => all(secrets).map(|mut all| match all.len() {
                    1 => all.remove(0).into(),
                    _ => all.into(),
                }),
                _ => any_text(document, pointers).map(Json::from),
            };
            self = self.with(key, value);
        }
        self
    }

    /// Sets a value, if there is one.
    pub fn with(mut self, key: &str, value: Option<impl Into<Json>>) -> Self {
        if let Some(value) = value {
            self.set(key, value.into());
        }
        self
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

    /// Sets the endpoint that the file names: a host, an origin or a URL. An endpoint that is not the provider's must
    /// come from the user.
    pub fn at(mut self, endpoint: Option<&str>) -> Self {
        let Some(text) = endpoint else { return self };
        let key = self.schema.endpoint_key;
        let usual = self.schema.field(key).and_then(|field| field.default);
        match Origin::parse(split_path(text).0) {
            Ok(origin) if Some(origin.to_string().as_str()) == usual => {}
            // The mock has a loopback address.
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

    /// The algorithm of its JWT; empty: the usual one of its key.
    pub fn algorithm(&self) -> &str {
        let default = self.schema.field("jwt.algorithm").and_then(|field| field.default);
        self.text("jwt.algorithm").or(default).unwrap_or(self.schema.algorithm)
    }

    /// Rejects a draft that lacks a key, or whose endpoint the user did not name. The values of `from_files` come from
    /// other files. `arguments`: the words after `import`, for a hint that completes the command.
    pub fn check_complete(&self, from_files: &[&str], arguments: &[String]) -> Result<(), Error> {
        let required = self.schema.all().filter(|field| field.required);
        let mut missing: Vec<&Field> =
            required.filter(|field| self.get(field.name).is_none() && !from_files.contains(&field.name)).collect();
        let what = match &self.foreign_endpoint {
            Some(endpoint) => {
                missing.extend(self.schema.field(self.schema.endpoint_key));
                let (shown, owner) = (error::quoted(endpoint, &[]), self.schema.owner);
                format!("names the endpoint {shown}, which is not {owner}'s: it is not taken from a file")
            }
            None if missing.is_empty() => return Ok(()),
            None => {
                let keys = missing.iter().map(|field| format!("\"{}\"", field.name)).collect::<Vec<_>>();
                format!("has no {}", keys.join(" and no "))
            }
        };
        let options: Option<String> = missing.iter().map(|field| option_for(field)).collect();
        let failure = Error::new(Kind::Setup, what).hint(match options {
            Some(options) => import_line(arguments, &options),
            None => "fill it in there, or answer questions: jwt-credential init".into(),
        });
        let explained = missing.iter().filter_map(|field| field.explanation).map(str::to_owned);
        // What the format knows says more than what the key means.
        let reasons = if self.why_missing.is_empty() { explained.collect() } else { self.why_missing.clone() };
        Err(reasons.into_iter().fold(failure, Error::hint))
    }

    /// The profile's JSON. It inherits what the user set in the profile that it replaces.
    pub fn into_profile(mut self, replaced: Option<&Map<String, Json>>) -> Map<String, Json> {
        for field in self.schema.all().filter(|field| field.inherited) {
            if let Some(value) = replaced.and_then(|replaced| replaced.get(field.name)) {
                self.settings.entry(field.name).or_insert_with(|| value.clone());
            }
        }
        for key in IGNORED {
            if let Some(value) = replaced.and_then(|replaced| replaced.get(key)) {
                self.settings.insert(key.into(), value.clone());
            }
        }
        self.settings.insert(self.schema.named_by.into(), self.schema.name.into());
        if !self.schema.hosts.is_empty() {
            self.settings.entry("hosts").or_insert_with(|| self.schema.hosts.into());
        }
        nested(self.settings)
    }
}

/// The words of a text, of letters and digits that profile names may have, with hyphens between them.
fn words_joined(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

/// Puts the keys `NAME.MEMBER` into an object: `jwt.aud` becomes `{"jwt": {"aud": …}}`.
pub(super) fn nested(flat: Map<String, Json>) -> Map<String, Json> {
    let mut nested = Map::new();
    for (key, value) in flat {
        match key.split_once('.') {
            Some((object, member)) => {
                let object = nested.entry(object).or_insert_with(|| Map::new().into());
                object.as_object_mut().map(|object| object.insert(member.to_owned(), value));
            }
            None => drop(nested.insert(key, value)),
        }
    }
    nested
}

/// The user's command with more options.
pub(super) fn import_line(arguments: &[String], options: &str) -> String {
    format!("jwt-credential import {}{options}", arguments.join(" "))
}

/// The option of `import` that supplies a key, if there is one.
fn option_for(field: &Field) -> Option<String> {
    match (field.copied_from, field.supply) {
        (Some(file), _) => Some(format!(" --{} {file}", field.name.replace('_', "-"))),
        (None, supply) => supply.map(|supply| format!(" --{} {}", supply.option, supply.value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_named_by_provider_and_project() {
        static SCHEMA: Schema = Schema { owner: "Acme Cloud", ..Schema::BEARER };
        let long = "x".repeat(80);
        for (project, name) in [
            (None, "acme-cloud"),
            (Some("prod-1"), "acme-cloud-prod-1"),
            (Some("My Project / 2"), "acme-cloud-My-Project-2"),
            (Some("../../etc/x.json"), "acme-cloud-etc-x-json"),
            (Some("プロジェクト"), "acme-cloud"),
            (Some(long.as_str()), "acme-cloud"),
        ] {
            let name_of = Draft::new(&SCHEMA).of_project(project).usual_name();
            assert!(is_name(&name_of));
            assert_eq!(name_of, name, "{project:?}");
        }
    }
}
