//! A private key, in the forms of files, variables and questions.

use jwt_credential::crypto::key::{self, KeyKind, PublicKey};
use jwt_credential::crypto::{pem, sign};
use jwt_credential::secret::Secret;
use ring::signature::{KeyPair as _, RsaKeyPair};
use serde_json::json;

use crate::target::{key_pair, texts};
use crate::text::is_harmless;

/// An encrypted PKCS#8 key, written by hand: PBES2, PBKDF2 with one iteration and HMAC-SHA-256, AES-256-CBC, and one
/// block that no passphrase decrypts.
const ENCRYPTED: &str = "306b305506092a864886f70d01050d3048302706092a864886f70d01050c301a0408000102030405060702\
    0101020120300a06082a864886f70d0209301d060960864801650304012a0410000102030405060708090a0b0c0d0e0f\
    041200000000000000000000000000000000";

pub fn seeds() -> Vec<Vec<u8>> {
    let keys = key_pair();
    let ders = keys.iter().flat_map(|key| pem::sections(key)).filter_map(|section| Some(section.der()?.to_vec()));
    let encrypted: Vec<u8> = (0..ENCRYPTED.len() / 2)
        .filter_map(|at| u8::from_str_radix(ENCRYPTED.get(2 * at..2 * at + 2)?, 16).ok())
        .collect();
    let lines = |key: &Vec<u8>| serde_json::to_vec(&String::from_utf8_lossy(key).lines().collect::<Vec<_>>());
    let as_json: Vec<_> = keys.iter().filter_map(|key| lines(key).ok()).collect();
    let words =
        texts(&["private.key", "s8e-a", "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", "\"\"", "[]"]);
    let all = ders.collect::<Vec<_>>().into_iter().chain([encrypted]).chain(as_json).chain(words);
    all.chain(keys).collect()
}

/// A PEM section is written so that it can be read again. An accepted key makes signatures that its public key
/// verifies, or the error says why it cannot sign. An error quotes nothing of the input.
pub fn run(bytes: &[u8]) {
    let sections = pem::sections(bytes);
    for section in &sections {
        let is_plain = section.label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
        let Some(der) = section.der().filter(|_| is_plain) else { continue };
        let again = pem::sections(section.to_pem().as_bytes());
        assert_eq!(again.len(), 1, "{}", section.label);
        assert_eq!(again[0].label, section.label);
        assert!(again[0].der().is_some_and(|same| same == der));
    }
    let passphrase = || Ok(Some(Secret::new("passphrase".into())));
    let key = match key::signing_key(bytes, "a place", &passphrase) {
        Ok(key) => key,
        Err(error) => {
            let lines = error.lines();
            assert!(lines.lines().all(is_harmless) && lines.len() < 1_000);
            return;
        }
    };
    let Ok(jwt) = sign::rs256(&json!({"sub": "somebody"}), &key, "a place") else { return };
    let ders = sections.iter().filter_map(pem::Section::der);
    let pairs = ders.filter_map(|der| RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der)).ok());
    let public = |pair: RsaKeyPair| PublicKey { kind: KeyKind::Rsa, bits: pair.public_key().as_ref().to_vec() };
    let verified = pairs.into_iter().any(|pair| public(pair).verifies_jwt("RS256", jwt.reveal()));
    assert!(verified, "signed with another key than the given one");
}
