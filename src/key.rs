//! A private key, in the forms that are read.

use jsonwebtoken::EncodingKey;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use crate::error::{Error, Kind};
use crate::secret::Secret;

/// An RSA private key that signs: PEM, PKCS#8 or PKCS#1. `place` names it in errors, which never quote it.
pub fn signing_key(text: &Secret, place: &str) -> Result<EncodingKey, Error> {
    let pem = text.reveal();
    let wrong = |what: &str| Error::new(Kind::Setup, format!("the private key in {place} {what}"));
    let der = PrivateKeyDer::from_pem_slice(pem.as_bytes()).ok();
    match der {
        Some(PrivateKeyDer::Pkcs8(der)) => Ok(EncodingKey::from_rsa_der(der.secret_pkcs8_der())),
        Some(PrivateKeyDer::Pkcs1(der)) if !pem.contains("ENCRYPTED") => Ok(EncodingKey::from_rsa_der(der.secret_pkcs1_der())),
        Some(PrivateKeyDer::Sec1(_)) => {
            Err(wrong("is an elliptic-curve key").hint("Adobe takes RS256 only: it must be the RSA key whose certificate was uploaded"))
        }
        _ if pem.contains("ENCRYPTED") => Err(wrong("is encrypted, which this version does not read")
            .hint("openssl pkcs8 -topk8 -nocrypt -in KEY -out private.key asks for the passphrase and writes it plain; then chmod 600 private.key")),
        _ if pem.contains("CERTIFICATE") => Err(wrong("is a certificate").hint("the private key is the other file that openssl req wrote: private.key")),
        _ if pem.contains("PUBLIC KEY") => Err(wrong("is a public key").hint("the private key is what signs: private.key")),
        _ if !pem.contains("-----BEGIN") && pem.len() < 200 => {
            Err(wrong("is no key").hint(r#"a string is the value itself, never a path: for a file write "private_key": {"file": "private.key"}"#))
        }
        _ if pem.contains("-----BEGIN") && pem.trim().lines().count() < 3 => Err(wrong("has lost its line breaks")
            .hint("put the file as it is in a file, or in a variable of several lines: no \\n, no single line")),
        _ => Err(wrong("is no key that can be read").hint("it begins with -----BEGIN PRIVATE KEY----- or -----BEGIN RSA PRIVATE KEY-----")),
    }
}
