//! The default profile: `use` chooses it, and it answers for calls that name none.

use std::fs;

use serde_json::json;

use super::{account, config, endpoint, home_with};
use crate::support::files::{as_user, mode, own_binary, set_mode};
use crate::support::naming::WAYS;
use crate::support::{Home, Ran};

#[test]
fn the_profile_that_use_chose_answers() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["default", "prod", "stage"]);
    assert_eq!(home.run(["use"]).succeeds().stdout, "default\n");
    let said = home.run(["use", "prod"]).succeeds().stdout;
    assert!(said.starts_with("the default is now the profile ") && said.contains("prod.json"), "{said}");
    assert_eq!(home.run(["use"]).succeeds().stdout, "prod\n");
    assert_eq!(config(&home).unwrap(), "{\n  \"default\": \"prod\"\n}\n");
    assert_eq!(mode(&home.path("config/config.json")), 0o600);
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-prod\n");
    assert_eq!(home.run(["token", "-p", "stage"]).succeeds().stdout, "of-stage\n");
    let whole = account(&endpoint, "whole").to_string();
    let with = |args: &[&str]| Ran::of(home.command(args).env("JWT_CREDENTIAL_PROFILE_JSON", &whole)).succeeds().stdout;
    assert_eq!(with(&["token"]), "of-whole\n");
    assert!(with(&["use", "stage"]).contains("note: JWT_CREDENTIAL_PROFILE_JSON is set, and comes first"));
}

#[test]
fn without_a_choice_the_only_profile_is_the_default() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["only"]);
    assert_eq!(
        (home.run(["use"]).succeeds().stdout, home.run(["token"]).succeeds().stdout),
        ("only\n".into(), "of-only\n".into())
    );
    home.profile("other", &account(&endpoint, "other"));
    for args in [&["use"][..], &["token"]] {
        home.run(args).fails(3, &["none of them is the default", "there are: only, other", "jwt-credential use NAME"]);
    }
    home.run(["use", "othre"]).fails(3, &["did you mean \"other\"?"]);
    for odd in ["a/b", "./other.json", "a\u{1b}b", "", "..", "-p"] {
        assert_eq!(home.run(["use", "--", odd]).code, 2, "{odd:?}");
    }
    assert_eq!(config(&home), None);
}

#[test]
fn a_choice_that_is_not_understood_is_an_error() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["one", "two"]);
    let rows = [
        ("", "is not {\"default\": NAME}"),
        ("[]", "is not {\"default\": NAME}"),
        (r#"{"default": 5}"#, "is not {\"default\": NAME}"),
        (r#"{"default": "../../etc/passwd"}"#, "is not {\"default\": NAME}"),
        (r#"{"default": "one", "default": "two"}"#, "is not {\"default\": NAME}"),
        (r#"{"default": "three"}"#, "names the profile \"three\", which does not exist"),
    ];
    for (text, words) in rows {
        home.write("config/config.json", text, 0o600);
        for args in [&["token"][..], &["use"], &["show"]] {
            home.run(args).fails(3, &["config/config.json", words, "jwt-credential use NAME"]);
        }
        assert_eq!(home.run(["token", "-p", "one"]).succeeds().stdout, "of-one\n", "{text}");
        home.run(["list"]).succeeds();
        home.run(["use", "two"]).succeeds();
        assert_eq!(home.run(["token"]).succeeds().stdout, "of-two\n", "{text}");
    }
    home.write("config/config.json", r#"{"default": "one", "later": {"a": 1}}"#, 0o600);
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-one\n");
    home.run(["use", "two"]).succeeds();
    let config: serde_json::Value = serde_json::from_str(&config(&home).unwrap()).unwrap();
    assert_eq!(config, json!({"default": "two", "later": {"a": 1}}), "what a later version wrote is kept");
}

/// Another user could make the user's tools use another of the user's accounts.
#[test]
fn a_choice_that_others_can_change_is_refused() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["one", "two"]);
    home.write("config/config.json", r#"{"default": "one"}"#, 0o666);
    home.run(["token"]).fails(3, &["config/config.json can be changed by other users", "chmod 600 "]);
    assert_eq!(home.run(["token", "-p", "one"]).succeeds().stdout, "of-one\n");
    home.run(["use", "two"]).succeeds();
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-two\n");
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let endpoint = endpoint();
    let home = home_with(&endpoint, &["one", "two"]);
    home.run(["use", "one"]).succeeds();
    let own = own_binary(&home);
    for args in
        [&["use", "two"][..], &["rename", "one", "three"], &["delete", "two", "--yes"], &["hosts", "add", "a.example"]]
    {
        let mut command = as_user(&home, &own);
        for part in ["config", "config/profiles"] {
            set_mode(&home.path(part), 0o555);
        }
        let ran = Ran::of(command.args(args)).fails(1, &["cannot ", "/config/", "Permission denied"]);
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        for part in ["config", "config/profiles"] {
            set_mode(&home.path(part), 0o755);
        }
    }
    let mut command = as_user(&home, &own);
    assert_eq!(Ran::of(command.arg("use")).succeeds().stdout, "one\n");
}

#[test]
fn a_tie_is_answered_by_the_default_profile() {
    let endpoint = endpoint();
    let home = Home::new();
    for name in ["one", "two", "three"] {
        let mut profile = account(&endpoint, name);
        profile["hosts"] = json!(["registry.example"]);
        home.profile(name, &profile);
    }
    let url = "https://registry.example/";
    home.run(["use", "two"]).succeeds();
    for way in WAYS {
        let ran = way.ask(&home, url, &[]);
        assert!(ran.code == 0 && ran.stdout.contains("of-two"), "{way:?}: {ran:?}");
    }
    // A closer match comes before the default.
    let mut profile = account(&endpoint, "two");
    profile["hosts"] = json!(["*.example"]);
    home.profile("two", &profile);
    home.run(["token", "--for", url]).fails(3, &["profiles \"one\" and \"three\" both allow registry.example"]);
    fs::write(home.path("config/config.json"), "{").unwrap();
    home.run(["token", "--for", url]).fails(3, &["config/config.json"]);
}

#[test]
fn a_tie_names_the_line_that_tells_the_profiles_apart() {
    let endpoint = endpoint();
    let home = Home::new();
    for name in ["one", "two"] {
        let mut profile = account(&endpoint, name);
        profile["hosts"] = json!(["registry.example"]);
        home.profile(name, &profile);
    }
    for way in WAYS {
        let ran = way.ask(&home, "https://registry.example/", &[]);
        let said = format!("{}{}", ran.stdout, ran.stderr).replace("\\\"", "\"");
        let line = match format!("{way:?}").as_str() {
            "Git" => "git config --global credential.https://registry.example.helper 'jwt -p one'",
            "Docker" => "\"credHelpers\": {\"registry.example\": \"jwt-one\"}",
            _ => "choose one with -p one",
        };
        for words in [line, "jwt-credential use one", "profiles \"one\" and \"two\" both allow registry.example"] {
            assert!(said.contains(words), "{way:?}: {words:?} is not in {said}");
        }
    }
}

#[test]
fn a_profile_in_base64_may_come_from_a_variable() {
    use base64::Engine as _;
    let endpoint = endpoint();
    let home = Home::new();
    let packed = base64::engine::general_purpose::STANDARD.encode(account(&endpoint, "packed").to_string());
    let (head, tail) = packed.split_at(76);
    for text in [packed.clone(), format!("{head}\n{tail}\n")] {
        let mut command = home.command(["token"]);
        assert_eq!(Ran::of(command.env("JWT_CREDENTIAL_PROFILE_JSON", text)).succeeds().stdout, "of-packed\n");
    }
}
