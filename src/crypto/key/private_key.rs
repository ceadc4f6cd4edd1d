//! A private key of one of the kinds that JWTs are signed with, from its DER.

use jsonwebtoken::EncodingKey;
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use ring::signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use zeroize::Zeroizing;

use super::complaint::{self, Complaint};
use super::rsa;

/// RFC 8017, appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480, section 2.1.1.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// RFC 8410, section 3.
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

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

    fn of_curve(curve: ObjectIdentifier) -> Result<Self, Complaint> {
        match curve {
            P256 => Ok(KeyKind::P256),
            P384 => Ok(KeyKind::P384),
            _ => Err(complaint::OTHER_CURVE),
        }
    }
}

/// A private key for signing.
pub struct PrivateKey {
    pub kind: KeyKind,
    /// RSA: PKCS#1. EC: the private scalar, and then the public point. Ed25519: the seed.
    pub(crate) encoded: EncodingKey,
    /// The `kid` of a JWK.
    pub id: Option<String>,
}

impl PrivateKey {
    /// PKCS#1 (RFC 8017, appendix A.1.2). The key's length is checked when it signs.
    pub(super) fn from_pkcs1(der: &[u8]) -> Result<Self, Complaint> {
        rsa::Size::of(der).ok_or(complaint::BROKEN)?;
        Ok(Self { kind: KeyKind::Rsa, encoded: EncodingKey::from_rsa_der(der), id: None })
    }

    /// PKCS#8 (RFC 5958).
    pub(super) fn from_pkcs8(info: &PrivateKeyInfoRef) -> Result<Self, Complaint> {
        let inner = info.private_key.as_bytes();
        match info.algorithm.oid {
            RSA_ENCRYPTION => Self::from_pkcs1(inner),
            EC_PUBLIC_KEY => Self::from_sec1(inner, info.algorithm.parameters_oid().ok()),
            ED25519 => {
                let seed = <&OctetStringRef>::from_der(inner).map_err(|_| complaint::BROKEN)?;
                Self::from_seed(seed.as_bytes(), info.public_key.as_ref().and_then(BitStringRef::as_bytes))
            }
            _ => Err(complaint::OTHER_ALGORITHM),
        }
    }

    /// An EC key (RFC 5915, section 3). PKCS#8 has the curve outside of it.
    pub(super) fn from_sec1(der: &[u8], curve: Option<ObjectIdentifier>) -> Result<Self, Complaint> {
        let (private, own_curve, public) = sec1(der).map_err(|_| complaint::BROKEN)?;
        let kind = KeyKind::of_curve(curve.or(own_curve).ok_or(complaint::BROKEN)?)?;
        Self::from_scalar(kind, private, public.ok_or(complaint::NO_PUBLIC_HALF)?)
    }

    /// An EC key: ring wants the public point (uncompressed) as well.
    pub(super) fn from_scalar(kind: KeyKind, private: &[u8], public: &[u8]) -> Result<Self, Complaint> {
        let length = kind.scalar_length();
        // Some writers drop the leading zeros.
        let missing = length.checked_sub(private.len()).ok_or(complaint::BROKEN)?;
        if public.len() != 1 + 2 * length || public[0] != 4 {
            return Err(complaint::NO_PUBLIC_HALF);
        }
        let mut both = Zeroizing::new(Vec::with_capacity(length + public.len()));
        both.resize(missing, 0);
        both.extend_from_slice(private);
        both.extend_from_slice(public);
        Ok(Self { kind, encoded: EncodingKey::from_ec_der(&both), id: None })
    }

    /// An Ed25519 key. OpenSSL writes no public half; one that is there must be right.
    pub(super) fn from_seed(seed: &[u8], public: Option<&[u8]>) -> Result<Self, Complaint> {
        let pair = match public {
            Some(public) => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            None => Ed25519KeyPair::from_seed_unchecked(seed),
        };
        pair.map_err(|_| complaint::BROKEN)?;
        Ok(Self { kind: KeyKind::Ed25519, encoded: EncodingKey::from_ed_der(seed), id: None })
    }

    /// The public key as the BIT STRING of a certificate or a `SubjectPublicKeyInfo` has it; `None` if the key is invalid.
    pub fn public_key(&self) -> Option<Vec<u8>> {
        let bytes = self.encoded.as_bytes();
        match self.kind {
            KeyKind::Rsa => Some(RsaKeyPair::from_der(bytes).ok()?.public().as_ref().to_vec()),
            KeyKind::Ed25519 => Some(Ed25519KeyPair::from_seed_unchecked(bytes).ok()?.public_key().as_ref().to_vec()),
            _ => bytes.get(self.kind.scalar_length()..).map(<[u8]>::to_vec),
        }
    }

    /// The `SubjectPublicKeyInfo` (RFC 5280, section 4.1) of an RSA key, whose digest some issuers call its fingerprint.
    pub fn rsa_public_key_info(&self) -> Option<Vec<u8>> {
        /// SEQUENCE { OID rsaEncryption, NULL }
        const ALGORITHM: &[u8] = &[0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 1, 1, 5, 0];
        if self.kind != KeyKind::Rsa {
            return None;
        }
        // A BIT STRING begins with the number of its unused bits.
        let bits = rsa::tlv(3, &[&[0], self.public_key()?.as_slice()].concat());
        Some(rsa::tlv(0x30, &[ALGORITHM, &bits].concat()).to_vec())
    }
}

/// The private scalar, the curve and the public point of an `ECPrivateKey`.
type Sec1<'a> = (&'a [u8], Option<ObjectIdentifier>, Option<&'a [u8]>);

fn sec1(der: &[u8]) -> der::Result<Sec1<'_>> {
    let mut fields = SliceReader::new(AnyRef::from_der(der)?.value())?;
    fields.decode::<u8>()?;
    let private = fields.decode::<&OctetStringRef>()?.as_bytes();
    let (mut curve, mut public) = (None, None);
    while !fields.is_finished() {
        let field: AnyRef = fields.decode()?;
        match field.tag() {
            Tag::ContextSpecific { number: TagNumber(0), .. } => {
                curve = Some(ObjectIdentifier::from_der(field.value())?);
            }
            Tag::ContextSpecific { number: TagNumber(1), .. } => {
                public = BitStringRef::from_der(field.value())?.as_bytes();
            }
            _ => {}
        }
    }
    Ok((private, curve, public))
}
