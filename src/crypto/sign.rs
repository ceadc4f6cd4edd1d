//! Signs JWTs. `jsonwebtoken` writes them; ring, which rustls links anyway, makes the signatures.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, KeyUtils};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::signature::{self, Signer};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
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
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), claims, key).map(Secret::new).map_err(|_| {
        let why = why_rejected(key.as_bytes());
        Error::new(Kind::Setup, format!("the private key in {place} cannot sign: {why}"))
            .hint("it must be an RSA key of 2048 to 4096 bits; openssl pkey -noout -text -in KEY shows what it is")
    })
}

/// Verifies a JWT in RS256 with an RSA public key (RFC 8017, appendix A.1.1).
pub fn is_signed_by(jwt: &str, public_key: &[u8]) -> bool {
    let Some((message, signature)) = jwt.rsplit_once('.') else { return false };
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key);
    URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| key.verify(message.as_bytes(), &signature).is_ok())
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| match algorithm {
        Algorithm::RS256 => match RsaKeyPair::from_der(key.as_bytes()) {
            Ok(pair) => Ok(Box::new(Rs256(pair))),
            Err(error) => Err(ErrorKind::InvalidRsaKey(error.to_string()).into()),
        },
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    },
    verifier_factory: |_, _| Err(ErrorKind::UnsupportedAlgorithm.into()),
    key_utils: KeyUtils::new_unimplemented(),
};

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

struct Rs256(RsaKeyPair);

impl Signer<Vec<u8>> for Rs256 {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        let signed = self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature);
        signed.map(|()| signature).map_err(|_| signature::Error::new())
    }
}

impl JwtSigner for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}
