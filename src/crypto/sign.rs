//! Signs JWTs. `jsonwebtoken` writes them; ring, which rustls links anyway, makes the signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::signature::{self, Signer};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use serde::Serialize;
use serde_json::Map;

use crate::crypto::key::rsa::Size;
use crate::crypto::key::{KeyKind, PrivateKey};
use crate::error::{Error, Kind};
use crate::secret::Secret;

/// The algorithms that ring has (RFC 7518, section 3.1, and RFC 8037, section 3.1), and the kind of their key.
const ALGORITHMS: [(&str, Algorithm, KeyKind); 9] = [
    ("RS256", Algorithm::RS256, KeyKind::Rsa),
    ("RS384", Algorithm::RS384, KeyKind::Rsa),
    ("RS512", Algorithm::RS512, KeyKind::Rsa),
    ("PS256", Algorithm::PS256, KeyKind::Rsa),
    ("PS384", Algorithm::PS384, KeyKind::Rsa),
    ("PS512", Algorithm::PS512, KeyKind::Rsa),
    ("ES256", Algorithm::ES256, KeyKind::P256),
    ("ES384", Algorithm::ES384, KeyKind::P384),
    ("EdDSA", Algorithm::EdDSA, KeyKind::Ed25519),
];

/// The known name of an algorithm, or what is wrong with it.
pub fn algorithm_name(text: &str) -> Result<String, String> {
    let names = ALGORITHMS.map(|(name, ..)| name);
    match names.into_iter().find(|name| name.eq_ignore_ascii_case(text)) {
        Some(name) => Ok(name.into()),
        None => Err(format!("is none of {}", names.join(", "))),
    }
}

/// The usual algorithm of a kind of key.
pub fn usual_algorithm(kind: KeyKind) -> &'static str {
    ALGORITHMS.iter().find(|(.., needed)| *needed == kind).map_or("RS256", |(name, ..)| name)
}

/// The header of a JWT beside `alg`.
#[derive(Default)]
pub struct JwtHeader {
    pub key_id: Option<String>,
    /// `None`: no `typ` at all.
    pub typ: Option<String>,
    /// `x5t` and `x5t#S256` (RFC 7515, sections 4.1.7 and 4.1.8).
    pub thumbprints: [Option<String>; 2],
}

/// A JWT over these claims. An empty `algorithm` means the usual one of the key. `place` names the key in errors.
pub fn jwt(
    algorithm: &str,
    header: JwtHeader,
    claims: &impl Serialize,
    key: &PrivateKey,
    place: &str,
) -> Result<Secret, Error> {
    // Only the first call of a process installs it.
    let _ = RING.install_default();
    let (_, algorithm) = chosen(algorithm, key.kind, place)?;
    jsonwebtoken::encode(&written(header, algorithm), claims, &key.encoded)
        .map(Secret::new)
        .map_err(|_| cannot_sign(key, place))
}

/// Signs a message in an algorithm.
pub type Sign<'a> = dyn Fn(&str, &[u8]) -> Result<Vec<u8>, Error> + 'a;

/// The same with a signature that is made elsewhere.
pub fn jwt_signed_by(
    algorithm: &str,
    header: JwtHeader,
    claims: &impl Serialize,
    kind: KeyKind,
    place: &str,
    sign: &Sign,
) -> Result<Secret, Error> {
    let (name, algorithm) = chosen(algorithm, kind, place)?;
    let failed = |error: serde_json::Error| Error::new(Kind::Setup, format!("cannot write the JWT: {error}"));
    let header = serde_json::to_vec(&written(header, algorithm)).map_err(failed)?;
    let claims = serde_json::to_vec(claims).map_err(failed)?;
    let message = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".");
    let signature = URL_SAFE_NO_PAD.encode(sign(name, message.as_bytes())?);
    Ok(Secret::new(format!("{message}.{signature}")))
}

/// The algorithm, if keys of this kind can do it. An empty one means the usual one of the kind.
fn chosen(algorithm: &str, kind: KeyKind, place: &str) -> Result<(&'static str, Algorithm), Error> {
    let algorithm = if algorithm.is_empty() { usual_algorithm(kind) } else { algorithm };
    let known = ALGORITHMS.iter().find(|(name, ..)| *name == algorithm);
    let Some((name, algorithm, needed)) = known else {
        return Err(Error::new(Kind::Setup, format!("the algorithm {algorithm} is not known")));
    };
    if *needed != kind {
        let text = format!("{name} needs {}, and the private key in {place} is {}", needed.about(), kind.about());
        let hint = format!("use the key that is registered for {name}, or the algorithm of this key");
        return Err(Error::new(Kind::Setup, text).hint(hint));
    }
    Ok((name, *algorithm))
}

fn written(header: JwtHeader, algorithm: Algorithm) -> Header {
    let [x5t, x5t_s256] = header.thumbprints;
    Header { kid: header.key_id, typ: header.typ, x5t, x5t_s256, ..Header::new(algorithm) }
}

/// A JWT in RS256 over these claims.
pub fn rs256(claims: &impl Serialize, key: &PrivateKey, place: &str) -> Result<Secret, Error> {
    jwt("RS256", JwtHeader { typ: Some("JWT".into()), ..JwtHeader::default() }, claims, key, place)
}

/// Rejects a key that cannot sign with this algorithm.
pub fn check(algorithm: &str, key: &PrivateKey, place: &str) -> Result<(), Error> {
    jwt(algorithm, JwtHeader::default(), &Map::new(), key, place).map(|_| ())
}

fn cannot_sign(key: &PrivateKey, place: &str) -> Error {
    if key.kind != KeyKind::Rsa {
        let text = format!("the private key in {place} cannot sign: its two halves do not belong together");
        return Error::new(Kind::Setup, text).hint("copy the whole key again from where it was made");
    }
    let why = why_rejected(key.encoded.as_bytes());
    Error::new(Kind::Setup, format!("the private key in {place} cannot sign: {why}"))
        .hint("it must be an RSA key of 2048 to 4096 bits; openssl pkey -noout -text -in KEY shows what it is")
}

static RING: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match signing_pair(*algorithm, key) {
        Some(pair) => Ok(Box::new(RingSigner { algorithm: *algorithm, pair })),
        None => Err(JwtError::from(ErrorKind::InvalidKeyFormat)),
    },
    verifier_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    key_utils: KeyUtils::new_unimplemented(),
};

fn signing_pair(algorithm: Algorithm, key: &EncodingKey) -> Option<SigningPair> {
    let rsa = |padding| Some(SigningPair::Rsa(RsaKeyPair::from_der(key.as_bytes()).ok()?, padding));
    // The fixed form is the two numbers of a signature, as RFC 7518 (section 3.4) has it, and not DER.
    let ec = |algorithm, kind: KeyKind| {
        let (private, public) = key.as_bytes().split_at_checked(kind.scalar_length())?;
        let pair = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, public, &SystemRandom::new());
        Some(SigningPair::Ec(pair.ok()?))
    };
    match algorithm {
        Algorithm::RS256 => rsa(&RSA_PKCS1_SHA256),
        Algorithm::RS384 => rsa(&RSA_PKCS1_SHA384),
        Algorithm::RS512 => rsa(&RSA_PKCS1_SHA512),
        Algorithm::PS256 => rsa(&RSA_PSS_SHA256),
        Algorithm::PS384 => rsa(&RSA_PSS_SHA384),
        Algorithm::PS512 => rsa(&RSA_PSS_SHA512),
        Algorithm::ES256 => ec(&ECDSA_P256_SHA256_FIXED_SIGNING, KeyKind::P256),
        Algorithm::ES384 => ec(&ECDSA_P384_SHA384_FIXED_SIGNING, KeyKind::P384),
        Algorithm::EdDSA => Ed25519KeyPair::from_seed_unchecked(key.as_bytes()).ok().map(SigningPair::Ed25519),
        _ => None,
    }
}

/// Why ring rejects a key in PKCS#1: it gives the reason only as text.
fn why_rejected(der: &[u8]) -> &'static str {
    match Size::of(der) {
        Some(Size { modulus_bits: ..2048, .. } | Size { exponent: Some(..65_537), .. }) => {
            "it is shorter than 2048 bits, or its exponent is smaller than 65537"
        }
        Some(Size { modulus_bits: 4097.., .. }) => "it is longer than 4096 bits",
        _ => "it is no valid RSA key of 2048, 3072 or 4096 bits",
    }
}

struct RingSigner {
    algorithm: Algorithm,
    pair: SigningPair,
}

enum SigningPair {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    Ec(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let failed = |_| signature::Error::new();
        match &self.pair {
            SigningPair::Rsa(pair, padding) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                let signed = pair.sign(*padding, &SystemRandom::new(), message, &mut signature);
                signed.map(|()| signature).map_err(failed)
            }
            SigningPair::Ec(pair) => {
                pair.sign(&SystemRandom::new(), message).map(|signature| signature.as_ref().to_vec()).map_err(failed)
            }
            SigningPair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
        }
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

#[cfg(test)]
mod tests;
