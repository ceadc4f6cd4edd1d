//! A profile that is safe to paste: secrets are replaced by fingerprints.

use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};

use super::schema::{Field, ValueKind};
use super::{Profile, Setting, Value};
use crate::secret::is_recognised;
use crate::text::hex;

/// A shorter secret could be guessed and compared with its fingerprint.
const UNGUESSABLE: usize = 16;
/// Replaces what has no fingerprint.
const HIDDEN: &str = "(hidden)";
/// Headers whose values are never secret.
const PUBLIC_HEADERS: &[&str] = &["accept", "cache-control"];
/// Enough to distinguish two secrets.
const FINGERPRINT_BYTES: usize = 4;

impl Profile {
    /// The profile's JSON with secrets as fingerprints. References are shown, not followed.
    pub fn redacted(&self) -> Json {
        let public = [PUBLIC_HEADERS, self.schema.public_headers].concat();
        let shown = self.settings.iter().map(|(field, setting)| {
            let value = match setting {
                Setting::Headers(headers) => headers.iter().map(|header| show_header(header, &public)).collect(),
                Setting::Values(values) => match (field.kind, values.as_slice()) {
                    (ValueKind::Path, [Value::File(path)]) => path.to_string_lossy().into(),
                    (ValueKind::List, values) | (_, values @ [_, _, ..]) => {
                        values.iter().map(|value| show(value, field)).collect()
                    }
                    (_, values) => values.first().map(|value| show(value, field)).into(),
                },
            };
            (field.name.to_owned(), value)
        });
        Json::Object(shown.collect())
    }
}

fn show(value: &Value, field: &Field) -> Json {
    match value {
        Value::Literal(_) if field.guessable => HIDDEN.into(),
        Value::Literal(text) if field.kind == ValueKind::Secret || is_recognised(text) => fingerprint(text).into(),
        // A certificate, perhaps with its key.
        Value::Literal(text) if text.contains("-----BEGIN") => "(PEM)".into(),
        Value::Literal(text) => text.as_str().into(),
        Value::Env(name) => json!({"env": name}),
        Value::File(path) => json!({"file": path.to_string_lossy()}),
        // The arguments may contain a vault's password.
        Value::Command { argv, .. } if argv.len() > 1 => json!({"command": [argv[0], "…"]}),
        Value::Command { argv, .. } => json!({"command": argv}),
    }
}

fn show_header((name, value): &(String, Option<Value>), public: &[&str]) -> (String, Json) {
    let is_public = public.iter().any(|public| name.eq_ignore_ascii_case(public));
    let shown = match value {
        None => Json::Null,
        Some(Value::Literal(text)) if is_public => json!(text.as_str()),
        Some(Value::Literal(text)) => Json::from(fingerprint(text)),
        Some(Value::Env(name)) => json!({"env": name}),
        Some(Value::File(path)) => json!({"file": path.to_string_lossy()}),
        Some(Value::Command { .. }) => Json::from(HIDDEN),
    };
    (name.clone(), shown)
}

/// `sha256:` and a few digits, unless the secret could be guessed.
fn fingerprint(secret: &str) -> String {
    if secret.trim().len() < UNGUESSABLE {
        return HIDDEN.into();
    }
    let digest = digest(&SHA256, secret.trim().as_bytes());
    format!("sha256:{}", hex(&digest.as_ref()[..FINGERPRINT_BYTES]))
}
