//! The keys of a profile that describe it, and say nothing about the credential.

use serde_json::json;

use crate::support::downloads::Account;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, oauth};

#[test]
fn a_schema_and_a_description_are_ignored_and_kept() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    for described in [json!("of the CI"), json!(""), json!({"any": ["thing", null, 1]})] {
        let mut profile = oauth(&endpoint.origin());
        profile["$schema"] = json!("../profile.schema.json");
        profile["description"] = described.clone();
        profile["version"] = json!(1);
        home.profile("default", &profile);
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "the same identity");
        assert!(!home.run(["show"]).succeeds().stdout.contains("description"));
        home.download("oauth.json", &Account::own().console_oauth());
        home.import("oauth.json --force --no-check --hosts api.example.com").succeeds();
        let written = home.profile_of("default");
        assert_eq!((&written["$schema"], &written["description"]), (&json!("../profile.schema.json"), &described));
    }
}

#[test]
fn a_later_version_needs_a_newer_program() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for (version, words) in [
        (json!(2), "has version 2 and needs a newer jwt-credential"),
        (json!(99), "has version 99 and needs a newer jwt-credential"),
        (json!(0), "\"version\""),
        (json!("1"), "\"version\""),
        (json!(1.5), "\"version\""),
    ] {
        // A later version may have other keys and other providers.
        let mut profile = oauth(&endpoint.origin());
        profile["version"] = version;
        profile["provider"] = json!("of-the-future");
        profile["new_key"] = json!(true);
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &[words, "config/profiles/default.json"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn the_username_beside_the_token_is_the_profiles() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["git.example.com"]);
    profile["username"] = json!("ci-robot");
    home.profile("default", &profile);
    let asked = |args: &[&str], input: &str| {
        let file = home.write("asked", input, 0o600);
        let mut command = home.command(args);
        Ran::of(command.stdin(std::fs::File::open(file).unwrap())).succeeds().stdout
    };
    let request = "protocol=https\nhost=git.example.com\n\n";
    assert!(asked(&["git", "get"], request).starts_with("username=ci-robot\npassword=token-1\n"));
    assert!(asked(&["docker", "get"], "git.example.com").contains("\"Username\":\"ci-robot\""));
    profile["username"] = json!("two words");
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["\"username\"", "one word"]);
    profile["username"] = json!("ci:robot");
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["\"username\"", "has a colon"]);
    assert_eq!(endpoint.count(), 1, "the name is no part of the identity");
}
