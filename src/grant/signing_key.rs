//! The private key that signs an assertion.

use std::cell::Cell;
use std::time::Duration;

use jsonwebtoken::EncodingKey;

use super::Attempt;
use crate::crypto::key;
use crate::error::Error;
use crate::secret::Secret;
use crate::sys::Terminal;

pub(super) struct SigningKey {
    pub(super) signing: EncodingKey,
    pub(super) place: String,
}

impl SigningKey {
    pub(super) fn load(attempt: &Attempt, index: usize) -> Result<Self, Error> {
        let profile = attempt.profile;
        let file = profile.source_file("private_key", index);
        let place = file.map_or_else(|| profile.place.to_string(), |path| path.display().to_string());
        let bytes = profile.secret_bytes("private_key", index, attempt.remaining())?;
        // What the user types, or that there is no terminal, concerns this caller alone.
        let is_personal = Cell::new(false);
        let passphrase = || match profile.optional_secret("passphrase", attempt.remaining())? {
            None => {
                is_personal.set(true);
                if attempt.awaited { ask_passphrase(&place, attempt.remaining()) } else { Ok(None) }
            }
            given => Ok(given),
        };
        let signing = key::signing_key(&bytes, &place, &passphrase);
        let signing = signing.map_err(|error| if is_personal.get() { error.personal() } else { error })?;
        Ok(Self { signing, place })
    }
}

/// Asks the user for the passphrase. `None`: there is no terminal, or the answer is empty.
fn ask_passphrase(place: &str, wait: Duration) -> Result<Option<Secret>, Error> {
    let Some(terminal) = Terminal::open() else { return Ok(None) };
    let secret = terminal.ask_hidden(&format!("jwt-credential: passphrase of {place}: "), Some(wait))?;
    Ok(secret.filter(|secret| !secret.reveal().is_empty()))
}
