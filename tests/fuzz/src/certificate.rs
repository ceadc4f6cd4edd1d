//! A certificate beside a key. The input is its DER; the target `key` tests the PEM around it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jwt_credential::clock::Timestamp;
use jwt_credential::crypto::certificate::Certificate;
use jwt_credential::crypto::pem;

use crate::target::key_pair;

pub fn seeds() -> Vec<Vec<u8>> {
    let files = key_pair();
    let sections = files.iter().flat_map(|file| pem::sections(file));
    sections.filter_map(|section| Some(section.der()?.to_vec())).collect()
}

/// An accepted certificate has an expiry date, and verifies no invalid signature.
pub fn run(bytes: &[u8]) {
    let text = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(bytes));
    let Some(certificate) = Certificate::parse(&text) else { return };
    let day = certificate.last_day();
    assert!(day.len() == 10 && day.bytes().all(|b| b.is_ascii_digit() || b == b'-'), "{day}");
    let at = |wall_ms| Timestamp { wall_ms, boot_ms: 0, boot_id: String::new() };
    assert!(certificate.remaining(&at(u64::MAX)).is_zero());
    assert!(certificate.remaining(&at(0)) >= certificate.remaining(&at(1)));
    for jwt in ["", "a.b.c", "e30.e30.AAAA"] {
        assert!(!certificate.verifies(jwt));
    }
}
