//! Which profile a command is about, and `rename`.

use std::fs;
use std::os::unix::fs::symlink;

use serde_json::json;

use super::{account, config, endpoint, home_with};
use crate::support::clients::skip;
use crate::support::endpoint::DAY;
use crate::support::endpoint::Endpoint;
use crate::support::files::{is_root, names, set_mode};
use crate::support::{Home, PRIVATE_KEY, Ran, jwt};

#[test]
fn a_profile_is_named_by_an_argument_or_an_option() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["default", "prod"]);
    home.run(["token", "-p", "prod"]).succeeds();
    for command in ["show", "status", "forget"] {
        let by_argument = home.run([command, "prod"]).succeeds().stdout;
        assert!(by_argument.contains("prod") && !by_argument.contains("default.json"), "{command}: {by_argument}");
        for args in [vec!["-p", "prod"], vec!["--profile=prod"]] {
            home.run([&[command][..], &args, &["prod"]].concat()).fails(2, &["named twice"]);
            home.run([&args[..], &[command, "prod"]].concat()).fails(2, &["named twice"]);
        }
        let mut both = home.command([command, "prod"]);
        assert_eq!(Ran::of(both.env("JWT_CREDENTIAL_PROFILE", "default")).code, 0, "the argument comes first");
        let path = home.path("config/profiles/prod.json");
        home.run([command, path.to_str().unwrap()]).succeeds();
        home.run([command, "prdo"]).fails(3, &["did you mean \"prod\"?"]);
        home.run([command, "a\u{1b}[2Jb"]).fails(2, &["at most 64"]);
        home.run([command, "prod", "default"]).fails(2, &["unexpected argument"]);
        assert!(!home.run([command, PRIVATE_KEY]).stderr.contains("BEGIN"));
    }
}

#[test]
fn a_renamed_profile_keeps_its_token_keys_and_being_default() {
    let endpoint = Endpoint::tokens(DAY * 1000);
    let home = Home::new();
    fs::create_dir(home.path("config/keys")).unwrap();
    home.write("config/keys/old.key", PRIVATE_KEY, 0o600);
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"] = json!({"file": "../keys/old.key"});
    profile.as_object_mut().unwrap().remove("certificate");
    home.profile("old", &profile);
    home.profile("other", &account(&endpoint, "other"));
    home.write("config/profiles/old.json.bak", "{}", 0o600);
    home.run(["use", "old"]).succeeds();
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    home.run(["rename", "old", "new"]).succeeds();
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    assert_eq!(config(&home).unwrap(), "{\n  \"default\": \"new\"\n}\n");
    home.run(["token", "--refresh"]).succeeds();
    home.run(["token", "-p", "old"]).fails(3, &["no profile \"old\""]);
    let names = names(&home.path("config/profiles"));
    assert_eq!(names, ["new.json", "new.json.bak", "other.json"]);
}

#[test]
fn the_profile_called_default_stays_the_default() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["default", "other"]);
    home.run(["rename", "default", "prod"]).succeeds();
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-default\n");
    home.run(["rename", "other", "default"]).succeeds();
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-default\n", "the choice comes before the name");
    assert_eq!(home.run(["use"]).succeeds().stdout, "prod\n");
}

#[test]
fn a_name_that_is_taken_or_none_is_refused() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["one", "two"]);
    let before = crate::support::files::snapshot(&home.path("config/profiles"));
    home.run(["rename", "one", "two"]).fails(2, &["two.json already"]);
    home.run(["rename", "one", "one"]).fails(2, &["one.json already"]);
    home.run(["rename", "tow", "three"]).fails(3, &["did you mean \"two\"?"]);
    for odd in ["a/b", "../x", "three.json", "a\nb", "\u{1b}[2J", "", ".x", &"x".repeat(65)] {
        home.run(["rename", "one", odd]).fails(2, &["at most 64"]);
        assert_eq!(home.run(["rename", odd, "three"]).code, 2, "{odd:?}");
    }
    home.run(["rename", "one"]).fails(2, &["NEW"]);
    assert_eq!(crate::support::files::snapshot(&home.path("config/profiles")), before);
}

#[test]
fn a_rename_that_cannot_keep_the_default_changes_nothing() {
    if is_root() {
        return skip("a user whom a directory's mode stops");
    }
    let home = home_with(&endpoint(), &["default", "other"]);
    // As Home Manager has it: the file is a link into a directory that its user cannot change.
    fs::create_dir(home.path("store")).unwrap();
    home.write("store/config.json", "{}", 0o444);
    symlink(home.path("store/config.json"), home.path("config/config.json")).unwrap();
    set_mode(&home.path("store"), 0o555);
    home.run(["rename", "default", "new"]).fails(1, &["cannot write "]);
    set_mode(&home.path("store"), 0o755);
    home.run(["list"]).succeeds();
    assert_eq!(names(&home.path("config/profiles")), ["default.json", "other.json"]);
}
