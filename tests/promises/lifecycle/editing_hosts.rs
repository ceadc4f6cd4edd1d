//! `hosts` shows and edits the allowlist of a profile, and changes nothing else.

use std::fs;

use serde_json::json;

use super::{account, endpoint, home_with};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::mode;
use crate::support::{Home, Ran, oauth};

#[test]
fn hosts_are_shown_added_and_removed() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "b"]);
    let hosts =
        |words: &str| home.run([&["hosts"][..], &words.split(' ').collect::<Vec<_>>()].concat()).succeeds().stdout;
    assert!(hosts("-p a").ends_with("a.json has no \"hosts\": no server may have its token\n"));
    let said = hosts("add -p a API.example.com https://api.example.com:443 *.adobe.io");
    assert!(said.starts_with("added: api.example.com\n"), "{said}");
    assert!(said.ends_with("a.json:\n  api.example.com\n  *.adobe.io\n"), "{said}");
    assert_eq!(home.run(["token", "--for", "https://api.example.com/x"]).succeeds().stdout, "of-a\n");
    assert!(hosts("add -p a api.example.com").starts_with("already there: api.example.com\n"));
    assert!(hosts("remove -p a other.example api.example.com").starts_with("was not there: other.example\nremoved: "));
    home.run(["token", "-p", "a", "--for", "https://api.example.com/x"]).fails(3, &["does not list it"]);
    assert!(hosts("remove -p a *.adobe.io").ends_with("no server may have its token\n"));
    assert_eq!(home.run(["token", "-p", "a"]).succeeds().stdout, "of-a\n", "the profile is not broken");
    assert_eq!(mode(&home.path("config/profiles/a.json")), 0o600);
    home.run(["use", "b"]).succeeds();
    assert!(hosts("add b.example").contains("b.json:\n  b.example\n"), "of the default profile");
}

#[test]
fn the_rest_of_a_profile_stays_as_it_is_written() {
    let home = Home::new();
    let text = "{\"scopes\": [\"openid\",\n   \"AdobeID\"], \"provider\" :\"adobe-oauth\",\n\"hosts\":\"a.example, b.example\",\"client_id\":\"x\",\n\n \"ims\":\"https:\\/\\/ims.example\", \"client_secert\": 1.50e3 }";
    home.write("config/profiles/default.json", text, 0o600);
    home.run(["hosts", "add", "c.example"]).succeeds();
    let expected = "{\n  \"scopes\": [\"openid\",\n   \"AdobeID\"],\n  \"provider\": \"adobe-oauth\",\n  \"hosts\": [\"a.example\",\"b.example\",\"c.example\"],\n  \"client_id\": \"x\",\n  \"ims\": \"https:\\/\\/ims.example\",\n  \"client_secert\": 1.50e3\n}\n";
    assert_eq!(fs::read_to_string(home.path("config/profiles/default.json")).unwrap(), expected, "though it is broken");
}

#[test]
fn hosts_from_elsewhere_are_not_edited_here() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    home.write("config/profiles/list", "a.example", 0o600);
    for (hosts, words) in [
        (json!({"env": "THE_HOSTS"}), "from the variable THE_HOSTS"),
        (json!([{"env": "THE_HOSTS"}, "b.example"]), "from the variable THE_HOSTS"),
        (json!({"file": "list"}), "/config/profiles/list: edit it there"),
    ] {
        profile["hosts"] = hosts;
        home.profile("default", &profile);
        let before = fs::read(home.path("config/profiles/default.json")).unwrap();
        let run = |args: &[&str]| Ran::of(home.command(args).env("THE_HOSTS", "a.example"));
        assert!(run(&["hosts"]).succeeds().stdout.contains("  a.example\n"));
        for edit in ["add", "remove"] {
            run(&["hosts", edit, "a.example"]).fails(3, &[words, "default.json", "edit it there"]);
        }
        assert_eq!(fs::read(home.path("config/profiles/default.json")).unwrap(), before);
    }
    let elsewhere = home.write("mine.json", &profile.to_string(), 0o600);
    home.run(["hosts", "add", "b.example", "-p", elsewhere.to_str().unwrap()])
        .fails(3, &["mine.json itself, if you may"]);
    let mut command = home.command(["hosts", "add", "b.example"]);
    let whole = account(&endpoint, "x").to_string();
    Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", whole)).fails(2, &["JWT_CREDENTIAL_PROFILE_JSON"]);
}

#[test]
fn what_is_no_host_is_refused() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["default"]);
    let before = fs::read(home.path("config/profiles/default.json")).unwrap();
    for odd in ["*", "http://example.com", "a b", "https://u:p@a.example", "a.example/x", "*.com", "", "\u{1b}[2J"] {
        home.run(["hosts", "add", "good.example", odd]).fails(2, &["host"]);
    }
    let ran = home.run(["hosts", "add", "https://u:hunter2Passw0rd@a.example/x"]).fails(2, &["no password"]);
    assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    for url in ["https://a.example/x/y", "a.example/x", "https://a.example/"] {
        home.run(["hosts", "add", url]).fails(2, &["hint: write the server alone: a.example\n"]);
    }
    home.run(["hosts", "add", "s8e-CANARY-secret"]).fails(2, &["client secret"]);
    home.run(["hosts", "add"]).fails(2, &["needs a host"]);
    home.run(["hosts", "show"]).fails(2, &["hosts --help"]);
    assert_eq!(fs::read(home.path("config/profiles/default.json")).unwrap(), before);
    home.write("config/profiles/aem.json", "{\"integration\": {}, \"hosts\": [\"a.example\"]}", 0o600);
    home.run(["hosts", "add", "b.example", "-p", "aem"])
        .fails(3, &["another tool's file", "jwt-credential import FILE"]);
    home.write("config/profiles/broken.json", "{\"hosts\": [\"a.example\"],", 0o600);
    home.run(["hosts", "add", "b.example", "-p", "broken"]).fails(3, &["is not JSON: ", "at line 1"]);
}

#[test]
fn an_unreadable_profile_gets_the_error_of_other_commands() {
    let endpoint = endpoint();
    for text in ["", "{\"provider\": adobe", "[]"] {
        let home = home_with(&endpoint, &[]);
        home.write("config/profiles/default.json", text, 0o600);
        let shown = home.run(["hosts"]).fails(3, &["default.json is "]).stderr;
        assert_eq!(home.run(["hosts", "add", "a.example"]).fails(3, &[]).stderr, shown);
    }
    let home = home_with(&endpoint, &[]);
    fs::create_dir(home.path("config/profiles/default.json")).unwrap();
    home.run(["hosts", "add", "a.example"]).fails(3, &["cannot read the profile ", "is a directory"]);
}

#[test]
fn a_profile_of_ones_own_may_be_given_by_its_path() {
    let home = home_with(&endpoint(), &["a"]);
    let path = home.path("config/profiles/a.json").display().to_string();
    home.run(["hosts", "-p", &path, "add", "a.example"]).succeeds();
    let mut command = home.command(["delete", "./a.json", "--yes"]);
    Ran::of(command.current_dir(home.path("config/profiles"))).succeeds();
    assert!(!home.path("config/profiles/a.json").exists());
}
