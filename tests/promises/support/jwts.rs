//! Verifies JWTs with openssl, which shares no code with the program.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value as Json;

use super::files::openssl;
use super::{Home, PRIVATE_KEY};

/// Header and claims of a JWT; its signature is not verified.
pub(crate) fn parts(jwt: &str) -> (Json, Json) {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    let mut json = || serde_json::from_slice(&parts.next().unwrap()).unwrap();
    (json(), json())
}

/// The claims of a JWT that the tests' key signed with RS256.
#[track_caller]
pub(crate) fn verified(home: &Home, jwt: &str) -> Json {
    let (header, claims) = parts(jwt);
    assert_eq!(header["alg"], "RS256");
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    std::fs::write(home.path("jwt.signature"), URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    home.write("jwt.message", message, 0o600);
    home.write("jwt.key", PRIVATE_KEY, 0o600);
    openssl(home, "pkey -in jwt.key -pubout -out jwt.public");
    let said = openssl(home, "dgst -sha256 -verify jwt.public -signature jwt.signature jwt.message");
    assert_eq!(String::from_utf8(said).unwrap().trim(), "Verified OK");
    claims
}
