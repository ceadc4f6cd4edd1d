//! The private key of a profile, its certificate, and when the credential expires.

use std::cell::Cell;
use std::time::Duration;

use super::finding::{Finding, fail, ok, skipped, warn};
use super::profiles::first_hint;
use crate::call::Call;
use crate::command::expiry::{Expiry, when_expired};
use crate::crypto::certificate::Certificate;
use crate::crypto::key::{self, PrivateKey};
use crate::profile::Profile;
use crate::profile::schema::PRIVATE_KEY;

const PASSPHRASE: &str = "passphrase";
/// What expires sooner is a warning.
const SOON: Duration = Duration::from_secs(30 * 24 * 60 * 60);
const RENEW: &str = "renew the credential at the provider, and put the new one into the profile";
const NEW_KEY: &str = "create a new key and certificate with jwt-credential init";

pub(super) fn check(profile: &Profile, call: &Call) -> Vec<Finding> {
    let mut findings = Vec::new();
    if profile.schema.takes_key() {
        let mut keys = Vec::new();
        for index in 0..profile.count(PRIVATE_KEY) {
            match read(profile, index, call) {
                Ok(key) => keys.extend(key),
                // A key that cannot be obtained is a finding of the secrets.
                Err(None) => {}
                Err(Some(finding)) => findings.push(finding),
            }
        }
        findings.extend(keys.iter().map(|(place, _)| ok("key.read", profile.place.name(), place.as_str())));
        findings.extend(certificate(profile, &keys));
    }
    findings.extend(credential(profile));
    findings
}

/// A key and the place that it was read from.
type Key = (String, PrivateKey);

/// `Err(None)`: the secret itself could not be obtained.
fn read(profile: &Profile, index: usize, call: &Call) -> Result<Option<Key>, Option<Finding>> {
    if profile.is_made_on_request(PRIVATE_KEY, index) {
        return Err(None);
    }
    let wait = call.deadline.remaining();
    let name = profile.place.name();
    let bytes = profile.secret_bytes(PRIVATE_KEY, index, wait).map_err(|_| None)?;
    let file = profile.source_file(PRIVATE_KEY, index);
    let place = file.map_or_else(|| profile.place.to_string(), |path| path.display().to_string());
    let is_unknown = Cell::new(false);
    let passphrase = || {
        if profile.count(PASSPHRASE) == 0 || profile.is_made_on_request(PASSPHRASE, 0) {
            is_unknown.set(true);
            return Ok(None);
        }
        profile.secret_at(PASSPHRASE, 0, wait).map(Some)
    };
    match key::signing_key(&bytes, &place, &passphrase) {
        Ok(key) => Ok(Some((place, key))),
        Err(_) if is_unknown.get() => {
            let why = "is encrypted, and its passphrase is typed or printed by a command";
            Err(Some(skipped("key.read", name, format!("{place} {why}"))))
        }
        Err(error) => {
            let fix = first_hint(&error, &format!("correct {PRIVATE_KEY} in {}", profile.place));
            Err(Some(fail("key.read", name, error.text, fix)))
        }
    }
}

fn certificate(profile: &Profile, keys: &[Key]) -> Vec<Finding> {
    let name = profile.place.name();
    let pem = match profile.text("certificate") {
        Ok(None) => return vec![skipped("key.certificate", name, "the profile names no certificate")],
        Ok(Some(pem)) => pem,
        Err(error) => {
            let fix = first_hint(&error, &format!("correct certificate in {}", profile.place));
            return vec![fail("certificate.read", name, error.text, fix)];
        }
    };
    let file = profile.source_file("certificate", 0);
    let file = file.map_or_else(|| "the certificate".to_owned(), |path| path.display().to_string());
    let Some(certificate) = Certificate::parse(&pem) else {
        let what = format!("{file} holds no certificate in PEM");
        return vec![fail("certificate.read", name, what, "name the certificate's file as \"certificate\"")];
    };
    let mut findings = Vec::new();
    if !keys.is_empty() {
        let owner = keys.iter().find(|(_, key)| certificate.belongs_to(key.public_key().as_ref()));
        findings.push(match owner {
            Some((place, _)) => ok("key.certificate", name, format!("{file} belongs to {place}")),
            None => fail(
                "key.certificate",
                name,
                format!("{file} does not belong to {}", keys[0].0),
                "name the key and the certificate of the same pair in the profile",
            ),
        });
    }
    findings.push(expiry("certificate.expiry", name, &file, &Expiry::of(&certificate), NEW_KEY));
    findings
}

/// The last day that the provider's console told.
fn credential(profile: &Profile) -> Option<Finding> {
    let end = Expiry::of_credential(profile).ok().flatten()?;
    Some(expiry("credential.expiry", profile.place.name(), "the credential", &end, RENEW))
}

fn expiry(id: &'static str, about: &str, what: &str, end: &Expiry, fix: &str) -> Finding {
    let what = format!("{what} {}", when_expired(&end.day, end.left));
    match end.left.as_secs() {
        0 => fail(id, about, what, fix),
        _ if end.left < SOON => warn(id, about, what, fix),
        _ => ok(id, about, what),
    }
}
