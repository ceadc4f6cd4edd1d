//! Why the endpoint knows no certificate for a key. The certificate in the profile says whether the two belong together,
//! and until when.

use super::Mint;
use super::signing_key::SigningKey;
use crate::clock;
use crate::crypto::certificate::Certificate;

/// The reason, to follow the key's place.
pub(super) fn fault(mint: &Mint, key: &SigningKey) -> String {
    const UNKNOWN: &str = "pairs with no valid certificate of this integration";
    let profile = mint.profile;
    let pem = profile.text("certificate").ok().flatten();
    let certificate = pem.and_then(|pem| Certificate::parse(&pem));
    let file = profile.source_file("certificate", 0);
    let file = file.map_or_else(|| "\"certificate\"".into(), |path| path.display().to_string());
    match certificate.map(|certificate| (certificate.belongs_to(&key.signing), certificate)) {
        Some((true, certificate)) if certificate.remaining(&clock::now()).is_zero() => {
            format!("{UNKNOWN}; {file} expired on {}", certificate.last_day())
        }
        Some((true, certificate)) => format!(
            "belongs to {file}, which is valid until {}, but the integration does not have it: upload it, or was it \
             removed?",
            certificate.last_day()
        ),
        // With several keys, the certificate may belong to another one.
        Some((false, _)) if profile.count("private_key") == 1 => {
            format!("does not belong to {file}: one of the two is another integration's")
        }
        _ => match profile.text("certificate_ends").ok().flatten() {
            Some(day) if clock::has_ended(&day) => {
                format!("{UNKNOWN}; by the console's own file its certificate expired on {day}")
            }
            _ => format!("{UNKNOWN}: another integration's key, or its certificate has expired or was removed"),
        },
    }
}
