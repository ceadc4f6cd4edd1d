//! The kinds of keys that JWTs are signed with.

use pkcs8::ObjectIdentifier;

use super::complaint::{self, Complaint};

/// RFC 8017, appendix A.1.
pub(super) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480, section 2.1.1.
pub(super) const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 8410, section 3.
pub(super) const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl KeyKind {
    pub fn about(self) -> &'static str {
        match self {
            KeyKind::Rsa => "an RSA key",
            KeyKind::P256 => "an EC key on the curve P-256",
            KeyKind::P384 => "an EC key on the curve P-384",
            KeyKind::Ed25519 => "an Ed25519 key",
        }
    }

    /// The bytes of an EC private key. A public point has one byte, and twice as many.
    pub(crate) fn scalar_length(self) -> usize {
        if self == KeyKind::P384 { 48 } else { 32 }
    }

    pub(super) fn of_curve(curve: ObjectIdentifier) -> Result<Self, Complaint> {
        match curve {
            P256 => Ok(KeyKind::P256),
            P384 => Ok(KeyKind::P384),
            _ => Err(complaint::OTHER_CURVE),
        }
    }
}
