//! `revoke` ends a token at its issuer, and drops it from the cache.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use super::{account, home_with};
use crate::support::crowd::Crowd;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::files::names;
use crate::support::terminal::Person;
use crate::support::{BINARY, CLIENT_ID, Home, Ran, SECRET, oauth};

const PATH: &str = "/ims/invalidate_token/v2";

/// A token server whose n-th answer is `token-N`, and which gives this answer to a request to end one.
fn issuer(ending: Answer) -> Endpoint {
    Endpoint::new(
        move |asked, number| {
            if is_ending(asked) { ending.clone() } else { Answer::token(&format!("token-{number}"), DAY) }
        },
    )
}

fn is_ending(asked: &Asked) -> bool {
    asked.line.starts_with(&format!("POST {PATH} "))
}

/// The tokens that the server was asked to end.
fn ended(endpoint: &Endpoint) -> Vec<String> {
    endpoint.asked().iter().filter(|asked| is_ending(asked)).filter_map(|asked| asked.field("token")).collect()
}

fn succeeding() -> Endpoint {
    issuer(Answer::json(200, &json!({})))
}

fn failing() -> Endpoint {
    issuer(Answer::json(503, &json!({"error": "temporarily_unavailable"})))
}

fn has_record(home: &Home) -> bool {
    home.record_path().is_some_and(|path| !std::fs::read_to_string(path).unwrap().contains("\"token\":null"))
}

#[test]
fn the_client_ends_its_token_and_the_next_call_requests_one() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    let said = home.run(["revoke", "default", "--yes"]).succeeds().stdout;
    assert!(said.starts_with("revoked the token of the profile ") && said.ends_with("/default.json\n"), "{said}");
    let asked = endpoint.asked().pop().unwrap();
    assert!(is_ending(&asked) && asked.header("x-ims-clientid") == Some(CLIENT_ID), "{asked:?}");
    let form = ["token", "token_type", "client_id", "client_secret"].map(|name| asked.field(name).unwrap());
    assert_eq!(form, ["token-1", "access_token", CLIENT_ID, SECRET]);
    assert!(!has_record(&home));
    let said = home.run(["revoke", "-p", "default", "--yes"]).succeeds().stdout;
    assert!(said.starts_with("no valid token was cached for the profile ") && endpoint.count() == 2, "{said}");
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-3\n");
}

#[test]
fn revoke_asks_first() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    home.run(["revoke", "default"]).fails(2, &["asks first", "--yes"]);
    for (answer, code) in [("", 1), ("n", 1), ("y", 0)] {
        assert!(has_record(&home) && endpoint.count() == 1);
        let Some(person) = Person::runs(&home, &[BINARY, "revoke", "default"]) else { return };
        let seen = person.answers("revoke this? [y/N]", answer).leaves();
        let words =
            ["for everyone who shares them:", if code == 0 { "revoked the token" } else { "nothing was changed" }];
        seen.ends(code, &words);
    }
    assert_eq!(ended(&endpoint), ["token-1"]);
}

#[test]
fn revoke_takes_no_profile_from_the_environment() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let whole = oauth(&endpoint.origin()).to_string();
    for (variable, value) in [("JWT_CREDENTIAL_PROFILE", "default"), ("JWT_CREDENTIAL_PROFILE_JSON", &whole)] {
        let mut command = home.command(["revoke", "--yes"]);
        Ran::of(command.env(variable, value)).fails(2, &["no profile was named", "revoke NAME"]);
    }
    home.run(["revoke", "--yes"]).fails(2, &["no profile was named"]);
    home.run(["revoke", "default", "--all", "--yes"]).fails(2, &["--all"]);
    home.run(["revoke", "default", "-p", "default", "--yes"]).fails(2, &[]);
    home.run(["revoke", "absent", "--yes"]).fails(3, &["absent"]);
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn narrowed_tokens_are_ended_too() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    for args in [&["token"][..], &["token", "--scope", "openid"], &["token", "--scope", "AdobeID"]] {
        home.run(args).succeeds();
    }
    let said = home.run(["revoke", "default", "--yes"]).succeeds().stdout;
    assert!(said.starts_with("revoked 3 tokens of the profile "), "{said}");
    let mut tokens = ended(&endpoint);
    tokens.sort();
    assert_eq!(tokens, ["token-1", "token-2", "token-3"]);
}

#[test]
fn a_failure_keeps_the_token_for_another_try() {
    let failing = failing();
    let home = Home::with_oauth(&failing.origin());
    let end = home.run(["json"]).succeeds().json()["expires_at"].as_str().unwrap().to_owned();
    let until = format!("it is still cached, and is valid until {end}");
    for _ in 0..2 {
        let words = ["was not revoked", PATH, &until, "delete the client secret in the Developer Console"];
        home.run(["revoke", "default", "--yes", "--timeout", "3s"]).fails(5, &words);
    }
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");

    let refusing = issuer(Answer::refusal(401, "invalid_client", "invalid client_secret parameter"));
    let home = Home::with_oauth(&refusing.origin());
    home.run(["token"]).succeeds();
    home.run(["revoke", "default", "--yes"]).fails(4, &["Adobe rejected the revocation", "copy the client_secret"]);
    assert!(has_record(&home));
}

#[test]
fn all_profiles_are_tried_and_each_failure_is_said() {
    let (good, bad) = (succeeding(), failing());
    let home = home_with(&good, &["a", "c"]);
    home.profile("same", &account(&good, "a"));
    for name in ["b", "d"] {
        home.profile(name, &account(&bad, name));
    }
    home.write("config/profiles/odd.json", "{", 0o600);
    for name in ["a", "b", "c", "d"] {
        home.run(["token", "-p", name]).succeeds();
    }
    let ran = home.run(["revoke", "--all", "--yes", "--timeout", "6s"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 2), "failures of two kinds: {ran:?}");
    for said in ["/a.json\n", "/c.json\n"] {
        assert!(ran.stdout.contains(said), "{ran:?}");
    }
    assert_eq!(ran.stderr.matches("jwt-credential: error: ").count(), 3, "{ran:?}");
    for failed in ["/b.json was not revoked", "/d.json was not revoked", "/odd.json"] {
        assert!(ran.stderr.contains(failed), "{ran:?}");
    }
    assert_eq!(ended(&good), ["token-1", "token-2"]);
    home.run(["token", "-p", "b"]).succeeds();
    assert_eq!(names(&home.path("config/profiles")).len(), 6, "no profile is changed");
}

#[test]
fn calls_during_a_revoke_get_a_new_token() {
    let endpoint = issuer(Answer::json(200, &json!({})).after(Duration::from_millis(700)));
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let mut crowd = Crowd::gather(&home, 20, &["token"]);
    let revoking = home.command(["revoke", "default", "--yes"]).stdout(Stdio::piped()).spawn().unwrap();
    endpoint.wait_for(2);
    let since = crowd.release();
    for (ran, _) in crowd.wait(since) {
        assert_eq!(ran.succeeds().stdout, "token-3\n", "one request after the token has ended");
    }
    assert!(revoking.wait_with_output().unwrap().status.success());
    assert_eq!((endpoint.count(), ended(&endpoint)), (3, vec!["token-1".to_owned()]));
}

/// Whatever the order, no ended token stays in the cache.
#[test]
fn no_refresh_brings_an_ended_token_back() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    for _ in 0..5 {
        home.run(["token"]).succeeds();
        let refresh = vec![BINARY, "token", "--refresh"];
        let mut lines = vec![refresh; 8];
        lines.extend(vec![vec![BINARY, "revoke", "default", "--yes"]; 2]);
        let mut crowd = Crowd::gather_each(&home, &lines);
        let since = crowd.release();
        for (ran, _) in crowd.wait(since) {
            assert_eq!(ran.code, 0, "{ran:?}");
        }
        let token = home.run(["token"]).succeeds().stdout;
        assert!(!ended(&endpoint).contains(&token.trim().to_owned()), "{token}");
    }
    assert!(!ended(&endpoint).is_empty());
}

#[test]
fn an_expired_token_is_not_sent() {
    let endpoint = succeeding();
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    home.age_token(DAY * 1000 + 1_000);
    assert!(home.run(["revoke", "default", "--yes"]).succeeds().stdout.starts_with("no valid token was cached"));
    assert!(ended(&endpoint).is_empty() && !has_record(&home));
}
