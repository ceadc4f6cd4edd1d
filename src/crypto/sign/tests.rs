use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED, ECDSA_P384_SHA384_FIXED_SIGNING,
    ED25519, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::json;

use super::*;
use crate::crypto::key;

fn key(bytes: &[u8]) -> Result<PrivateKey, Error> {
    key::signing_key(bytes, "KEY", &|| Ok(None))
}

fn is_verified(jwt: &str, key: &PrivateKey, algorithm: &'static dyn VerificationAlgorithm) -> bool {
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let public = UnparsedPublicKey::new(algorithm, key.public_key().unwrap().bits);
    public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).is_ok()
}

#[test]
fn each_kind_of_key_has_its_usual_algorithm() {
    let random = SystemRandom::new();
    let p256 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let p384 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).unwrap();
    let ed25519 = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
    let rows: [(&[u8], &str, &'static dyn VerificationAlgorithm); 3] = [
        (p256.as_ref(), "ES256", &ECDSA_P256_SHA256_FIXED),
        (p384.as_ref(), "ES384", &ECDSA_P384_SHA384_FIXED),
        (ed25519.as_ref(), "EdDSA", &ED25519),
    ];
    for (der, name, verification) in rows {
        let key = key(der).unwrap();
        assert_eq!(usual_algorithm(key.kind), name);
        let jwt = jwt("", JwtHeader::default(), &json!({"a": 1}), &key, "KEY").unwrap();
        assert!(is_verified(jwt.reveal(), &key, verification), "{name}");
        let refused = rs256(&json!({}), &key, "KEY").unwrap_err();
        assert!(refused.text.contains("RS256 needs an RSA key, and"), "{}", refused.text);
    }
}

#[test]
fn the_header_has_what_the_issuer_wants() {
    let rsa = key(include_bytes!("../../mock/private.key")).unwrap();
    let header = JwtHeader {
        key_id: Some("k1".into()),
        typ: Some("client-authentication+jwt".into()),
        thumbprints: [None, Some("digest".into())],
    };
    let jwt = jwt("PS256", header, &json!({}), &rsa, "KEY").unwrap();
    assert!(is_verified(jwt.reveal(), &rsa, &RSA_PSS_2048_8192_SHA256));
    let header = URL_SAFE_NO_PAD.decode(jwt.reveal().split('.').next().unwrap()).unwrap();
    let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
    let expected = json!({"alg": "PS256", "kid": "k1", "typ": "client-authentication+jwt", "x5t#S256": "digest"});
    assert_eq!(header, expected);
}

#[test]
fn an_algorithm_is_one_that_can_be_signed_with() {
    assert_eq!(algorithm_name("es256"), Ok("ES256".into()));
    for other in ["HS256", "ES512", "none", ""] {
        assert!(algorithm_name(other).unwrap_err().contains("PS512"), "{other}");
    }
}

/// RFC 7517, appendix A.2, has this key; RFC 8037, appendix A.1, the second.
#[test]
fn a_jwk_is_a_key_and_has_an_id() {
    let ec = json!({"kty": "EC", "crv": "P-256", "kid": "1", "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM", "d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"});
    let okp = json!({"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    let set = json!({"keys": [{"kty": "RSA", "n": "AQAB", "e": "AQAB"}, ec]});
    for (jwk, kind, id) in
        [(&ec, KeyKind::P256, Some("1")), (&okp, KeyKind::Ed25519, None), (&set, KeyKind::P256, Some("1"))]
    {
        let key = key(jwk.to_string().as_bytes()).unwrap();
        assert_eq!((key.kind, key.id.as_deref()), (kind, id));
        check("", &key, "KEY").unwrap();
    }
    let mut public = ec.clone();
    public.as_object_mut().unwrap().remove("d");
    let two = json!({"keys": [ec, okp]});
    for (jwk, words) in [(&public, "public key"), (&two, "two keys"), (&json!({"a": 1}), "not a JWK")] {
        let refused = key(jwk.to_string().as_bytes()).err().unwrap();
        assert!(refused.text.contains(words), "{}", refused.text);
    }
    let mut wrong = okp.clone();
    wrong["x"] = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4".into();
    assert!(key(wrong.to_string().as_bytes()).is_err(), "its halves do not belong together");
}
