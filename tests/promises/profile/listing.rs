//! `list` and `show` print the profiles, and their output is safe to paste.

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{CERTIFICATE, CLIENT_ID, Home, PRIVATE_KEY, Ran, SECRET, jwt, oauth};

#[test]
fn show_prints_a_profile_without_its_secrets() {
    let home = Home::new();
    let mut profile = jwt("https://ims-na1.adobelogin.com");
    profile["client_secret"] = json!([SECRET, {"env": "NEXT_SECRET"}]);
    profile["private_key"] = json!(PRIVATE_KEY);
    profile["passphrase"] = json!("hunter2 but longer than sixteen");
    profile["certificate"] = json!(format!("{CERTIFICATE}{PRIVATE_KEY}"));
    profile["headers"] =
        json!({"x-sandbox-name": "prod", "X-Jwt": SECRET, "X-Session": "hunter3", "x-gw-ims-org-id": null});
    profile["hosts"] = json!(["*.adobe.io"]);
    home.profile("default", &profile);
    let shown = home.run(["show"]).succeeds().json();
    let secret = shown["client_secret"][0].as_str().unwrap();
    assert!(secret.starts_with("sha256:") && secret.len() == 15, "{secret}");
    assert_eq!(shown["client_secret"][1], json!({"env": "NEXT_SECRET"}));
    assert_eq!(shown["passphrase"], "(hidden)", "a passphrase could be guessed, so it has no fingerprint");
    assert_eq!(shown["certificate"], "(PEM)", "the PEM may contain a key too");
    assert_eq!(shown["headers"]["x-sandbox-name"], "prod");
    assert_eq!(shown["headers"]["X-Jwt"], json!(secret), "the same secret, the same fingerprint");
    assert_eq!(shown["headers"]["x-gw-ims-org-id"], json!(null));
    assert_eq!((&shown["client_id"], &shown["hosts"]), (&json!(CLIENT_ID), &json!(["*.adobe.io"])));
    let text = shown.to_string();
    for secret in ["hunter", "CANARY", "BEGIN PRIVATE", PRIVATE_KEY.lines().nth(3).unwrap()] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[test]
fn show_reads_no_secret_and_runs_no_command() {
    let home = Home::new();
    let mut profile = oauth("https://ims-na1.adobelogin.com");
    profile["client_secret"] = json!({"command": ["touch", home.path("ran"), "hvs.token-of-a-vault"]});
    home.profile("default", &profile);
    assert_eq!(home.run(["show"]).succeeds().json()["client_secret"], json!({"command": ["touch", "…"]}));
    home.run(["list"]).succeeds();
    assert!(!home.path("ran").exists());
}

#[test]
fn a_path_that_is_not_utf_8_is_no_error() {
    use std::os::unix::ffi::OsStrExt as _;
    let home = Home::new();
    let odd = home.path(std::ffi::OsStr::from_bytes(b"c\xff"));
    std::fs::create_dir_all(odd.join("profiles")).unwrap();
    let mut profile = jwt("https://ims-na1.adobelogin.com");
    profile["ca_file"] = json!("ca.pem");
    home.profile("default", &profile);
    std::fs::rename(home.path("config/profiles/default.json"), odd.join("profiles/default.json")).unwrap();
    for command in ["list", "show", "status"] {
        Ran::of(home.command([command]).env("JWT_CREDENTIAL_CONFIG_DIR", &odd)).succeeds();
    }
}

#[test]
fn list_names_every_profile_and_a_broken_one_hides_no_other() {
    let home = Home::new();
    assert_eq!(
        home.run(["list"]).succeeds().stdout,
        "no profiles found: make one with jwt-credential import FILE or jwt-credential init\n"
    );
    let mut prod = oauth("https://ims-na1.adobelogin.com");
    prod["hosts"] = json!(["mc.adobe.io", "*.adobe.io"]);
    home.profile("prod", &prod);
    home.profile("aem", &jwt("https://ims-na1.adobelogin.com"));
    home.profile("odd", &json!({"provider": "adobe-oauth", "client_secert": SECRET}));
    home.write("config/profiles/notes.txt", "no profile", 0o600);
    let ran = home.run(["list"]).succeeds();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 4, "{ran:?}");
    assert_eq!(lines[1].split_whitespace().collect::<Vec<_>>(), ["aem", "adobe-jwt", "-", "none"]);
    assert!(lines[2].starts_with("  odd") && lines[2].contains("broken: ") && lines[2].contains("client_secert"));
    let prod: Vec<_> = lines[3].split_whitespace().collect();
    assert_eq!(prod, ["prod", "adobe-oauth", "mc.adobe.io", "*.adobe.io", "none"]);
    let listed = home.run(["list", "--json"]).succeeds().json();
    let rows = &listed["profiles"];
    assert_eq!(rows[0]["client_id"], CLIENT_ID);
    assert_eq!((&rows[0]["profile"], &rows[2]["hosts"]), (&json!("aem"), &json!(["mc.adobe.io", "*.adobe.io"])));
    assert!(rows[1]["error"].as_str().unwrap().contains("unknown key"));
}

#[test]
fn a_list_may_be_a_string_with_commas_in_any_source() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    home.write("config/profiles/scopes", "read_organizations, openid,AdobeID\n", 0o600);
    let forms = [
        json!(["openid", "AdobeID", "read_organizations"]),
        json!("AdobeID, openid ,read_organizations,"),
        json!(["AdobeID,openid", "read_organizations"]),
        json!({"env": "SCOPES"}),
        json!([{"env": "SCOPES"}]),
        json!({"file": "scopes"}),
    ];
    for form in forms {
        let mut profile = oauth(&endpoint.origin());
        profile["scopes"] = form.clone();
        home.profile("default", &profile);
        let ran = Ran::of(home.command(["token"]).env("SCOPES", "openid, AdobeID, read_organizations"));
        assert_eq!(ran.succeeds().stdout, "token-1\n", "the same identity: {form}");
    }
    assert_eq!(endpoint.asked()[0].field("scope").as_deref(), Some("AdobeID,openid,read_organizations"));
    let mut profile = oauth(&endpoint.origin());
    for (form, words) in
        [(json!("openid AdobeID"), "separate several with commas"), (json!([]), "is empty"), (json!(","), "is empty")]
    {
        profile["scopes"] = form;
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &["\"scopes\"", words]);
    }
}

#[test]
fn no_output_moves_the_cursor_or_turns_the_line() {
    const TRICK: &str = "\u{1b}[2J\u{7f}\u{9b}\u{202e}\u{feff}key";
    let home = Home::new();
    let mut profile = oauth("https://ims-na1.adobelogin.com");
    profile["headers"] = json!({"x-sandbox-name": "\u{202e}\u{feff}key"});
    home.profile(&format!("b{TRICK}"), &profile);
    home.profile("default", &profile);
    for args in
        [&["show"][..], &["list"], &["list", "--json"], &["status"], &["status", "--json"], &["token"], &["json", "-v"]]
    {
        let ran = home.run(args);
        for text in [&ran.stdout, &ran.stderr] {
            let is_plain = |c: char| c == '\n' || !(c.is_control() || "\u{202e}\u{feff}".contains(c));
            assert!(text.chars().all(is_plain), "{args:?}: {text:?}");
        }
    }
    assert_eq!(home.run(["show"]).succeeds().json()["headers"]["x-sandbox-name"], "\u{202e}\u{feff}key");
}

#[test]
fn a_secret_in_the_name_of_a_key_is_not_shown() {
    let home = Home::new();
    for name in ["client_secret=hunter2Passw0rd", "client_secret hunter2Passw0rd", "x: hunter2Passw0rd"] {
        home.profile("default", &json!({"provider": "adobe-oauth", name: 1, "headers": {name: "x"}}));
        let shown = home.run(["show"]).stdout;
        assert!(shown.contains("(hidden)") && !shown.contains("hunter2"), "{shown}");
    }
}
