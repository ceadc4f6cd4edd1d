//! The requests to Adobe's endpoints, checked by other implementations.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use crate::support::clients::is_met;
use crate::support::endpoint::{Answer, Asked, DAY, DAY_MS, Endpoint};
use crate::support::{CLIENT_ID, Home, ORG_ID, SECRET, TECHNICAL_ACCOUNT_ID, has_client, jwt, oauth};

fn now() -> i64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn part(jwt: &str, number: usize) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(jwt.split('.').nth(number).unwrap()).unwrap()
}

fn asked_once(home: &Home, endpoint: &Endpoint) -> Asked {
    home.run(["token"]).succeeds();
    let asked = endpoint.asked();
    assert_eq!(asked.len(), 1);
    asked[0].clone()
}

#[test]
fn the_assertion_verifies_with_openssl_claim_by_claim() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY_MS);
    home.jwt_at(&endpoint);
    let asked = asked_once(&home, &endpoint);
    assert_eq!(asked.line, "POST /ims/exchange/jwt HTTP/1.1");
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.field("client_id").as_deref(), Some(CLIENT_ID));
    assert_eq!(asked.field("client_secret").as_deref(), Some(SECRET));
    let assertion = asked.field("jwt_token").unwrap();

    let (message, _) = assertion.rsplit_once('.').unwrap();
    std::fs::write(home.path("message"), message).unwrap();
    std::fs::write(home.path("signature"), part(&assertion, 2)).unwrap();
    let openssl =
        |args: &[&str]| Command::new("openssl").args(args).current_dir(home.directory.path()).output().unwrap();
    let key = openssl(&["x509", "-in", "config/profiles/certificate_pub.crt", "-noout", "-pubkey"]);
    std::fs::write(home.path("public.pem"), key.stdout).unwrap();
    let verified = openssl(&["dgst", "-sha256", "-verify", "public.pem", "-signature", "signature", "message"]);
    assert!(verified.status.success(), "{verified:?}");

    let header: Json = serde_json::from_slice(&part(&assertion, 0)).unwrap();
    assert_eq!(header, json!({"alg": "RS256", "typ": "JWT"}));
    let mut claims: Json = serde_json::from_slice(&part(&assertion, 1)).unwrap();
    let claims = claims.as_object_mut().unwrap();
    let (issued, ends) =
        (claims.remove("iat").unwrap().as_i64().unwrap(), claims.remove("exp").unwrap().as_i64().unwrap());
    assert!((now() + 300 - ends).abs() <= 5, "exp is 5 min ahead");
    assert_eq!(ends - issued, 360, "iat is 60 s back");
    let host = format!("127.0.0.1:{}", endpoint.port());
    let expected = json!({
        "iss": ORG_ID,
        "sub": TECHNICAL_ACCOUNT_ID,
        "aud": format!("https://{host}/c/{CLIENT_ID}"),
        format!("https://{host}/s/ent_aem_cloud_api"): true,
    });
    assert_eq!(Json::Object(claims.clone()), expected);
}

/// The same with a library for another language, if it is installed.
#[test]
fn the_assertion_verifies_with_pyjwt() {
    let has =
        Command::new("python3").args(["-c", "import jwt, cryptography"]).output().is_ok_and(|ran| ran.status.success());
    if !is_met(has, "PyJWT") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY_MS);
    home.jwt_at(&endpoint);
    let assertion = asked_once(&home, &endpoint).field("jwt_token").unwrap();
    let script = "import sys, jwt; from cryptography.x509 import load_pem_x509_certificate as load; \
        key = load(open(sys.argv[2], 'rb').read()).public_key(); \
        claims = jwt.decode(sys.argv[1], key, algorithms=['RS256'], audience=sys.argv[3], issuer=sys.argv[4]); print(claims['sub'])";
    let audience = format!("https://127.0.0.1:{}/c/{CLIENT_ID}", endpoint.port());
    let ran = Command::new("python3")
        .args([
            "-c",
            script,
            &assertion,
            home.path("config/profiles/certificate_pub.crt").to_str().unwrap(),
            &audience,
            ORG_ID,
        ])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), TECHNICAL_ACCOUNT_ID, "{ran:?}");
}

#[test]
fn a_metascope_is_the_same_in_all_three_spellings() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY_MS);
    home.jwt_at(&endpoint);
    let spellings =
        ["ent_user_sdk", "/s/ent_user_sdk", "https://ims-na1.adobelogin.com/s/ent_user_sdk", " ent_user_sdk ,"];
    for spelling in spellings {
        let mut profile = jwt(&endpoint.origin());
        profile["metascopes"] = json!(spelling);
        home.profile("default", &profile);
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "one identity, so one token: {spelling}");
    }
    let claims: Json = serde_json::from_slice(&part(&endpoint.asked()[0].field("jwt_token").unwrap(), 1)).unwrap();
    assert_eq!(claims[format!("https://127.0.0.1:{}/s/ent_user_sdk", endpoint.port())], json!(true));
}

#[test]
fn the_oauth_grant_sends_client_credentials_and_scopes() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let mut profile = oauth(&endpoint.origin());
    profile["scopes"] = json!("read_organizations, openid,AdobeID, openid");
    home.profile("default", &profile);
    let asked = asked_once(&home, &endpoint);
    assert_eq!(asked.line, "POST /ims/token/v3 HTTP/1.1");
    let fields: Vec<_> =
        ["grant_type", "client_id", "client_secret", "scope"].map(|name| asked.field(name).unwrap()).into();
    assert_eq!(fields, ["client_credentials", CLIENT_ID, SECRET, "AdobeID,openid,read_organizations"]);
}

#[test]
fn token_path_selects_another_version_of_the_endpoint() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let mut profile = oauth(&endpoint.origin());
    profile["token_path"] = json!("/ims/token/v4");
    home.profile("default", &profile);
    assert_eq!(asked_once(&home, &endpoint).line, "POST /ims/token/v4 HTTP/1.1");
}

#[test]
fn the_endpoints_unit_is_used_unless_the_token_corrects_it() {
    let day = 86_400;
    let created = now() * 1000;
    let claims = json!({"type": "access_token", "created_at": created.to_string(), "expires_in": "86400000"});
    let adobe_token = format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()));
    let cases: [(&str, bool, u64, &str, i64); 6] = [
        ("ms at the JWT endpoint", true, DAY_MS, "opaque", day),
        ("s at the OAuth endpoint", false, DAY, "opaque", day),
        ("s at the JWT endpoint, token knows better", true, DAY, &adobe_token, day),
        ("ms at the OAuth endpoint, token knows better", false, DAY_MS, &adobe_token, day),
        ("a shorter life than the token's", false, 3599, &adobe_token, 3599),
        ("longer than a day is cut", false, 10 * 86_400, "opaque", day),
    ];
    for (case, is_jwt, expires_in, token, life) in cases {
        let home = Home::new();
        let endpoint = Endpoint::always(Answer::token(token, expires_in));
        if is_jwt {
            home.jwt_at(&endpoint);
        } else {
            home.oauth_at(&endpoint);
        }
        let ran = home.run(["json"]).succeeds();
        let end = humantime::parse_rfc3339(ran.json()["expires_at"].as_str().unwrap()).unwrap();
        let end = i64::try_from(end.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()).unwrap();
        assert!((end - now() - life).abs() <= 5, "{case}: {}", end - now());
    }
}
