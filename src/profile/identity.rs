//! Which token a profile yields, and what a failure to get it depends on.

use std::collections::BTreeMap;
use std::path::Path;

use ring::digest::{Context, SHA256};
use serde_json::Value as Json;

use super::schema::ValueKind;
use super::{Profile, Value};
use crate::environment;
use crate::error::Error;
use crate::sys;
use crate::text::hex;

impl Profile {
    /// The profile in canonical form, without the keys that do not affect the token. Profiles with the same identity
    /// share a token. No command is run, and no secret is read but the credential of a principal.
    pub fn identity(&self) -> Result<String, Error> {
        let mut canonical = BTreeMap::new();
        for field in self.schema.all().filter(|field| field.identity) {
            let json = match field.kind {
                ValueKind::List => Some(self.list(field.name)?).filter(|items| !items.is_empty()).map(Json::from),
                ValueKind::Text | ValueKind::Number | ValueKind::Switch | ValueKind::Object => {
                    self.text(field.name)?.map(Json::from)
                }
                ValueKind::Secret => self.principal(field)?,
                ValueKind::Path | ValueKind::Headers | ValueKind::Command => None,
            };
            canonical.extend(json.map(|json| (field.name, json)));
        }
        serde_json::to_string(&canonical).map_err(|error| self.wrong(&error.to_string()))
    }

    /// Digests of a key's values as the profile gives them: of a literal secret, or of the reference to one. No secret
    /// is read and no command is run.
    pub fn value_digests(&self, key: &str) -> Vec<String> {
        const LENGTH: usize = 8;
        let of = |value| {
            let mut digest = Context::new(&SHA256);
            add_reference(&mut digest, value);
            hex(&digest.finish().as_ref()[..LENGTH])
        };
        self.values(key).iter().map(of).collect()
    }

    /// A digest of the secrets that were sent, or would be. A command counts by its words. A secret that the user made up is
    /// left out: it could be guessed.
    pub fn sent(&self, salt: &str) -> String {
        let mut digest = salted(salt);
        for (field, values) in &self.settings {
            let counts = matches!(field.kind, ValueKind::Secret | ValueKind::Command) && !field.guessable;
            let secrets = if counts { values.as_slice() } else { &[] };
            for (index, value) in secrets.iter().enumerate() {
                digest.update(field.name.as_bytes());
                match value {
                    Value::Command { argv, .. } => digest.update(argv.join("\0").as_bytes()),
                    Value::Profile(name) => digest.update(name.as_bytes()),
                    Value::GithubActions { .. } => {
                        let token = environment::raw(environment::ACTIONS_TOKEN).unwrap_or_default();
                        digest.update(token.as_encoded_bytes());
                    }
                    _ => {
                        if let Ok((bytes, _)) = self.read_secret(field.name, index, self.time_left()) {
                            digest.update(&bytes);
                        } else {
                            // Another profile's variable or file may be missing for another reason.
                            digest.update(b"unreadable");
                            add_reference(&mut digest, value);
                        }
                    }
                }
                digest.update(b"\0");
            }
        }
        hex(digest.finish().as_ref())
    }

    /// A digest of this machine's settings for the network, and for the commands of the profile.
    pub fn surroundings(&self, salt: &str) -> String {
        let mut digest = salted(salt);
        let of_commands: &[&str] = if self.runs_commands() { &["HOME", "PATH"] } else { &[] };
        for name in SURROUNDINGS.iter().chain(of_commands) {
            digest.update(name.as_bytes());
            digest.update(environment::raw(name).unwrap_or_default().as_encoded_bytes());
            digest.update(b"\0");
        }
        let paths = self.settings.iter().filter(|(field, _)| field.kind == ValueKind::Path);
        for value in paths.flat_map(|(_, values)| values) {
            if let Value::File(path) = value {
                stamp_file(&mut digest, path);
            }
        }
        if let Some(path) = environment::raw(environment::CA_FILE) {
            stamp_file(&mut digest, Path::new(&path));
        }
        hex(digest.finish().as_ref())
    }
}

fn add_reference(digest: &mut Context, value: &Value) {
    match value {
        Value::Literal(text) => digest.update(text.as_bytes()),
        Value::Env(name) => digest.update(format!("env {name}").as_bytes()),
        Value::File(path) => digest.update(path.as_os_str().as_encoded_bytes()),
        Value::Command { argv, .. } => digest.update(argv.join("\0").as_bytes()),
        Value::Profile(name) => digest.update(format!("profile {name}").as_bytes()),
        Value::GithubActions { audience } => digest.update(audience.as_deref().unwrap_or_default().as_bytes()),
    }
}

fn salted(salt: &str) -> Context {
    let mut digest = Context::new(&SHA256);
    digest.update(salt.as_bytes());
    digest
}

/// The variables that affect the way to the endpoint.
const SURROUNDINGS: &[&str] = &[
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    environment::CA_FILE,
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "JWT_CREDENTIAL_ALLOW_LOOSE_MODES",
];

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
