//! Which token a profile yields, and whether the profile has changed since a failure.

use std::collections::BTreeMap;
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde_json::Value as Json;

use super::schema::ValueKind;
use super::{Profile, ProfileLocation, Value};
use crate::environment;
use crate::error::Error;
use crate::sys;
use crate::text::hex;

impl Profile {
    /// The profile in canonical form, without the keys that do not affect the token. Profiles with the same identity
    /// share a token. No secret is read and no command is run.
    pub fn identity(&self) -> Result<String, Error> {
        let mut canonical = BTreeMap::new();
        for field in self.schema.all().filter(|field| field.identity) {
            let json = match field.kind {
                ValueKind::List => Some(self.list(field.name)?).filter(|items| !items.is_empty()).map(Json::from),
                ValueKind::Text | ValueKind::Secret => self.text(field.name)?.map(Json::from),
                ValueKind::Path => self.source_file(field.name, 0).map(|path| path.to_string_lossy().into()),
                ValueKind::Headers => None,
            };
            canonical.extend(json.map(|json| (field.name, json)));
        }
        serde_json::to_string(&canonical).map_err(|error| self.wrong(&error.to_string()))
    }

    /// Digests of a key's values as the profile gives them: of a literal secret, or of the reference to one. No secret
    /// is read and no command is run.
    pub fn value_digests(&self, key: &str) -> Vec<String> {
        const LENGTH: usize = 8;
        let of = |value: &Value| {
            let mut digest = Context::new(&SHA256);
            match value {
                Value::Literal(text) => digest.update(text.as_bytes()),
                Value::Env(name) => digest.update(format!("env {name}").as_bytes()),
                Value::File(path) => digest.update(path.as_os_str().as_encoded_bytes()),
                Value::Command { argv, .. } => digest.update(argv.join("\0").as_bytes()),
            }
            hex(&digest.finish().as_ref()[..LENGTH])
        };
        self.values(key).iter().map(of).collect()
    }

    /// A digest of the state of the profile and of everything that it names: a recorded failure does not apply to a
    /// profile that has changed since. It is salted, because it covers values of variables.
    pub fn stamp(&self, salt: &str) -> String {
        let mut digest = Context::new(&SHA256);
        digest.update(salt.as_bytes());
        match &self.place {
            ProfileLocation::File { path, .. } => stamp_file(&mut digest, path),
            ProfileLocation::Environment(json) => digest.update(json.as_bytes()),
        }
        let path = self.runs_commands().then_some("PATH");
        for name in SURROUNDINGS.into_iter().chain(path) {
            stamp_variable(&mut digest, name);
        }
        for (_, value) in self.all_values() {
            match value {
                Value::File(path) => stamp_file(&mut digest, path),
                Value::Env(name) => stamp_variable(&mut digest, name),
                Value::Literal(_) | Value::Command { .. } => {}
            }
        }
        hex(digest.finish().as_ref())
    }
}

/// The variables that affect an exchange.
const SURROUNDINGS: [&str; 10] = [
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HOME",
    "JWT_CREDENTIAL_ALLOW_LOOSE_MODES",
];

fn stamp_variable(digest: &mut Context, name: &str) {
    digest.update(name.as_bytes());
    digest.update(environment::raw(name).unwrap_or_default().as_encoded_bytes());
    digest.update(b"\0");
}

/// Size, times and the like: an edit changes one of them, whatever tool made it.
fn stamp_file(digest: &mut Context, path: &Path) {
    digest.update(path.as_os_str().as_encoded_bytes());
    match path.metadata() {
        Ok(meta) => {
            let size = i64::try_from(meta.len()).unwrap_or(i64::MAX);
            for number in sys::change_marks(&meta).into_iter().chain([size]) {
                digest.update(&number.to_le_bytes());
            }
        }
        Err(_) => digest.update(b"absent"),
    }
}
