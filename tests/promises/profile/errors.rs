//! A wrong profile, value or key gives an error that names it: no panic, no request, and no secret in a message (every
//! `Ran` is searched for secrets).

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, SECRET, jwt, oauth};

const NOWHERE: &str = "https://ims.example";

#[test]
fn an_invalid_profile_is_named_with_what_is_wrong() {
    let home = Home::new();
    let rows = [
        ("", "is empty"),
        ("{\n\"provider\": adobe-jwt}", "is not JSON: expected value at line 2"),
        ("provider = adobe-jwt", "is not JSON"),
        (r#"{"provider": "adobe-jwt"} {}"#, "is not JSON"),
        ("[]", "is not a JSON object"),
        ("null", "is not a JSON object"),
        (r#"{"provider": "adobe-jwt", "provider": "adobe-jwt"}"#, "has a key twice"),
        ("{}", "has no \"provider\""),
        (r#"{"provider": "adobe-saml"}"#, "hint: \"provider\" is one of: adobe-jwt, adobe-oauth"),
        (r#"{"provider": ["adobe-jwt"]}"#, "unknown \"provider\""),
        (&" ".repeat(70_000), "larger than 64 KiB"),
    ];
    for (text, word) in rows {
        home.write("config/profiles/default.json", text, 0o600);
        home.run(["token"]).fails(3, &[word, "config/profiles/default.json"]);
    }
}

#[test]
fn each_key_that_a_grant_needs_is_required() {
    let home = Home::new();
    let of_jwt = ["client_id", "client_secret", "org_id", "technical_account_id", "metascopes", "private_key"];
    for (profile, keys) in [(oauth(NOWHERE), &["client_id", "client_secret", "scopes"][..]), (jwt(NOWHERE), &of_jwt)] {
        for key in keys {
            let mut profile = profile.clone();
            profile.as_object_mut().unwrap().remove(*key);
            home.profile("default", &profile);
            home.run(["token"]).fails(3, &[&format!("has no \"{key}\""), "config/profiles/default.json"]);
        }
    }
}

#[test]
fn a_wrong_key_or_value_is_named() {
    let home = Home::new();
    let rows = [
        ("client_secert", json!(SECRET), "did you mean \"client_secret\"?"),
        ("metascope", json!("ent_user_sdk"), "did you mean \"metascopes\"?"),
        ("clientid", json!("x"), "did you mean \"client_id\"?"),
        ("proxy_password", json!("x"), "adobe-jwt knows: client_id, "),
        ("client_id", json!(5), "must be a string"),
        ("client_id", json!(null), "must be a string"),
        ("client_id", json!(" "), "is empty"),
        ("client_id", json!("two words"), "one word"),
        ("client_secret", json!(""), "is empty"),
        ("client_secret", json!({}), "must be a string"),
        ("client_secret", json!({"env": "A", "file": "b"}), "must be a string"),
        ("client_secret", json!({"environment": "A"}), "must be a string"),
        ("client_secret", json!({"command": "pass adobe"}), "must be a string"),
        ("client_secret", json!({"command": []}), "must be a string"),
        ("client_secret", json!({"command": ["pass", 1]}), "not all strings"),
        ("metascopes", json!(5), "must be a list"),
        ("metascopes", json!({}), "must be a string"),
        ("metascopes", json!([]), "is empty"),
        ("metascopes", json!(" , "), "is empty"),
        ("metascopes", json!(["ent user"]), "not a metascope"),
        ("headers", json!(["x-api-key"]), "must be an object"),
        ("headers", json!({"x y": "1"}), "not a valid header name"),
        ("headers", json!({"x": "1\r\ny: 2"}), "control characters"),
        ("headers", json!({"x": {"command": ["true"]}}), "{\"file\": PATH}"),
        ("headers", json!({"x": {"profile": "other"}}), "{\"file\": PATH}"),
        ("ims", json!("http://ims.example"), "must be https"),
        ("ims", json!("https://ims.example/ims"), "no path"),
        ("token_path", json!("ims/token"), "must be a path"),
        ("ca_file", json!({"file": "ca.pem"}), "must be the path"),
    ];
    for (key, value, word) in rows {
        let mut profile = jwt(NOWHERE);
        profile[key] = value;
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &[&format!("\"{key}\""), word, "config/profiles/default.json"]);
    }
}

#[test]
fn an_unknown_profile_lists_the_known_ones() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.run(["token"]).fails(3, &["no profile in ", "/config", "jwt-credential mock"]);
    home.profile("prod", &oauth(&endpoint.origin()));
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    home.profile("stage", &oauth(&endpoint.origin()));
    home.run(["token"]).fails(3, &["several profiles", "--profile; there are: prod, stage"]);
    home.run(["token", "-p", "prdo"]).fails(3, &["no profile \"prdo\" in ", "did you mean \"prod\"?"]);
    home.run(["token", "-p", "something-else"]).fails(3, &["there are: prod, stage"]);
    home.run(["token", "-p", "./none.json"]).fails(3, &["./none.json"]);
    for odd in ["", ".", "..", ".prod", "a b", "a\nb", "\u{1b}[31m", "é", "a:b", &"x".repeat(65)] {
        home.run(["token", "-p", odd]).fails(2, &["at most 64"]);
    }
}

#[test]
fn a_complete_profile_may_come_from_a_variable() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let secret = home.write("secret", "by-file", 0o600);
    let run = |profile: &str, also: &str| {
        let mut command = home.command(["token"]);
        Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", profile).env("JWT_CREDENTIAL_PROFILE", also))
    };
    let mut profile = oauth(&endpoint.origin());
    assert_eq!(run(&profile.to_string(), "").succeeds().stdout, "token-1\n");
    run(&profile.to_string(), "prod").fails(2, &["both JWT_CREDENTIAL_PROFILE and JWT_CREDENTIAL_PROFILE_JSON"]);
    run("{", "").fails(3, &["JWT_CREDENTIAL_PROFILE_JSON is not JSON"]);
    profile["client_id"] = json!({"file": "secret"});
    run(&profile.to_string(), "").fails(3, &["JWT_CREDENTIAL_PROFILE_JSON", "\"client_id\"", "absolute path"]);
    profile["client_id"] = json!({"file": secret});
    assert_eq!(run(&profile.to_string(), "").succeeds().stdout, "token-2\n");
}
