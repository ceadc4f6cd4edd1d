//! Credentials that name someone: a subject token, or an assertion of another issuer. Two jobs with different ones must
//! not share a token.

use std::time::Duration;

use ring::digest::{SHA256, digest};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::schema::Field;
use super::value::{Reader, as_text};
use super::{Profile, Value, locate};
use crate::error::Error;
use crate::jwt::Jwt;
use crate::text::hex;
use crate::{environment, sys};

impl Profile {
    /// What of a principal's credential belongs to the identity: issuer and subject, or a digest of a token that is no
    /// JWT. Where it is made only for an exchange, where it comes from.
    pub(super) fn principal(&self, field: &'static Field) -> Result<Option<Json>, Error> {
        let Some(value) = self.values(field.name).first().filter(|_| field.principal) else { return Ok(None) };
        Ok(Some(match value {
            // The arguments may hold the secret, and the identity is kept in the cache.
            Value::Command { argv, .. } => json!({"command": short_digest(argv.join("\0").as_bytes())}),
            Value::Profile(name) => json!({"profile": name, "is": file_digest(name)}),
            Value::GithubActions { audience } => {
                let request = environment::raw(environment::ACTIONS_URL).unwrap_or_default();
                json!({"audience": audience, "job": short_digest(request.as_encoded_bytes())})
            }
            Value::Literal(_) | Value::Env(_) | Value::File(_) => {
                let (bytes, source) = self.principal_bytes(field, value)?;
                let token = as_text(&bytes, &source).map_err(|error| self.for_key(field.name, error))?;
                let jwt = Jwt::parse(token.trim());
                match jwt.as_ref().and_then(|jwt| Some((jwt.text("iss")?, jwt.text("sub")?))) {
                    Some((issuer, subject)) => json!({"iss": issuer, "sub": subject}),
                    None => short_digest(token.trim().as_bytes()).into(),
                }
            }
        }))
    }

    /// The credential itself. What the identity was made of is also what is sent.
    fn principal_bytes(&self, field: &'static Field, value: &Value) -> Result<(Zeroizing<Vec<u8>>, String), Error> {
        if let Some(noted) = self.read.get(field.name, 0) {
            return Ok(noted);
        }
        let read = value.bytes(Reader::Identity(""), self.time_left());
        let (bytes, source) = read.map_err(|error| self.for_key(field.name, error))?;
        self.read.note(field.name, 0, &bytes, &source);
        Ok((bytes, source))
    }

    /// If the key has the form `github_actions`: its audience. `Some(None)` means the usual audience of the job.
    pub fn job_audience(&self, key: &str) -> Option<Option<&str>> {
        match self.values(key).first()? {
            Value::GithubActions { audience } => Some(audience.as_deref()),
            _ => None,
        }
    }
}

/// The contents of another profile: a change of it can change whose token it gives. A pipe is not read: the process that
/// requests the token reads it.
fn file_digest(name: &str) -> Option<String> {
    let path = locate::all().ok()?.remove(name)?;
    Some(short_digest(&sys::read_checked(&path, Duration::ZERO).ok()?.bytes))
}

fn short_digest(bytes: &[u8]) -> String {
    hex(&digest(&SHA256, bytes).as_ref()[..16])
}
