//! A profile that is safe to paste: secrets are replaced by fingerprints.

use std::path::Path;

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value as Json, json};

use super::draft::nested;
use super::schema::{Field, Schema, ValueKind, holds_no_secret};
use super::{Profile, Value, value};
use crate::redaction::is_plausible;
use crate::secret::is_recognised;
use crate::text::hex;

/// A shorter secret could be guessed and compared with its fingerprint.
const UNGUESSABLE: usize = 16;
/// Replaces what may be a secret that could be guessed from a fingerprint.
const HIDDEN: &str = "(hidden)";
/// Headers whose values are never secret.
const PUBLIC_HEADERS: &[&str] = &["accept", "cache-control"];
/// Enough to distinguish two secrets.
const FINGERPRINT_BYTES: usize = 4;

impl Profile {
    /// The profile's JSON with secrets as fingerprints. References are shown, not followed.
    pub fn redacted(&self) -> Json {
        let mut json = Map::new();
        for (field, values) in &self.settings {
            let mut shown: Vec<Json> = values.iter().map(|value| show(value, field)).collect();
            let is_list = field.kind == ValueKind::List || shown.len() > 1;
            json.insert(field.name.into(), if is_list { shown.into() } else { shown.pop().into() });
        }
        if !self.headers.is_empty() {
            json.insert("headers".into(), self.headers.iter().map(|header| self.show_header(header)).collect());
        }
        nested(json).into()
    }

    fn show_header(&self, (name, value): &(String, Option<Value>)) -> (String, Json) {
        let mut public = PUBLIC_HEADERS.iter().chain(self.schema.public_headers);
        let is_public = public.any(|public| name.eq_ignore_ascii_case(public));
        let shown = match value {
            None => Json::Null,
            Some(Value::Literal(text)) if is_public => text.as_str().into(),
            Some(Value::Literal(text)) => fingerprint(text).into(),
            Some(reference) => show_reference(reference),
        };
        (name.clone(), shown)
    }
}

/// A broken profile, as far as it can be shown: the values of unknown keys may be secrets, and so may unknown names.
pub(super) fn redacted_settings(settings: Map<String, Json>, schemas: &[&Schema]) -> Json {
    nested(flattened(settings, schemas).map(|(key, json)| redacted_setting(&key, json, schemas)).collect()).into()
}

/// The settings with the members of known objects as keys of their own.
fn flattened(settings: Map<String, Json>, schemas: &[&Schema]) -> impl Iterator<Item = (String, Json)> {
    settings.into_iter().flat_map(|(key, json)| match json {
        Json::Object(members) if schemas.iter().any(|schema| schema.has_object(&key)) => {
            members.into_iter().map(|(member, json)| (format!("{key}.{member}"), json)).collect::<Vec<_>>()
        }
        json => vec![(key, json)],
    })
}

fn redacted_setting(key: &str, json: Json, schemas: &[&Schema]) -> (String, Json) {
    let field = schemas.iter().find_map(|schema| schema.field(key));
    let name = if field.is_some() { key.to_owned() } else { shown_name(key) };
    let public = field.filter(|field| !matches!(field.kind, ValueKind::Secret | ValueKind::Headers));
    (name, redacted_json(json, public))
}

/// A name that no schema knows.
fn shown_name(name: &str) -> String {
    // A secret may follow the name, as in `client_secret=…`.
    let is_word = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let is_name = is_word && is_plausible(name) && !is_recognised(name);
    if is_name { name.to_owned() } else { HIDDEN.to_owned() }
}

fn redacted_json(json: Json, public: Option<&'static Field>) -> Json {
    match json {
        json if public.is_some_and(|field| field.kind == ValueKind::Object) => {
            let is_shown = json.is_object() && holds_no_secret(&json).is_ok();
            if is_shown { json } else { HIDDEN.into() }
        }
        Json::Array(items) => items.into_iter().map(|item| redacted_json(item, public)).collect(),
        Json::Null => Json::Null,
        json => match (Value::from_json(json.clone(), None), public, json) {
            (Ok(Value::Literal(text)), None, _) => fingerprint(&text).into(),
            // What the key does not accept may be anything.
            (Ok(Value::Literal(text)), Some(field), _) if !is_accepted(&text, field) => HIDDEN.into(),
            (Ok(value), Some(field), _) => show(&value, field),
            (Ok(reference), None, _) => show_reference(&reference),
            // A relative path, since the directory is not given.
            (Err(_), _, Json::Object(object)) => {
                object.into_iter().map(|(key, json)| (shown_name(&key), redacted_json(json, public))).collect()
            }
            _ => HIDDEN.into(),
        },
    }
}

fn is_accepted(text: &str, field: &Field) -> bool {
    let is_path = || value::path(text, Some(Path::new("/"))).is_ok();
    (field.normal)(text.trim()).is_ok() && (field.kind != ValueKind::Path || is_path())
}

fn show(value: &Value, field: &Field) -> Json {
    match value {
        Value::Literal(_) if field.guessable => HIDDEN.into(),
        Value::Literal(text) if field.kind == ValueKind::Secret || is_recognised(text) => fingerprint(text).into(),
        Value::Literal(text) if matches!(field.kind, ValueKind::Number | ValueKind::Switch | ValueKind::Object) => {
            serde_json::from_str(text).unwrap_or_else(|_| text.as_str().into())
        }
        // A certificate, perhaps with its key.
        Value::Literal(text) if text.contains("-----BEGIN") => "(PEM)".into(),
        Value::Literal(text) => text.as_str().into(),
        Value::File(path) if field.kind == ValueKind::Path => path.to_string_lossy().into(),
        Value::Command { argv, .. } if field.kind == ValueKind::Command => show_argv(argv),
        reference => show_reference(reference),
    }
}

fn show_reference(value: &Value) -> Json {
    match value {
        Value::Literal(_) => HIDDEN.into(),
        Value::Env(name) => json!({"env": name}),
        Value::File(path) => json!({"file": path.to_string_lossy()}),
        Value::Command { argv, interactive: true, .. } => json!({"command": show_argv(argv), "interactive": true}),
        Value::Command { argv, .. } => json!({"command": show_argv(argv)}),
        Value::Profile(name) => json!({"profile": name}),
        Value::GithubActions { audience } => json!({"github_actions": {"audience": audience}}),
    }
}

/// The arguments may contain a vault's password.
fn show_argv(argv: &[String]) -> Json {
    match argv {
        [program, _, ..] => json!([program, "…"]),
        _ => json!(argv),
    }
}

/// `sha256:` and a few digits, unless the secret could be guessed.
fn fingerprint(secret: &str) -> String {
    if secret.trim().len() < UNGUESSABLE {
        return HIDDEN.into();
    }
    let digest = digest(&SHA256, secret.trim().as_bytes());
    format!("sha256:{}", hex(&digest.as_ref()[..FINGERPRINT_BYTES]))
}
