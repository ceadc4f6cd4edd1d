//! A public key, which verifies signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use pkcs8::SubjectPublicKeyInfoRef;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512,
    UnparsedPublicKey, VerificationAlgorithm,
};

use super::kind::{EC_PUBLIC_KEY, ED25519 as ED25519_ID, KeyKind, RSA_ENCRYPTION};
use super::rsa;
use crate::crypto::pem;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    pub kind: KeyKind,
    /// The BIT STRING of its `SubjectPublicKeyInfo`. For RSA in the form of RFC 8017, appendix A.1.1.
    pub bits: Vec<u8>,
}

impl PublicKey {
    /// The public key in a PEM.
    pub fn parse(text: &str) -> Option<Self> {
        let sections = pem::sections(text.as_bytes());
        Self::from_info(&sections.iter().find(|section| section.label == "PUBLIC KEY")?.der()?)
    }

    /// A `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    pub(in crate::crypto) fn from_info(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
        let kind = match info.algorithm.oid {
            RSA_ENCRYPTION => KeyKind::Rsa,
            EC_PUBLIC_KEY => KeyKind::of_curve(info.algorithm.parameters_oid().ok()?).ok()?,
            ED25519_ID => KeyKind::Ed25519,
            _ => return None,
        };
        Some(Self { kind, bits: info.subject_public_key.as_bytes()?.to_vec() })
    }

    /// An RSA key of these numbers, which are unsigned and big-endian.
    pub(in crate::crypto) fn from_rsa_numbers(modulus: &[u8], exponent: &[u8]) -> Self {
        let numbers = [modulus, exponent].map(rsa::integer);
        let numbers = [numbers[0].as_slice(), &numbers[1]].concat();
        Self { kind: KeyKind::Rsa, bits: rsa::tlv(0x30, &numbers).to_vec() }
    }

    /// Whether it verifies a signature in the form of RFC 7518, section 3.
    pub fn verifies(&self, algorithm: &str, message: &[u8], signature: &[u8]) -> bool {
        let known: (KeyKind, &'static dyn VerificationAlgorithm) = match algorithm {
            "RS256" => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA256),
            "RS384" => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA384),
            "RS512" => (KeyKind::Rsa, &RSA_PKCS1_2048_8192_SHA512),
            "PS256" => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA256),
            "PS384" => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA384),
            "PS512" => (KeyKind::Rsa, &RSA_PSS_2048_8192_SHA512),
            "ES256" => (KeyKind::P256, &ECDSA_P256_SHA256_FIXED),
            "ES384" => (KeyKind::P384, &ECDSA_P384_SHA384_FIXED),
            "EdDSA" => (KeyKind::Ed25519, &ED25519),
            _ => return false,
        };
        let (kind, algorithm) = known;
        kind == self.kind && UnparsedPublicKey::new(algorithm, &self.bits).verify(message, signature).is_ok()
    }

    /// Whether it verifies a JWT in this algorithm.
    pub fn verifies_jwt(&self, algorithm: &str, jwt: &str) -> bool {
        let Some((message, signature)) = jwt.rsplit_once('.') else { return false };
        let signature = URL_SAFE_NO_PAD.decode(signature);
        signature.is_ok_and(|signature| self.verifies(algorithm, message.as_bytes(), &signature))
    }

    /// The `SubjectPublicKeyInfo` (RFC 5280, section 4.1) of an RSA key, whose digest some issuers call its fingerprint.
    pub fn rsa_info(&self) -> Option<Vec<u8>> {
        /// SEQUENCE { OID rsaEncryption, NULL }
        const ALGORITHM: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
        if self.kind != KeyKind::Rsa {
            return None;
        }
        // A BIT STRING begins with the number of its unused bits.
        let bits = rsa::tlv(3, &[&[0], self.bits.as_slice()].concat());
        Some(rsa::tlv(0x30, &[ALGORITHM, &bits].concat()).to_vec())
    }
}
