//! Keys of every kind, made by openssl, and the check of a JWT by openssl.

use std::fs;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::support::{Home, PRIVATE_KEY};

/// Writes `rsa.pem`, `ec.pem` (P-256), `p384.pem` and `ed.pem`, and their public halves.
pub(super) fn make(home: &Home) {
    home.write("rsa.pem", PRIVATE_KEY, 0o600);
    openssl(home, "ecparam -genkey -noout -name prime256v1 -out ec.pem");
    openssl(home, "ecparam -genkey -noout -name secp384r1 -out p384.pem");
    openssl(home, "genpkey -algorithm ed25519 -out ed.pem");
    for key in ["rsa", "ec", "p384", "ed"] {
        openssl(home, &format!("pkey -in {key}.pem -pubout -out {key}.pub"));
        openssl(home, &format!("pkey -in {key}.pem -out {key}.p8"));
    }
}

/// Runs openssl in the home; returns what it printed.
pub(super) fn openssl(home: &Home, args: &str) -> Vec<u8> {
    let ran = Command::new("openssl").args(args.split_whitespace()).current_dir(home.path("")).output().unwrap();
    assert!(ran.status.success(), "openssl {args}: {ran:?}");
    ran.stdout
}

/// The header and the claims of a JWT.
pub(super) fn decoded(jwt: &str) -> [Json; 2] {
    let mut parts = jwt.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

/// Whether openssl verifies a JWT with the public key in a file.
pub(super) fn is_verified(home: &Home, jwt: &str, public: &str) -> bool {
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let [header, _] = decoded(jwt);
    let algorithm = header["alg"].as_str().unwrap();
    let bits = algorithm.get(2..).filter(|bits| bits.parse::<u32>().is_ok()).unwrap_or("256");
    let args = match &algorithm[..2] {
        "RS" => format!("dgst -sha{bits} -verify {public} -signature signature message"),
        "PS" => format!(
            "dgst -sha{bits} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest -verify {public} -signature \
             signature message"
        ),
        "ES" => {
            // JWS has the two numbers as they are (RFC 7518, section 3.4), and openssl wants DER.
            assert_eq!(signature.len(), if bits == "256" { 64 } else { 96 }, "{algorithm}");
            signature = der(&signature);
            format!("dgst -sha{bits} -verify {public} -signature signature message")
        }
        _ => format!("pkeyutl -verify -rawin -pubin -inkey {public} -sigfile signature -in message"),
    };
    fs::write(home.path("message"), message).unwrap();
    fs::write(home.path("signature"), signature).unwrap();
    let args = args.split_whitespace();
    Command::new("openssl").args(args).current_dir(home.path("")).output().unwrap().status.success()
}

/// SEQUENCE { INTEGER r, INTEGER s }
fn der(signature: &[u8]) -> Vec<u8> {
    let number = |bytes: &[u8]| {
        let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
        let sign = if bytes[start] & 0x80 == 0 { vec![] } else { vec![0] };
        let value = [sign, bytes[start..].to_vec()].concat();
        [vec![2, u8::try_from(value.len()).unwrap()], value].concat()
    };
    let (r, s) = signature.split_at(signature.len() / 2);
    let both = [number(r), number(s)].concat();
    [vec![0x30, u8::try_from(both.len()).unwrap()], both].concat()
}

/// A profile whose token is the JWT itself.
pub(super) fn self_signed(key: &str, jwt: &Json) -> Json {
    json!({"grant": "self-signed", "private_key": {"file": key}, "jwt": jwt})
}
