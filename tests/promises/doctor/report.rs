//! The form of the report.

use serde_json::{Value as Json, json};

use super::{command, doctor};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::terminal::Person;
use crate::support::{BINARY, Home, Ran, oauth_home};

#[test]
fn a_healthy_profile_gives_no_fault() {
    let (home, endpoint) = oauth_home();
    let ran = Ran::of(&mut command(&home, &[])).succeeds();
    assert!(ran.stdout.starts_with("ok       profile.read       default: adobe-oauth, "), "{ran:?}");
    assert!(ran.stdout.contains("\nskipped  hosts.listed       default: lists no hosts"), "{ran:?}");
    assert!(ran.stdout.contains(" 0 warn, 0 fail, "), "{ran:?}");
    let posts = endpoint.asked().iter().filter(|asked| asked.line.starts_with("POST ")).count();
    assert_eq!((posts, endpoint.count()), (1, 2), "one exchange, and one request without a credential");
    assert!(!ran.stdout.contains("token-"), "{ran:?}");
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 2, "its token was cached");
}

#[test]
fn each_fault_has_one_fix_below_it() {
    let home = Home::new();
    let ran = Ran::of(&mut command(&home, &["--offline"]));
    assert_eq!((ran.code, ran.stderr.as_str()), (8, ""), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("fail     profile.none       no profile in "), "{ran:?}");
    assert_eq!(
        lines[1],
        "                            fix: make one: jwt-credential import FILE, or jwt-credential init"
    );
}

#[test]
fn json_is_one_object_with_the_counts() {
    let home = Home::with_oauth("http://127.0.0.1:1");
    let ran = Ran::of(&mut command(&home, &["--offline", "--json"]));
    let json = ran.succeeds().json();
    assert_eq!(json["version"], 1);
    let findings = json["findings"].as_array().unwrap();
    for level in ["ok", "warn", "fail", "skipped"] {
        let count = findings.iter().filter(|finding| finding["level"] == level).count();
        assert_eq!(json["count"][level], json!(count), "{level}");
    }
    let keys = |finding: &Json| finding.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for finding in findings {
        assert!(keys(finding).iter().all(|key| ["level", "id", "subject", "text", "fix"].contains(&key.as_str())));
    }
}

#[test]
fn offline_nothing_is_sent() {
    let (home, endpoint) = oauth_home();
    doctor(&home, &["--offline"], &[]).has("skipped online", "", &["nothing was sent"]).has_no("ok token.exchange");
    assert_eq!(endpoint.count(), 0);
    assert!(!home.path("cache").exists());
}

#[test]
fn offline_a_secret_that_was_not_tried_is_named() {
    const LINE: &str = "skipped token.exchange";
    let (home, endpoint) = oauth_home();
    home.run(["token"]).succeeds();
    doctor(&home, &["--offline"], &[]).has_no(LINE);
    let mut profile = crate::support::oauth(&endpoint.origin());
    profile["client_secret"] = json!("another");
    home.profile("default", &profile);
    doctor(&home, &["--offline"], &[]).has(
        LINE,
        "default",
        &["requested with another secret or key", "jwt-credential doctor default tries this one"],
    );
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn the_default_profile_is_asked_and_each_named_one() {
    let home = Home::new();
    let (one, two) = (Endpoint::tokens(DAY), Endpoint::tokens(DAY));
    home.oauth_at(&one);
    home.profile("two", &crate::support::oauth(&two.origin()));
    doctor(&home, &[], &[]).has("ok token.exchange", "default", &["a token was issued in "]);
    assert_eq!((one.count(), two.count()), (2, 0));
    doctor(&home, &["two", "default"], &[]).has("ok token.exchange", "two", &[]).has(
        "ok token.exchange",
        "default",
        &[],
    );
    assert_eq!((one.count(), two.count()), (4, 2));
    doctor(&home, &["-p", "two"], &[]).has("ok token.exchange", "two", &[]);
    assert_eq!((one.count(), two.count()), (4, 4));
    command(&home, &["two", "-p", "two"]).output().map(Ran::from).unwrap().fails(2, &["-p"]);
}

#[test]
fn its_words_are_coloured_on_a_terminal_alone() {
    let home = Home::with_oauth("http://127.0.0.1:1");
    let run = |variable: &str| {
        Some(Person::runs(&home, &["env", "TERM=xterm", variable, BINARY, "doctor", "--offline"])?.leaves())
    };
    let Some(seen) = run("A=b") else { return };
    assert!(seen.screen.contains("\u{1b}[32mok      \u{1b}[0m profile.read"), "{seen:?}");
    assert!(!run("NO_COLOR=1").unwrap().screen.contains('\u{1b}'));
}
