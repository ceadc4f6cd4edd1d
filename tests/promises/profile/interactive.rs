//! A secret command that asks the user: on a terminal, before the lock, with a minute of time.

use std::time::Duration;

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::terminal::Person;
use crate::support::{BINARY, Home, Ran, SECRET, oauth};

/// A home whose secret is printed by a program that asks for a PIN on its standard input.
fn home(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    let script = format!("#!/bin/sh\nprintf 'PIN: ' >&2\nread -r pin\n[ \"$pin\" = 1234 ] && echo {SECRET}\n");
    home.executable("ask", &script);
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": [home.path("ask")], "interactive": true});
    home.profile("default", &profile);
    home
}

#[test]
fn the_user_is_asked_for_longer_than_the_call_may_take() {
    let endpoint = Endpoint::tokens(DAY);
    let home = home(&endpoint);
    let program = [BINARY, "token", "--timeout", "1s"];
    let Some(person) = Person::runs(&home, &program) else { return };
    let seen = person.types_after("PIN: ", Duration::from_secs(2), "1234\r").leaves();
    seen.ends(0, &["token-1"]);
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some(SECRET));
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "the cached token, without a question");
    Person::runs(&home, &[BINARY, "token", "--no-cache"])
        .unwrap()
        .answers("PIN: ", "1234")
        .leaves()
        .ends(0, &["token-2"]);
}

#[test]
fn without_a_terminal_the_command_does_not_run() {
    let endpoint = Endpoint::tokens(DAY);
    let home = home(&endpoint);
    let ran = home.run(["token"]).fails(3, &["asks its user before a request, at a terminal", "client_secret"]);
    assert!(!ran.stderr.contains("PIN"), "{ran:?}");
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_wrong_answer_holds_up_no_later_call() {
    let endpoint = Endpoint::tokens(DAY);
    let home = home(&endpoint);
    let Some(person) = Person::runs(&home, &[BINARY, "token"]) else { return };
    person.answers("PIN: ", "0").leaves().ends(3, &["the secret command ", " failed (exit status: 1)"]);
    Person::runs(&home, &[BINARY, "token"]).unwrap().answers("PIN: ", "1234").leaves().ends(0, &["token-1"]);
}

#[test]
fn interactive_is_a_switch_beside_a_command() {
    let endpoint = Endpoint::tokens(DAY);
    let home = home(&endpoint);
    for (value, words) in [
        (json!({"command": ["x"], "interactive": "yes"}), "\"interactive\" that is not true or false"),
        (json!({"env": "X", "interactive": true}), "must be a string"),
        (json!({"command": ["x"], "interactive": true, "other": 1}), "must be a string"),
    ] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = value;
        home.profile("wrong", &profile);
        home.run(["-p", "wrong", "token"]).fails(3, &["\"client_secret\"", words]);
    }
    let shown = home.run(["show"]).succeeds().json();
    assert_eq!(shown["client_secret"], json!({"command": [home.path("ask")], "interactive": true}));
    let exported = Ran::of(&mut home.command(["show", "--export"])).succeeds().json();
    assert_eq!(exported["client_secret"]["interactive"], true);
}
