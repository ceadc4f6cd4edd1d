//! The private key that signs an assertion.

use std::cell::Cell;

use serde::Serialize;

use super::attempt::Attempt;
use super::rotation::Rotation;
use super::signer::ExternalSigner;
use crate::crypto::key::{self, PrivateKey, PublicKey};
use crate::crypto::sign::{self, JwtHeader};
use crate::error::{Error, SharedBy};
use crate::profile::Profile;
use crate::profile::schema::PRIVATE_KEY;
use crate::secret::Secret;
use crate::sys::Terminal;

const PASSPHRASE: &str = "passphrase";

pub(super) struct SigningKey {
    signer: Signer,
    pub(super) place: String,
}

enum Signer {
    Key(PrivateKey),
    External(ExternalSigner),
}

impl SigningKey {
    /// Whether this call could ask for a passphrase.
    pub(super) fn asks(profile: &Profile) -> bool {
        profile.count(PRIVATE_KEY) > 0 && profile.count(PASSPHRASE) == 0 && Terminal::open().is_some()
    }

    /// Whether the profile has something that signs.
    pub(super) fn is_in(profile: &Profile) -> bool {
        profile.count(PRIVATE_KEY) > 0 || ExternalSigner::is_in(profile)
    }

    pub(super) fn load(attempt: &Attempt, index: usize) -> Result<Self, Error> {
        let profile = attempt.profile;
        if ExternalSigner::is_in(profile) {
            if profile.count(PRIVATE_KEY) > 0 {
                return Err(profile.wrong("has a \"private_key\" and a \"signer\": it takes one of them"));
            }
            let signer = Signer::External(ExternalSigner::load(profile)?);
            return Ok(Self { signer, place: format!("the signer of {}", profile.place) });
        }
        let file = profile.source_file(PRIVATE_KEY, index);
        let place = file.map_or_else(|| profile.place.to_string(), |path| path.display().to_string());
        let bytes = profile.secret_bytes(PRIVATE_KEY, index, attempt.remaining())?;
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
        Ok(Self { signer: Signer::Key(signing), place })
    }

    /// Its public half; `None` if the key is invalid.
    pub(super) fn public_key(&self) -> Option<PublicKey> {
        match &self.signer {
            Signer::Key(key) => key.public_key(),
            Signer::External(signer) => Some(signer.public.clone()),
        }
    }

    /// The `kid` that the key itself has.
    pub(super) fn id(&self) -> Option<String> {
        match &self.signer {
            Signer::Key(key) => key.id.clone(),
            Signer::External(_) => None,
        }
    }

    /// A JWT over these claims. An empty `algorithm` means the usual one of the key.
    pub(super) fn sign(
        &self,
        attempt: &Attempt,
        algorithm: &str,
        header: JwtHeader,
        claims: &impl Serialize,
    ) -> Result<Secret, Error> {
        match &self.signer {
            Signer::Key(key) => sign::jwt(algorithm, header, claims, key, &self.place),
            Signer::External(signer) => {
                let sign = |algorithm: &str, message: &[u8]| signer.sign(attempt, algorithm, message);
                sign::jwt_signed_by(algorithm, header, claims, signer.public.kind, &self.place, &sign)
            }
        }
    }
}

/// Takes the next key, if this one was rejected and signs here.
pub(super) fn replace(key: Option<&mut Rotation<SigningKey>>, rejected: Option<&str>) -> Result<bool, Error> {
    key.map_or(Ok(false), |key| key.replace(rejected))
}

/// All values of the profile's key.
pub(super) fn all<'a>(attempt: &'a Attempt<'a>) -> Result<Rotation<'a, SigningKey>, Error> {
    Rotation::new(attempt, PRIVATE_KEY, Box::new(|index| SigningKey::load(attempt, index)))
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
