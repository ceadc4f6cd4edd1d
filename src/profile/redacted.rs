//! A profile that is safe to paste: as it stands, but for what must not be seen.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value as Json, json};

use super::schema::Kind;
use super::{Profile, Setting, Value};
use crate::hex::hex;

/// From this length on a secret is nothing that could be guessed and compared with its fingerprint.
const UNGUESSABLE: usize = 16;
/// Enough to tell two secrets apart.
const FINGERPRINT_BYTES: usize = 4;

impl Profile {
    /// The profile's JSON with secrets as fingerprints. References stand as they are: what they lead to is not read.
    #[must_use]
    pub fn redacted(&self) -> Json {
        let values = self.settings.iter().map(|(field, setting)| {
            let is_secret = field.kind == Kind::Secret;
            let shown = match setting {
                Setting::One(value) => show(value, is_secret),
                Setting::Many(values) => values.iter().map(|value| show(value, is_secret)).collect(),
                Setting::Path(path) => json!(path),
                Setting::Headers(headers) => {
                    let header = |(name, value): &(String, Option<Value>)| {
                        (name.clone(), value.as_ref().map_or(Json::Null, |value| show(value, may_be_secret(name))))
                    };
                    Json::Object(headers.iter().map(header).collect())
                }
            };
            (field.name.to_owned(), shown)
        });
        Json::Object(values.collect::<Map<_, _>>())
    }
}

fn show(value: &Value, is_secret: bool) -> Json {
    match value {
        Value::Literal(text) if is_secret => Json::from(fingerprint(text)),
        Value::Literal(text) => json!(text),
        Value::Env(name) => json!({"env": name}),
        Value::File(path) => json!({"file": path}),
        Value::Command { argv, .. } => json!({"command": argv}),
    }
}

/// A secret's fingerprint, `sha256:` and a few digits; of one that could be guessed, not even that.
fn fingerprint(secret: &str) -> String {
    if secret.trim().len() < UNGUESSABLE {
        return "(hidden)".into();
    }
    let digest = digest(&SHA256, secret.trim().as_bytes());
    format!("sha256:{}", hex(&digest.as_ref()[..FINGERPRINT_BYTES]))
}

/// Whether a header's name says that its value may be one.
fn may_be_secret(header: &str) -> bool {
    let name = header.to_ascii_lowercase();
    ["auth", "cookie", "token", "secret", "key", "pass", "sign"].iter().any(|part| name.contains(part))
}
