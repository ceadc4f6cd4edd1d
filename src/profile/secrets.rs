//! The secrets of a profile. Each is read once in a call, so that what is sent is also what a failure is stamped with.

use std::time::Duration;

use zeroize::Zeroizing;

use super::value::as_text;
use super::{Profile, Value};
use crate::error::Error;
use crate::secret::Secret;

/// A secret that was read, or that the user typed.
pub(super) struct ReadSecret {
    key: &'static str,
    /// In the key's list.
    index: usize,
    bytes: Zeroizing<Vec<u8>>,
    /// Where it came from, for messages.
    source: String,
}

impl Profile {
    /// One of a secret's values. Secret files are read and secret commands run only in this file.
    pub fn secret_at(&self, key: &str, index: usize, wait: Duration) -> Result<Secret, Error> {
        let (field, _) = self.secret(key, index)?;
        let (bytes, source) = self.read_secret(key, index, wait)?;
        let secret = as_text(&bytes, &source).map(Secret::new).map_err(|error| self.for_key(key, error))?;
        self.normal(field, secret.reveal()).map(Zeroizing::new)?;
        Ok(secret)
    }

    /// One of a secret's values, which may be binary, such as a key in DER.
    pub fn secret_bytes(&self, key: &str, index: usize, wait: Duration) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.read_secret(key, index, wait).map(|(bytes, _)| bytes)
    }

    /// The secret, unless it is missing and the user has not typed it.
    pub fn optional_secret(&self, key: &str, wait: Duration) -> Result<Option<Secret>, Error> {
        if self.setting(key).is_some() {
            return self.secret_at(key, 0, wait).map(Some);
        }
        let typed = self.noted(key, 0);
        typed.map(|(bytes, source)| as_text(&bytes, &source).map(Secret::new)).transpose()
    }

    /// Uses a secret that the user typed for a key that is missing.
    pub fn note_typed(&self, key: &'static str, secret: &Secret) {
        self.note(key, 0, secret.reveal().as_bytes(), "what was typed");
    }

    /// The texts among the secrets that were read. No message may repeat them.
    pub fn secrets_read(&self) -> Vec<Zeroizing<String>> {
        let text = |secret: &ReadSecret| as_text(&secret.bytes, "").ok().map(Zeroizing::new);
        self.read.borrow().iter().filter_map(text).collect()
    }

    /// The bytes of a secret, and where they came from.
    pub(super) fn read_secret(
        &self,
        key: &str,
        index: usize,
        wait: Duration,
    ) -> Result<(Zeroizing<Vec<u8>>, String), Error> {
        if let Some(noted) = self.noted(key, index) {
            return Ok(noted);
        }
        let (field, value) = self.secret(key, index)?;
        let (bytes, source) = value.bytes(true, wait).map_err(|error| self.for_key(key, error))?;
        self.note(field.name, index, &bytes, &source);
        Ok((bytes, source))
    }

    fn noted(&self, key: &str, index: usize) -> Option<(Zeroizing<Vec<u8>>, String)> {
        let read = self.read.borrow();
        let noted = read.iter().find(|secret| secret.key == key && secret.index == index)?;
        Some((noted.bytes.clone(), noted.source.clone()))
    }

    fn note(&self, key: &'static str, index: usize, bytes: &[u8], source: &str) {
        let bytes = Zeroizing::new(bytes.to_vec());
        self.read.borrow_mut().push(ReadSecret { key, index, bytes, source: source.to_owned() });
    }

    fn secret(&self, key: &str, index: usize) -> Result<(&'static super::schema::Field, &Value), Error> {
        let secret = self.setting(key).and_then(|(field, values)| Some((*field, values.get(index)?)));
        secret.ok_or_else(|| self.wrong(&format!("has no \"{key}\"")))
    }
}
