//! `delete` removes a profile with all that belongs to it, and nothing else.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Duration;

use serde_json::json;

use super::{account, config, endpoint, home_with};
use crate::support::endpoint::{DAY, DAY_MS, Endpoint};
use crate::support::files::{names, snapshot};
use crate::support::terminal::{CTRL_D, ENTER, Person};
use crate::support::{BINARY, CERTIFICATE, Home, PRIVATE_KEY, Ran, jwt, oauth};

/// The profiles `a` and `b`, which share a key, and two keys of `a` alone, one of them in its backup.
fn with_keys(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    fs::create_dir(home.path("config/keys")).unwrap();
    for name in ["shared.crt", "a.key", "a.2.key", "b.key", "stray.key"] {
        let text = if name == "shared.crt" { CERTIFICATE } else { PRIVATE_KEY };
        home.write(&format!("config/keys/{name}"), text, 0o600);
    }
    for (name, key) in [("a", "a.2.key"), ("b", "b.key")] {
        let mut profile = jwt(&endpoint.origin());
        profile["client_id"] = json!(name);
        profile["private_key"] = json!({"file": format!("../keys/{key}")});
        profile["certificate"] = json!({"file": "../keys/shared.crt"});
        home.profile(name, &profile);
    }
    let old = json!({"provider": "adobe-jwt", "private_key": {"file": "../keys/a.key"}});
    home.write("config/profiles/a.json.bak", &old.to_string(), 0o600);
    home
}

#[test]
fn its_keys_backups_and_token_go_with_a_profile() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let home = with_keys(&endpoint);
    home.run(["use", "a"]).succeeds();
    home.run(["token"]).succeeds();
    let kept = home.run(["token", "-p", "b"]).succeeds().stdout;
    let said = home.run(["delete", "a", "--yes"]).succeeds().stdout;
    for gone in ["profiles/a.json\n", "keys/a.2.key\n", "keys/a.key\n", "profiles/a.json.bak\n", "1 cached token\n"] {
        assert!(said.contains(gone), "{gone:?} is not in {said}");
    }
    assert_eq!(names(&home.path("config/profiles")), ["b.json"]);
    assert_eq!(names(&home.path("config/keys")), ["b.key", "shared.crt", "stray.key"]);
    assert_eq!(config(&home).unwrap(), "{}\n", "no default is left");
    assert_eq!(home.run(["token"]).succeeds().stdout, kept);
    let cached = fs::read_dir(home.path("cache")).unwrap().map(|entry| entry.unwrap().path());
    let records = cached.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
    assert_eq!(records.count(), 1, "the token of a is gone");
}

#[test]
fn after_the_default_profile_the_next_one_is_told() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    for name in ["b", "c", "d"] {
        home.profile(name, &oauth(&endpoint.origin()));
    }
    let delete = |name| home.run(["delete", name, "--yes"]).succeeds().stdout;
    assert!(delete("b").ends_with("b.json\n"), "it was not the default");
    assert!(
        delete("default").ends_with("note: there is no default profile now; choose one: jwt-credential use NAME\n")
    );
    home.run(["use", "c"]).succeeds();
    assert!(delete("c").ends_with("the default is now d\n"));
    assert!(delete("d").ends_with("d.json\n"), "nothing is left");
}

#[test]
fn a_token_that_another_profile_shares_stays() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    home.profile("same", &oauth(&endpoint.origin()));
    let token = home.run(["token", "-p", "same"]).succeeds().stdout;
    let said = home.run(["delete", "default", "--yes"]).succeeds().stdout;
    assert!(!said.contains("token"), "{said}");
    assert_eq!(home.run(["token"]).succeeds().stdout, token);
    home.run(["delete", "same", "--yes"]).succeeds();
    assert!(home.record_path().is_none());
}

/// The time of the user is not that of the call.
#[test]
fn a_user_may_take_longer_to_consent_than_a_call() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let Some(person) = Person::runs(&home, &[BINARY, "delete", "default"]) else { return };
    let answered = person.types_after("delete this? [y/N]", Duration::from_secs(10), &format!("y{ENTER}"));
    answered.leaves().ends(0, &["deleted:"]);
    assert!(home.record_path().is_none());
}

#[test]
fn delete_asks_first() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "b"]);
    let before = snapshot(&home.path("config/profiles"));
    home.run(["delete", "a"]).fails(2, &["asks first", "--yes"]);
    for (answer, code) in [("", 1), ("n", 1), ("yep", 1), ("y", 0)] {
        assert_eq!(snapshot(&home.path("config/profiles")), before);
        let Some(person) = Person::runs(&home, &[BINARY, "delete", "a"]) else { return };
        let seen = person.answers("delete this? [y/N]", answer).leaves();
        seen.ends(code, &["profiles/a.json", if code == 0 { "deleted:" } else { "nothing was changed" }]);
    }
    assert_eq!(names(&home.path("config/profiles")), ["b.json"]);
    let person = Person::runs(&home, &[BINARY, "delete", "b"]).unwrap();
    person.types("delete this?", CTRL_D).leaves().ends(1, &["nothing was changed"]);
    assert_eq!(names(&home.path("config/profiles")), ["b.json"]);
}

#[test]
fn delete_takes_no_profile_from_the_environment() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "b"]);
    let whole = account(&endpoint, "a").to_string();
    for (variable, value) in [("JWT_CREDENTIAL_PROFILE", "a"), ("JWT_CREDENTIAL_PROFILE_JSON", &whole)] {
        let mut command = home.command(["delete", "--yes"]);
        Ran::of(command.env(variable, value)).fails(2, &["no profile was named"]);
        let mut command = home.command(["delete", "b", "--yes"]);
        Ran::of(command.env(variable, value)).succeeds();
        home.profile("b", &account(&endpoint, "b"));
    }
    home.run(["delete", "a", "--all", "--yes"]).fails(2, &["--all"]);
    assert_eq!(names(&home.path("config/profiles")), ["a.json", "b.json"]);
    home.run(["delete", "--all", "--yes"]).succeeds();
    assert_eq!(names(&home.path("config/profiles")), [""; 0]);
    assert_eq!(home.run(["delete", "--all", "--yes"]).succeeds().stdout, "no profiles found\n");
}

#[test]
fn a_broken_profile_can_be_shown_and_deleted() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let broken = [
        ("{", false),
        ("", false),
        (r#"{"provider": "adobe-jot", "client_secret": "s8e-CANARY-secret", "hots": ["a"]}"#, true),
        (r#"{"provider": "adobe-oauth", "client_secert": "s8e-CANARY-secret", "client_id": "mine"}"#, true),
        (r#"{"provider": "adobe-oauth", "scopes": 5, "headers": ["s8e-CANARY-secret"], "x": {"y": 1}}"#, true),
    ];
    for (text, is_shown) in broken {
        let home = with_keys(&endpoint);
        home.write("config/profiles/a.json", text, 0o600);
        let ran = home.run(["show", "a"]);
        assert_eq!((ran.code, ran.stdout.is_empty()), (3, !is_shown), "{ran:?}");
        assert!(ran.stderr.contains("a.json"), "{ran:?}");
        if is_shown {
            let shown = home.run(["show", "a", "--json"]).json();
            assert!(shown["error"].is_string() && shown["settings"]["provider"].is_string(), "{shown}");
        }
        assert!(home.run(["status", "a"]).succeeds().stdout.contains("broken"));
        home.run(["delete", "a", "--yes"]).succeeds();
        assert_eq!(names(&home.path("config/profiles")), ["b.json"], "{text}");
    }
}

/// What a profile names is not known while it cannot be read.
#[test]
fn a_key_that_a_broken_profile_may_name_stays() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let home = with_keys(&endpoint);
    home.write("config/profiles/b.json", r#"{"private_key": {"file": "../keys/a.2.key"},"#, 0o600);
    home.run(["delete", "a", "--yes"]).succeeds();
    assert_eq!(names(&home.path("config/keys")), ["a.2.key", "b.key", "stray.key"]);
}

#[test]
fn a_key_that_an_unreadable_profile_may_name_stays() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let home = with_keys(&endpoint);
    let before = names(&home.path("config/keys"));
    fs::remove_file(home.path("config/profiles/b.json")).unwrap();
    fs::create_dir(home.path("config/profiles/b.json")).unwrap();
    home.run(["delete", "a", "--yes"]).succeeds();
    assert_eq!(names(&home.path("config/keys")), before);
}

#[test]
fn only_keys_in_the_directory_of_keys_are_deleted() {
    let endpoint = Endpoint::tokens(DAY_MS);
    let home = Home::new();
    home.jwt_at(&endpoint);
    let mut profile = jwt(&endpoint.origin());
    profile["certificate"] = json!({"file": home.write("elsewhere.crt", CERTIFICATE, 0o600)});
    home.profile("default", &profile);
    home.run(["delete", "default", "--yes"]).succeeds();
    assert!(home.path("config/profiles/private.key").exists() && home.path("elsewhere.crt").exists());
    assert_eq!(names(&home.path("config/profiles")), ["certificate_pub.crt", "private.key"]);
}

#[test]
fn a_backup_belongs_to_the_profile_with_the_longest_name() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "a.2", "b"]);
    for backup in ["a.json.bak", "a.2.json.bak", "a.3.json.bak", "ab.json.bak", "b.json.bak"] {
        home.write(&format!("config/profiles/{backup}"), "{}", 0o600);
    }
    home.run(["delete", "a", "--yes"]).succeeds();
    let expected = ["a.2.json", "a.2.json.bak", "ab.json.bak", "b.json", "b.json.bak"];
    assert_eq!(names(&home.path("config/profiles")), expected);
}

#[test]
fn names_that_select_the_profile_are_listed_and_stay() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a", "b"]);
    let links = home.path("links");
    fs::create_dir(&links).unwrap();
    let made = ["git-credential-jwt-a", "docker-credential-jwt-a", "git-credential-jwt-b"];
    let path = links.to_str().unwrap();
    home.run(["link", path, "--only", made[0], "--only", made[1], "--only", made[2]]).succeeds();
    symlink("/bin/true", links.join("keyring-a")).unwrap();
    let mut command = home.command(["delete", "a", "--yes"]);
    let said = Ran::of(command.env("PATH", &links)).succeeds().stdout;
    assert!(said.contains(made[0]) && said.contains(made[1]), "{said}");
    assert!(!said.contains(made[2]) && !said.contains("keyring"), "{said}");
    assert_eq!(names(&links).len(), 4);
}

#[test]
fn what_is_no_profile_of_the_user_is_not_deleted() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["a"]);
    let elsewhere = home.write("mine.json", "{}", 0o600);
    let text = home.run(["delete", elsewhere.to_str().unwrap(), "--yes"]).fails(3, &["mine.json"]).stderr;
    assert!(text.contains("not in your configuration directory"), "{text}");
    home.run(["delete", "b", "--yes"]).fails(3, &["no profile \"b\""]);
    home.run(["delete", "../a", "--yes"]).fails(3, &["../a"]);
    fs::create_dir(home.path("config/profiles/directory.json")).unwrap();
    home.run(["delete", "directory", "--yes"]).fails(1, &["is a directory"]);
    symlink("/absent", home.path("config/profiles/dangling.json")).unwrap();
    home.run(["delete", "dangling", "--yes"]).succeeds();
    assert_eq!(names(&home.path("config/profiles")), ["a.json", "directory.json"]);
}
