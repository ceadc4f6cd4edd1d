//! Every algorithm and every form of a key signs a JWT that openssl verifies.

use std::process::Command;

use serde_json::json;

use super::key_pairs::{decoded, is_verified, make, openssl, self_signed};
use crate::support::{CERTIFICATE, Home, has_client};

fn token(home: &Home, profile: &serde_json::Value) -> String {
    home.profile("default", profile);
    home.run(["token", "--no-cache"]).succeeds().stdout.trim().to_owned()
}

#[test]
fn openssl_verifies_every_algorithm() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let rows = [
        ("rsa", "RS256"),
        ("rsa", "RS384"),
        ("rsa", "RS512"),
        ("rsa", "PS256"),
        ("rsa", "PS384"),
        ("rsa", "PS512"),
        ("ec", "ES256"),
        ("p384", "ES384"),
        ("ed", "EdDSA"),
    ];
    for (key, algorithm) in rows {
        for form in ["pem", "p8"] {
            let path = home.path(format!("{key}.{form}"));
            let jwt =
                token(&home, &self_signed(path.to_str().unwrap(), &json!({"algorithm": algorithm, "key_id": "k1"})));
            let [header, _] = decoded(&jwt);
            assert_eq!((&header["alg"], &header["kid"]), (&json!(algorithm), &json!("k1")));
            assert!(is_verified(&home, &jwt, &format!("{key}.pub")), "{algorithm} {form}");
            let other = if key == "ed" { "ec.pub" } else { "ed.pub" };
            assert!(!is_verified(&home, &jwt, other), "{algorithm}");
        }
    }
}

#[test]
fn an_algorithm_that_the_key_cannot_do_is_refused() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    for (key, algorithm, words) in [
        ("ec", "RS256", "RS256 needs an RSA key, and"),
        ("rsa", "ES256", "ES256 needs an EC key on the curve P-256"),
        ("p384", "ES256", "is an EC key on the curve P-384"),
        ("rsa", "HS256", "is none of RS256"),
        ("rsa", "ES512", "is none of RS256"),
    ] {
        let path = home.path(format!("{key}.pem"));
        home.profile("default", &self_signed(path.to_str().unwrap(), &json!({"algorithm": algorithm})));
        home.run(["token"]).fails(3, &[words]);
    }
    openssl(&home, "ecparam -genkey -noout -name secp521r1 -out other.pem");
    home.profile("default", &self_signed(home.path("other.pem").to_str().unwrap(), &json!({})));
    home.run(["token"]).fails(3, &["another curve than P-256 and P-384"]);
    openssl(&home, "pkcs8 -topk8 -nocrypt -in ec.pem -out whole.p8");
    openssl(&home, "ec -in ec.pem -no_public -out half.pem");
    home.profile("default", &self_signed(home.path("half.pem").to_str().unwrap(), &json!({})));
    let refused = home.run(["token"]).fails(3, &["without its public half", "openssl ec -in "]);
    // The hint works as it is printed.
    let hint =
        refused.stderr.split_once("hint: add it: ").unwrap().1.split_once(" && chmod ").unwrap().0.replace('\'', "");
    openssl(&home, hint.strip_prefix("openssl ").unwrap());
    let jwt = token(&home, &self_signed(home.path("converted.key").to_str().unwrap(), &json!({})));
    assert!(is_verified(&home, &jwt, "ec.pub"));
}

#[test]
fn a_jwk_of_another_library_signs_and_names_itself() {
    if !has_client("openssl") || !has_client("node") {
        return;
    }
    let home = Home::new();
    make(&home);
    for key in ["rsa", "ec", "p384", "ed"] {
        let script = format!(
            "const k = require('crypto').createPrivateKey(require('fs').readFileSync('{key}.pem')).export({{format: 'jwk'}}); \
             console.log(JSON.stringify({{...k, kid: 'kid-{key}'}}))"
        );
        let made = Command::new("node").args(["-e", &script]).current_dir(home.path("")).output().unwrap();
        let jwk = String::from_utf8(made.stdout).unwrap();
        for text in [jwk.clone(), format!("{{\"keys\":[{jwk}]}}")] {
            let path = home.write(&format!("{key}.jwk"), &text, 0o600);
            let jwt = token(&home, &self_signed(path.to_str().unwrap(), &json!({})));
            assert_eq!(decoded(&jwt)[0]["kid"], json!(format!("kid-{key}")));
            assert!(is_verified(&home, &jwt, &format!("{key}.pub")), "{key}");
        }
    }
}

#[test]
fn a_thumbprint_is_that_of_the_certificate() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let certificate = home.write("cert.pem", CERTIFICATE, 0o644);
    let key = home.path("rsa.pem");
    for (kind, digest) in [("x5t", "sha1"), ("x5t#S256", "sha256")] {
        let mut profile = self_signed(key.to_str().unwrap(), &json!({"thumbprint": kind, "algorithm": "PS256"}));
        profile["certificate"] = json!({"file": certificate});
        let jwt = token(&home, &profile);
        let printed =
            String::from_utf8(openssl(&home, &format!("x509 -in cert.pem -noout -fingerprint -{digest}"))).unwrap();
        let hex = printed.trim().split_once('=').unwrap().1.replace(':', "");
        let bytes: Vec<u8> =
            (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect();
        let expected = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
        assert_eq!(decoded(&jwt)[0][kind], json!(expected));
    }
    let mut profile = self_signed(home.path("ec.pem").to_str().unwrap(), &json!({"thumbprint": "x5t"}));
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["has no \"certificate\""]);
    profile["certificate"] = json!({"file": certificate});
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["does not belong to the private key"]);
}
