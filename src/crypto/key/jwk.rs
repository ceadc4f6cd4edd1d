//! A private key as a JSON Web Key (RFC 7517), as Okta's console and others give it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;
use zeroize::Zeroizing;

use super::complaint::{self, Complaint};
use super::kind::KeyKind;
use super::private_key::PrivateKey;
use super::rsa;

/// The key of a JWK, or of a JWK set with one private key; `None` if the text is no JSON object.
pub(super) fn read(bytes: &[u8]) -> Option<Result<PrivateKey, Complaint>> {
    let text = bytes.trim_ascii();
    if !text.starts_with(b"{") {
        return None;
    }
    Some(serde_json::from_slice(text).map_err(|_| complaint::BROKEN).and_then(|json| of_json(&json)))
}

fn of_json(json: &Json) -> Result<PrivateKey, Complaint> {
    let Some(set) = json.get("keys").and_then(Json::as_array) else { return key(json) };
    let mut private = set.iter().filter(|key| key.get("d").is_some());
    match (private.next(), private.next()) {
        (Some(one), None) => key(one),
        (Some(_), Some(_)) => Err(complaint::TWO_KEYS),
        (None, _) => Err(complaint::PUBLIC_KEY),
    }
}

fn key(jwk: &Json) -> Result<PrivateKey, Complaint> {
    let text = |name: &str| jwk.get(name).and_then(Json::as_str);
    let bytes = |name: &str| {
        let decoded = text(name).and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
        decoded.map(Zeroizing::new).ok_or(complaint::BROKEN)
    };
    let kind = text("kty").ok_or(complaint::NO_JWK)?;
    if text("d").is_none() {
        return Err(complaint::PUBLIC_KEY);
    }
    let key = match (kind, text("crv")) {
        ("RSA", _) => PrivateKey::from_pkcs1(&rsa::pkcs1(&bytes)?)?,
        ("EC", Some(curve)) => {
            let kind = match curve {
                "P-256" => KeyKind::P256,
                "P-384" => KeyKind::P384,
                _ => return Err(complaint::OTHER_CURVE),
            };
            let length = kind.scalar_length();
            let mut point = vec![4];
            for part in ["x", "y"] {
                let part = bytes(part)?;
                point.resize(point.len() + length.checked_sub(part.len()).ok_or(complaint::BROKEN)?, 0);
                point.extend_from_slice(&part);
            }
            PrivateKey::from_scalar(kind, &bytes("d")?, &point)?
        }
        ("OKP", Some("Ed25519")) => {
            let public = text("x").map(|_| bytes("x")).transpose()?;
            PrivateKey::from_seed(&bytes("d")?, public.as_deref().map(Vec::as_slice))?
        }
        _ => return Err(complaint::OTHER_ALGORITHM),
    };
    Ok(PrivateKey { id: text("kid").map(str::to_owned), ..key })
}
