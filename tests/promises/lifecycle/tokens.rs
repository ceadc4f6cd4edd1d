//! `list` and `forget` and the tokens of profiles, and `show --export`.

use std::fs;

use serde_json::{Value as Json, json};

use super::{account, endpoint, home_with};
use crate::support::endpoint::{Answer, DAY_MS, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, jwt, oauth};

#[test]
fn list_shows_the_default_and_the_state_of_each_token() {
    let (endpoint, refusing) = (endpoint(), Endpoint::always(Answer::refusal(400, "invalid_client", "no")));
    let home = home_with(&endpoint, &["cached", "fresh"]);
    home.profile("refused", &oauth(&refusing.origin()));
    home.write("config/profiles/odd.json", "{", 0o600);
    home.run(["hosts", "add", "*.adobe.io", "a.example", "-p", "cached"]).succeeds();
    home.run(["token", "-p", "cached"]).succeeds();
    home.run(["token", "-p", "refused"]).fails(4, &[]);
    home.run(["use", "fresh"]).succeeds();
    let listed = home.run(["list", "--json"]).succeeds().json();
    let end = listed["profiles"][0]["expires_at"].as_str().unwrap().to_owned();
    let expected = json!({"version": 1, "profiles": [
        {"profile": "cached", "default": false, "provider": "adobe-oauth", "client_id": "cached",
            "hosts": ["*.adobe.io", "a.example"], "token": "valid", "expires_at": end,
            "path": home.path("config/profiles/cached.json")},
        {"profile": "fresh", "default": true, "provider": "adobe-oauth", "client_id": "fresh", "hosts": null,
            "token": "none", "path": home.path("config/profiles/fresh.json")},
        {"profile": "odd", "default": false, "path": home.path("config/profiles/odd.json"),
            "error": listed["profiles"][2]["error"]},
        {"profile": "refused", "default": false, "provider": "adobe-oauth", "hosts": null, "token": "refused",
            "client_id": listed["profiles"][3]["client_id"], "path": home.path("config/profiles/refused.json")},
    ]});
    assert_eq!(listed, expected);
    let table = home.run(["list"]).succeeds().stdout;
    let odd = listed["profiles"][2]["error"].as_str().unwrap();
    let shown = home.run(["status", "-p", "cached"]).succeeds().stdout;
    let until = shown.split("cached, expires ").nth(1).unwrap().split(" (").next().unwrap();
    // The rest of its life may be a minute shorter by now.
    let life = table.split(until).nth(1).unwrap().lines().next().unwrap();
    let expected = format!(
        "  NAME     PROVIDER     HOSTS                 TOKEN\n  \
         cached   adobe-oauth  *.adobe.io a.example  valid until {until}{life}\n\
         * fresh    adobe-oauth  -                     none\n  \
         odd      broken: {odd}\n  \
         refused  adobe-oauth  -                     refused\n"
    );
    assert_eq!(table, expected);
    assert_eq!(home.run(["list", "--names"]).succeeds().stdout, "cached\nfresh\nodd\nrefused\n");
}

#[test]
fn list_shows_the_profile_in_the_environment() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["default"]);
    let whole = account(&endpoint, "whole").to_string();
    let run = |args: &[&str]| Ran::of(home.command(args).env("JWT_CREDENTIAL_PROFILE_JSON", &whole)).succeeds();
    run(&["token"]);
    let listed = run(&["list", "--json"]).json();
    let first = &listed["profiles"][0];
    assert_eq!((&first["profile"], &first["default"]), (&json!("JWT_CREDENTIAL_PROFILE_JSON"), &json!(true)));
    assert_eq!((&first["token"], &first["path"]), (&json!("valid"), &json!(null)));
    assert_eq!(listed["profiles"][1]["default"], json!(false));
    assert!(run(&["list"]).stdout.contains("* JWT_CREDENTIAL_PROFILE_JSON  adobe-oauth"));
    assert_eq!(run(&["show", "--json"]).json()["settings"]["client_id"], "whole");
    assert!(run(&["forget"]).stdout.starts_with("forgot the token of the profile in JWT_CREDENTIAL_PROFILE_JSON"));
}

#[test]
fn forget_all_drops_the_tokens_of_all_profiles() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "b", "c"]);
    home.profile("same", &account(&endpoint, "a"));
    home.write("config/profiles/odd.json", "{", 0o600);
    for name in ["a", "b"] {
        home.run(["token", "-p", name]).succeeds();
    }
    let ran = home.run(["forget", "--all"]);
    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("odd.json"), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.starts_with("forgot the token of ")), "{ran:?}");
    assert!(home.record_path().is_none());
    fs::remove_file(home.path("config/profiles/odd.json")).unwrap();
    assert_eq!(home.run(["forget", "--all"]).succeeds().stdout, "no token was cached\n");
    home.run(["forget", "--all", "-p", "a"]).fails(2, &["--all"]);
}

#[test]
fn an_exported_profile_works_in_a_variable_elsewhere() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let home = Home::new();
    fs::create_dir(home.path("config/keys")).unwrap();
    home.write("config/keys/mine.key", PRIVATE_KEY, 0o600);
    home.write("secret", "by-file", 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o600);
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"] = json!({"file": "../keys/mine.key"});
    profile["client_secret"] = json!({"file": "../../secret"});
    home.profile("mine", &profile);
    // A `Ran` may hold no secret.
    let exported = home.command(["show", "mine", "--export"]).output().unwrap();
    assert!(exported.status.success() && exported.stderr.is_empty());
    let exported = String::from_utf8(exported.stdout).unwrap();
    let json: Json = serde_json::from_str(&exported).unwrap();
    assert_eq!(json["private_key"], PRIVATE_KEY, "the key that was copied goes along");
    assert_eq!(json["client_secret"], json!({"file": home.path("secret")}));
    assert_eq!(json["certificate"], json!({"file": home.path("config/profiles/certificate_pub.crt")}));
    let elsewhere = Home::new();
    let mut command = elsewhere.command(["token"]);
    Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", exported.trim())).succeeds();
    let signer = json!({"command": ["bin/sign.sh"], "public_key": {"file": "../keys/mine.pub"}});
    let claims = json!({"single_file": "a/b", "ca_file": "a/b", "command": ["a/b"], "nested": {"file": "a/b"}});
    let profile = json!({"grant": "self-signed", "signer": signer, "ca_file": "ca.pem", "jwt": {"claims": claims}});
    home.profile("signer", &profile);
    home.write("config/keys/mine.pub", "its text", 0o644);
    let json = home.run(["show", "signer", "--export"]).succeeds().json();
    assert_eq!(
        json["signer"],
        json!({"command": [home.path("config/profiles/bin/sign.sh")], "public_key": "its text"})
    );
    assert_eq!((&json["jwt"]["claims"], &json["ca_file"]), (&claims, &json!(home.path("config/profiles/ca.pem"))));
    home.run(["show", "mine", "--export", "--json"]).fails(2, &["--export"]);
    home.write("config/profiles/odd.json", r#"{"provider": "adobe-oauth"}"#, 0o600);
    home.run(["show", "odd", "--export"]).fails(3, &["odd.json"]);
}
