//! A private key of one of the kinds that JWTs are signed with, from its DER.

use jsonwebtoken::EncodingKey;
use pkcs8::der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use pkcs8::der::{self, Decode as _, Reader as _, SliceReader, Tag, TagNumber, Tagged as _};
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use ring::signature::{Ed25519KeyPair, KeyPair as _, RsaKeyPair};
use zeroize::Zeroizing;

use super::complaint::{self, Complaint};
use super::kind::{EC_PUBLIC_KEY, ED25519, KeyKind, RSA_ENCRYPTION};
use super::public_key::PublicKey;
use super::rsa;

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

    /// Its public half; `None` if the key is invalid.
    pub fn public_key(&self) -> Option<PublicKey> {
        let bytes = self.encoded.as_bytes();
        let bits = match self.kind {
            KeyKind::Rsa => RsaKeyPair::from_der(bytes).ok()?.public().as_ref().to_vec(),
            KeyKind::Ed25519 => Ed25519KeyPair::from_seed_unchecked(bytes).ok()?.public_key().as_ref().to_vec(),
            _ => bytes.get(self.kind.scalar_length()..)?.to_vec(),
        };
        Some(PublicKey { kind: self.kind, bits })
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
