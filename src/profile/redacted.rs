//! A profile that is safe to paste: as it stands, but for what must not be seen.

use ring::digest::{SHA256, digest};
use serde_json::{Map, Value as Json, json};

use super::schema::{Field, Kind};
use super::{Profile, Setting, Value};
use crate::secret::is_adobes;
use crate::text::hex;

/// From this length on a secret is nothing that could be guessed and compared with its fingerprint.
const UNGUESSABLE: usize = 16;
/// What stands for all else.
const HIDDEN: &str = "(hidden)";
/// Headers whose values are no secrets; of all others nobody can say.
const HARMLESS: [&str; 6] =
    ["x-sandbox-name", "x-gw-ims-org-id", "x-api-key", "x-proxy-global-company-id", "accept", "cache-control"];
/// Enough to tell two secrets apart.
const FINGERPRINT_BYTES: usize = 4;

impl Profile {
    /// The profile's JSON with secrets as fingerprints. References stand as they are: what they lead to is not read.
    #[must_use]
    pub fn redacted(&self) -> Json {
        let values = self.settings.iter().map(|(field, setting)| {
            let show = |value: &Value| show(value, field);
            let shown = match setting {
                Setting::One(value) => show(value),
                Setting::Many(values) => values.iter().map(show).collect(),
                Setting::Path(path) => Json::from(path.to_string_lossy()),
                Setting::Headers(headers) => Json::Object(headers.iter().map(header).collect()),
            };
            (field.name.to_owned(), shown)
        });
        Json::Object(values.collect::<Map<_, _>>())
    }
}

fn show(value: &Value, field: &Field) -> Json {
    match value {
        Value::Literal(_) if field.guessable => Json::from(HIDDEN),
        Value::Literal(text) if field.kind == Kind::Secret || is_adobes(text) => Json::from(fingerprint(text)),
        // A certificate, and perhaps the key beside it.
        Value::Literal(text) if text.contains("-----BEGIN") => Json::from("(PEM)"),
        Value::Literal(text) => json!(text.as_str()),
        Value::Env(name) => json!({"env": name}),
        Value::File(path) => json!({"file": path.to_string_lossy()}),
        // Its further words may hold what opens a vault.
        Value::Command { argv, .. } if argv.len() > 1 => json!({"command": [argv[0], "…"]}),
        Value::Command { argv, .. } => json!({"command": argv}),
    }
}

fn header((name, value): &(String, Option<Value>)) -> (String, Json) {
    let is_harmless = HARMLESS.iter().any(|harmless| name.eq_ignore_ascii_case(harmless));
    let shown = match value {
        None => Json::Null,
        Some(Value::Literal(text)) if is_harmless => json!(text.as_str()),
        Some(Value::Literal(text)) => Json::from(fingerprint(text)),
        Some(Value::Env(name)) => json!({"env": name}),
        Some(Value::File(path)) => json!({"file": path.to_string_lossy()}),
        Some(Value::Command { .. }) => Json::from(HIDDEN),
    };
    (name.clone(), shown)
}

/// A secret's fingerprint, `sha256:` and a few digits; of one that could be guessed, not even that.
fn fingerprint(secret: &str) -> String {
    if secret.trim().len() < UNGUESSABLE {
        return HIDDEN.into();
    }
    let digest = digest(&SHA256, secret.trim().as_bytes());
    format!("sha256:{}", hex(&digest.as_ref()[..FINGERPRINT_BYTES]))
}
