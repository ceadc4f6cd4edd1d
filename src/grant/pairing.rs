//! Why the endpoint has no certificate for a key. The profile's certificate tells whether the two match, and when it
//! expires.

use super::Attempt;
use super::signing_key::SigningKey;
use crate::clock;
use crate::crypto::certificate::Certificate;
use crate::profile::schema::PRIVATE_KEY;

/// The key, and the reason.
pub(super) fn about(attempt: &Attempt, key: &SigningKey) -> String {
    format!("{} {}", key.place, fault(attempt, key))
}

/// The reason, which completes a sentence about the key.
fn fault(attempt: &Attempt, key: &SigningKey) -> String {
    const UNKNOWN: &str = "matches no valid certificate of this integration";
    let profile = attempt.profile;
    let pem = profile.text("certificate").ok().flatten();
    let certificate = pem.and_then(|pem| Certificate::parse(&pem));
    let file = profile.source_file("certificate", 0);
    let file = file.map_or_else(|| "\"certificate\"".into(), |path| path.display().to_string());
    match certificate.map(|certificate| (certificate.belongs_to(key.public_key().as_ref()), certificate)) {
        Some((true, certificate)) if certificate.remaining(&clock::now()).is_zero() => {
            format!("{UNKNOWN}; {file} expired on {}", certificate.last_day())
        }
        Some((true, certificate)) => format!(
            "belongs to {file}, which is valid until {}: upload that certificate, which the integration does not have",
            certificate.last_day()
        ),
        // With several keys, the certificate may belong to another one.
        Some((false, _)) if profile.count(PRIVATE_KEY) == 1 => {
            format!("does not belong to {file}: one of the two is from another integration")
        }
        _ => match profile.text("credential_expires").ok().flatten() {
            Some(day) if clock::has_ended(&day) => {
                format!("{UNKNOWN}; by \"credential_expires\", it expired on {day}")
            }
            _ => format!("{UNKNOWN}: it is from another integration, or its certificate has expired or was removed"),
        },
    }
}
