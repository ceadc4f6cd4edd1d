//! The private key that signs an assertion.

use std::cell::Cell;

use super::Attempt;
use super::rotation::Rotation;
use crate::crypto::key::{self, PrivateKey};
use crate::error::{Error, SharedBy};
use crate::profile::Profile;
use crate::secret::Secret;
use crate::sys::Terminal;

/// The profile's key that holds it.
pub(super) const KEY: &str = "private_key";
const PASSPHRASE: &str = "passphrase";

pub(super) struct SigningKey {
    pub(super) signing: PrivateKey,
    pub(super) place: String,
}

impl SigningKey {
    /// Whether this call could ask for a passphrase.
    pub(super) fn asks(profile: &Profile) -> bool {
        profile.count(PASSPHRASE) == 0 && Terminal::open().is_some()
    }

    pub(super) fn load(attempt: &Attempt, index: usize) -> Result<Self, Error> {
        let profile = attempt.profile;
        let file = profile.source_file(KEY, index);
        let place = file.map_or_else(|| profile.place.to_string(), |path| path.display().to_string());
        let bytes = profile.secret_bytes(KEY, index, attempt.remaining())?;
        let is_encrypted = Cell::new(false);
        let passphrase = || {
            is_encrypted.set(true);
            match profile.optional_secret(PASSPHRASE, attempt.remaining())? {
                None if attempt.awaited => ask_passphrase(attempt, &place),
                given => Ok(given),
            }
        };
        let signing = key::signing_key(&bytes, &place, &passphrase);
        // A passphrase that was typed or that a variable holds may be another one in the next call. It is in no stamp.
        let of_caller = |error: Error| if is_encrypted.get() { error.shared_by(SharedBy::NoOther) } else { error };
        let signing = signing.map_err(of_caller)?;
        Ok(Self { signing, place })
    }
}

/// All values of the profile's key.
pub(super) fn all<'a>(attempt: &'a Attempt<'a>) -> Result<Rotation<'a, SigningKey>, Error> {
    Rotation::new(attempt, KEY, Box::new(|index| SigningKey::load(attempt, index)))
}

/// Asks the user once. `None`: there is no terminal, or the answer is empty.
fn ask_passphrase(attempt: &Attempt, place: &str) -> Result<Option<Secret>, Error> {
    let Some(terminal) = Terminal::open() else { return Ok(None) };
    let question = format!("jwt-credential: passphrase of {place}: ");
    let secret = terminal.ask_hidden(&question, Some(attempt.remaining()))?;
    let secret = secret.filter(|secret| !secret.reveal().is_empty());
    if let Some(secret) = &secret {
        attempt.profile.note_typed(PASSPHRASE, secret);
    }
    Ok(secret)
}
