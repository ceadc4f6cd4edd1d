//! Signs JWTs. `jsonwebtoken` writes them; ring, which rustls links anyway, makes the signatures.

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error as JwtError, ErrorKind};
use jsonwebtoken::signature::{self, Signer, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde::Serialize;

use crate::crypto::key::rsa::Size;
use crate::error::{Error, Kind};
use crate::secret::Secret;

/// A JWT over these claims, signed with RS256 (RFC 7518, section 3.3). `place` names the key in errors.
pub fn rs256(claims: &impl Serialize, key: &EncodingKey, place: &str) -> Result<Secret, Error> {
    // Only the first call of a process installs it.
    let _ = PROVIDER.install_default();
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, key).map(Secret::new).map_err(|error| {
        let why = match error.kind() {
            ErrorKind::InvalidRsaKey(why) => why.as_str(),
            _ => "the signature failed",
        };
        Error::new(Kind::Setup, format!("the private key in {place} cannot sign: {why}"))
            .hint("it must be an RSA key of 2048 to 4096 bits; openssl pkey -noout -text -in KEY shows what it is")
    })
}

/// Verifies a JWT in RS256 with an RSA public key (RFC 8017, appendix A.1.1).
pub fn is_signed_by(jwt: &str, public_key: &[u8]) -> bool {
    let _ = PROVIDER.install_default();
    let Some((message, signature)) = jwt.rsplit_once('.') else { return false };
    let key = DecodingKey::from_rsa_der(public_key);
    jsonwebtoken::crypto::verify(signature, message.as_bytes(), &key, Algorithm::RS256).unwrap_or(false)
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::RS256 => {
            let der = key.as_bytes();
            let pair = RsaKeyPair::from_der(der)
                .map_err(|_| JwtError::from(ErrorKind::InvalidRsaKey(why_refused(der).into())))?;
            Ok(Box::new(Rs256(pair)))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    },
    verifier_factory: |algorithm, key| match (algorithm, key.kind()) {
        (Algorithm::RS256, DecodingKeyKind::SecretOrDer(der)) => Ok(Box::new(Rs256Public(der.clone()))),
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

/// Why ring rejects a key in PKCS#1.
fn why_refused(der: &[u8]) -> &'static str {
    match Size::of(der) {
        Some(Size { modulus_bits: ..2048, .. } | Size { exponent: Some(..65_537), .. }) => {
            "it is shorter than 2048 bits, or its exponent is smaller than 65537"
        }
        Some(Size { modulus_bits: 4097.., .. }) => "it is longer than 4096 bits",
        _ => "it is no valid RSA key of 2048, 3072 or 4096 bits",
    }
}

struct Rs256(RsaKeyPair);

impl Signer<Vec<u8>> for Rs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
            .map_err(|_| signature::Error::new())?;
        Ok(signature)
    }
}

impl JwtSigner for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

struct Rs256Public(Vec<u8>);

impl Verifier<Vec<u8>> for Rs256Public {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.0);
        key.verify(message, signature).map_err(|_| signature::Error::new())
    }
}

impl JwtVerifier for Rs256Public {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}
