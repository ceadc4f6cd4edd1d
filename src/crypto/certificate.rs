//! The certificate of a private key: when it expires, and whether the two belong together. A token server may give the
//! same error for either.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs8::der::asn1::{AnyRef, GeneralizedTime, UtcTime};
use pkcs8::der::{Decode as _, Encode as _, Reader as _, SliceReader, Tag, Tagged as _};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};

use crate::clock::{self, Timestamp};
use crate::crypto::key::PublicKey;
use crate::crypto::pem;

pub struct Certificate {
    /// When it expires, in milliseconds since 1970.
    ends_ms: u64,
    /// `None` if it is of a kind that signs no JWT.
    pub key: Option<PublicKey>,
    der: Vec<u8>,
}

impl Certificate {
    /// The first certificate in a PEM.
    pub fn parse(text: &str) -> Option<Self> {
        let sections = pem::sections(text.as_bytes());
        read(&sections.iter().find(|section| section.is_certificate())?.der()?)
    }

    /// The day on which it expires, in UTC.
    pub fn last_day(&self) -> String {
        clock::rfc3339(self.ends_ms).chars().take(10).collect()
    }

    /// For how long it is still valid; zero if it has expired.
    pub fn remaining(&self, now: &Timestamp) -> Duration {
        Duration::from_millis(self.ends_ms.saturating_sub(now.wall_ms))
    }

    /// Whether it certifies this key.
    pub fn belongs_to(&self, key: Option<&PublicKey>) -> bool {
        key.is_some() && key == self.key.as_ref()
    }

    /// `x5t` and `x5t#S256` (RFC 7515, sections 4.1.7 and 4.1.8): digests of the whole certificate, without padding.
    pub fn thumbprints(&self) -> [String; 2] {
        [&SHA1_FOR_LEGACY_USE_ONLY, &SHA256].map(|hash| URL_SAFE_NO_PAD.encode(digest(hash, &self.der)))
    }

    /// Whether its key verifies this JWT in RS256.
    pub fn verifies(&self, jwt: &str) -> bool {
        self.key.as_ref().is_some_and(|key| key.verifies_jwt("RS256", jwt))
    }
}

/// RFC 5280, section 4.1: the first member of the outer sequence is a sequence of version (optional), serial number,
/// signature, issuer, validity, subject and the key with its algorithm.
fn read(der: &[u8]) -> Option<Certificate> {
    let mut certificate = fields_of(AnyRef::from_der(der).ok()?)?;
    let mut fields = fields_of(certificate.decode().ok()?)?;
    let first: AnyRef = fields.decode().ok()?;
    let before_validity = if first.tag().is_context_specific() { 3 } else { 2 };
    for _ in 0..before_validity {
        fields.decode::<AnyRef>().ok()?;
    }
    let mut validity = fields_of(fields.decode().ok()?)?;
    validity.decode::<AnyRef>().ok()?;
    let end: AnyRef = validity.decode().ok()?;
    let end = match end.tag() {
        Tag::UtcTime => end.decode_as::<UtcTime>().ok()?.to_unix_duration(),
        _ => end.decode_as::<GeneralizedTime>().ok()?.to_unix_duration(),
    };
    fields.decode::<AnyRef>().ok()?;
    let key_info: AnyRef = fields.decode().ok()?;
    let key = PublicKey::from_info(&key_info.to_der().ok()?);
    Some(Certificate { ends_ms: clock::millis(end), key, der: der.to_vec() })
}

fn fields_of(sequence: AnyRef<'_>) -> Option<SliceReader<'_>> {
    SliceReader::new(sequence.value()).ok()
}
