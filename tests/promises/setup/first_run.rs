//! A newcomer's first command: the mock. It applies Adobe's rules and answers with Adobe's messages.

use std::ffi::OsStr;

use serde_json::{Value as Json, json};

use crate::support::endpoint::Endpoint;
use crate::support::mock::Served;
use crate::support::{Home, Ran, has_client};

const DAY: i64 = 24 * 60 * 60;

fn seconds_ahead(expires_at: &Json) -> i64 {
    let end = humantime::parse_rfc3339(expires_at.as_str().unwrap()).unwrap();
    let ahead = end.duration_since(std::time::SystemTime::now()).unwrap();
    i64::try_from(ahead.as_secs()).unwrap()
}

#[test]
fn the_mock_prints_a_credential_for_both_grants() {
    let home = Home::new();
    for profile in ["jwt", "oauth"] {
        for proxy in ["", "http://127.0.0.1:1"] {
            let mut command = home.command(["mock", "-p", profile]);
            for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
                command.env(name, proxy);
            }
            let ran = Ran::of(&mut command).succeeds();
            let ahead = seconds_ahead(&ran.json()["expires_at"]);
            assert!((ahead - DAY).abs() <= 10, "{profile}: {ahead}");
        }
    }
    assert!(!home.path("cache").exists(), "the user's own cache is not touched");
}

#[test]
fn the_users_own_settings_do_not_reach_the_mock() {
    let home = Home::new();
    let mut command = home.command(["mock"]);
    for name in ["PROFILE", "PROFILE_JSON", "CONFIG_DIR", "CACHE_DIR", "MIN_TTL", "TIMEOUT"] {
        command.env(format!("JWT_CREDENTIAL_{name}"), "elsewhere");
    }
    let log = home.path("log");
    Ran::of(command.env("JWT_CREDENTIAL_LOG", &log)).succeeds();
    assert!(!log.exists());
    home.oauth_at(&Endpoint::tokens(86_399));
    for own in [home.path("config/profiles/default.json").to_str().unwrap(), "default"] {
        home.run(["mock", "-p", own]).fails(2, &["no profile", "jwt, oauth"]);
    }
}

#[test]
fn the_mock_takes_the_common_options() {
    let home = Home::new();
    home.run(["mock", "--min-ttl", "48h"]).fails(7, &["--min-ttl"]);
    assert!(home.run(["mock", "-v", "--no-cache"]).stderr.contains("without the cache"));
}

#[test]
fn a_newcomers_first_curl_call_arrives() {
    if !has_client("curl") {
        return;
    }
    let home = Home::new();
    let call = r#"jwt-credential curl -- -s "$JWT_CREDENTIAL_MOCK/api/hello""#;
    let ran = home.run(["mock", "--", "/bin/sh", "-c", call]).succeeds();
    assert_eq!(ran.json()["token_is_for"]["client_id"], json!("5a4db0c5a4db0c5a4db0c5a4db0c0001"));
}

#[test]
fn the_programs_exit_code_is_the_mocks() {
    let home = Home::new();
    assert_eq!(home.run(["mock", "--", "/bin/sh", "-c", "exit 7"]).code, 7);
    assert_eq!(home.run(["mock", "--", "/bin/sh", "-c", "kill -9 $$"]).code, 128 + 9);
    home.run(["mock", "--", "no-such-program"]).fails(127, &["no-such-program"]);
    let no_program = home.write("no-program", "", 0o644);
    home.run([OsStr::new("mock"), OsStr::new("--"), no_program.as_os_str()]).fails(126, &["no-program"]);
}

#[test]
fn the_mock_applies_adobes_rules_with_adobes_messages() {
    if !has_client("curl") {
        return;
    }
    let home = Home::new();
    let served = Served::start(&home);
    let id = format!("client_id={}", served.credential("oauth", "client_id"));
    let secret = format!("client_secret={}", served.credential("oauth", "client_secret"));
    let grant = "grant_type=client_credentials";
    let token_cases: &[(&[&str], u16, &str, &str)] = &[
        (
            &["-d", "client_id=other", "-d", &secret, "-d", grant, "-d", "scope=openid"],
            400,
            "invalid_client",
            "client_id",
        ),
        (
            &["-d", &id, "-d", "client_secret=other", "-d", grant, "-d", "scope=openid"],
            400,
            "invalid_client",
            "client_secret",
        ),
        (&["-d", &id, "-d", &secret, "-d", grant, "-d", "scope=openid,other"], 400, "invalid_scope", "scope"),
        (&["-d", &id, "-d", &secret, "-d", grant], 400, "invalid_scope", "scope"),
        (&["-d", &id, "-d", &secret, "-d", "scope=openid"], 400, "unsupported_grant_type", "grant_type"),
    ];
    for (args, status, error, part) in token_cases {
        let (had, body) = served.curl(&home, "/ims/token/v3", args);
        assert_eq!((had, body["error"].as_str()), (*status, Some(*error)), "{args:?}");
        assert!(body["error_description"].as_str().unwrap().contains(part), "{body}");
    }
    let (status, body) = served.curl(&home, "/ims/exchange/jwt/", &["-F", &id, "-F", &secret, "-F", "jwt_token=a.b.c"]);
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("invalid_token")),
        "multipart, as Adobe's node libraries send it"
    );
    let (status, _) =
        served.curl(&home, &format!("/ims/token/v2?{id}"), &["-F", &secret, "-F", grant, "-F", "scope=openid"]);
    assert_eq!(status, 200, "the client id in the query, the rest as multipart");
}

#[test]
fn the_mock_refuses_an_assertion_for_each_broken_rule() {
    let home = Home::new();
    let served = Served::start(&home);
    let profile: Json =
        serde_json::from_slice(&std::fs::read(format!("{}/profiles/jwt.json", served.config)).unwrap()).unwrap();
    let with = |key: &str, value: Json| {
        let mut changed = profile.clone();
        changed[key] = value;
        std::fs::create_dir_all(home.path("config/keys")).unwrap();
        home.write("config/profiles/changed.json", &changed.to_string(), 0o600);
        home.write(
            "config/keys/private.key",
            &std::fs::read_to_string(format!("{}/keys/private.key", served.config)).unwrap(),
            0o600,
        );
        home.write("config/keys/other.key", crate::support::PRIVATE_KEY, 0o600);
        home.write("config/keys/certificate_pub.crt", crate::support::CERTIFICATE, 0o600);
        home.run(["-p", "changed", "token", "--no-cache"])
    };
    with("ims", profile["ims"].clone()).succeeds();
    with("private_key", json!({"file": "../keys/other.key"}))
        .fails(4, &["invalid_token", "Could not match JWT signature to any of the bindings"]);
    with("client_id", json!("other")).fails(4, &["invalid_client"]);
    with("client_secret", json!("other")).fails(4, &["invalid_client", "invalid client_secret parameter"]);
    with("org_id", json!("other@AdobeOrg")).fails(4, &["bad_request"]);
    with("technical_account_id", json!("other@techacct.adobe.com")).fails(4, &["bad_request"]);
    with("metascopes", json!(["ent_aem_cloud_api", "ent_other"])).fails(4, &["invalid_scope", "not a subset"]);
}

#[test]
fn the_protected_api_answers_like_adobes_gateway() {
    if !has_client("curl") {
        return;
    }
    let home = Home::new();
    let served = Served::start(&home);
    let ran =
        Ran::of(home.command(["-p", "oauth", "token"]).env("JWT_CREDENTIAL_CONFIG_DIR", &served.config)).succeeds();
    let token = ran.stdout.trim();
    let (bearer, key) =
        (format!("Authorization: Bearer {token}"), format!("x-api-key: {}", served.credential("oauth", "client_id")));
    let api = |args: &[&str]| {
        let (status, body) = served.curl(&home, "/api/hello", args);
        (status, body["error_code"].as_str().map(str::to_owned))
    };
    assert_eq!(api(&["-H", &bearer, "-H", &key]), (200, None));
    assert_eq!(api(&["-H", &key]), (401, Some("401013".into())));
    assert_eq!(api(&["-H", "Authorization: Bearer other", "-H", &key]), (401, Some("401013".into())));
    assert_eq!(api(&["-H", &bearer, "-H", "x-api-key: other"]), (403, Some("403003".into())));

    let (id, secret, field) = (
        key.replace("x-api-key: ", "client_id="),
        format!("client_secret={}", served.credential("oauth", "client_secret")),
        format!("token={token}"),
    );
    let valid = || {
        served.curl(&home, "/ims/validate_token/v1", &["-d", "type=access_token", "-d", &id, "-d", &field]).1["valid"]
            .clone()
    };
    assert_eq!(valid(), json!(true));
    assert_eq!(
        served.curl(&home, "/ims/validate_token/v1", &["-X", "POST", "-H", &bearer]).1["valid"],
        json!(true),
        "as aio-lib-ims asks"
    );
    assert_eq!(
        served
            .curl(
                &home,
                "/ims/invalidate_token/v2",
                &["-d", &id, "-d", &secret, "-d", "token_type=access_token", "-d", &field]
            )
            .0,
        200
    );
    assert_eq!(valid(), json!(false));
    assert_eq!(api(&["-H", &bearer, "-H", &key]), (401, Some("401013".into())));
}
