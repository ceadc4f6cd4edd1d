//! A user who stops answering, or whose credential is refused, loses nothing and learns how to continue.

use std::fs;
use std::time::Duration;

use super::questions::{JWT, OAUTH, asked, files, init, oauth_endpoint};
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::terminal::{CTRL_BACKSLASH, CTRL_C, CTRL_D, Person, Seen};
use crate::support::{BINARY, CLIENT_ID, Home, ORG_ID, Ran, SECRET, has_client, oauth};

const INTERRUPTED: i32 = 130;
const SIGINT: i32 = -2;
const SIGQUIT: i32 = -3;

/// `init`, with these keys in place of the answer after the first `answered` ones.
fn broken_off(home: &Home, questions: &[(&str, &str)], answered: usize, keys: &str) -> Option<Seen> {
    let endpoint = oauth_endpoint();
    let person = asked(home, &endpoint, &[], &questions[..answered])?.types(questions[answered].0, keys);
    let seen = person.leaves();
    assert_eq!(endpoint.count(), 0);
    assert!(!home.path("config/profiles/adobe.json").exists(), "a profile after {answered}: {seen:?}");
    assert!(seen.echoes, "the terminal does not echo after {answered} answers: {seen:?}");
    Some(seen)
}

#[test]
fn the_end_of_input_at_any_question_writes_no_profile() {
    for answered in 0..OAUTH.len() {
        let home = Home::new();
        let Some(seen) = broken_off(&home, &OAUTH, answered, CTRL_D) else { return };
        seen.ends(1, &["jwt-credential: error: the input ended", "no profile was written"]);
        assert!(files(&home).is_empty());
    }
}

#[test]
fn an_interrupt_at_any_question_ends_it_at_once() {
    for answered in 0..OAUTH.len() {
        let home = Home::new();
        let Some(seen) = broken_off(&home, &OAUTH, answered, CTRL_C) else { return };
        assert!([INTERRUPTED, SIGINT].contains(&seen.code), "{answered}: {seen:?}");
        assert!(seen.took < Duration::from_secs(1) && files(&home).is_empty(), "{answered}: {seen:?}");
    }
}

#[test]
fn an_interrupt_at_any_question_about_the_key_ends_it_at_once() {
    for answered in 1..=3 {
        let home = Home::new();
        let Some(seen) = broken_off(&home, &JWT, answered, CTRL_C) else { return };
        assert!([INTERRUPTED, SIGINT].contains(&seen.code), "{answered}: {seen:?}");
    }
}

#[test]
fn quitting_at_the_secret_leaves_a_terminal_that_echoes() {
    let home = Home::new();
    let Some(seen) = broken_off(&home, &OAUTH, 2, CTRL_BACKSLASH) else { return };
    assert!(seen.code == SIGQUIT || seen.code > 0, "{seen:?}");
}

#[test]
fn a_signal_at_the_secret_leaves_a_terminal_that_echoes() {
    if !has_client("timeout") {
        return;
    }
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    let ims = endpoint.origin();
    for signal in ["TERM", "HUP"] {
        let program = ["timeout", "--foreground", "-s", signal, "0.5", BINARY, "init", "--ims", &ims];
        let Some(person) = Person::runs(&home, &program) else { return };
        let person = person.answers("[1] >", "").answers("client ID", "id").types("client secret", "half a sec");
        let seen = person.leaves().ends(124, &[]);
        assert!(!seen.screen.contains("half") && files(&home).is_empty(), "{seen:?}");
    }
}

#[test]
fn the_end_of_input_in_place_of_a_keys_path_makes_no_key() {
    let home = Home::new();
    let Some(person) = asked(&home, &oauth_endpoint(), &[], &JWT[..1]) else { return };
    // Once more, in case the program asks again.
    let seen = person.types(JWT[1].0, CTRL_D).types(JWT[2].0, CTRL_C).gives_up();
    seen.ends(1, &["no profile was written"]);
    assert!(files(&home).is_empty(), "{:?}", files(&home));
}

#[test]
fn the_end_of_input_during_the_upload_is_no_answer() {
    let home = Home::new();
    let Some(person) = asked(&home, &oauth_endpoint(), &[], &JWT[..2]) else { return };
    let seen = person.types(JWT[2].0, CTRL_D).types(JWT[3].0, CTRL_C).gives_up();
    seen.ends(1, &["no profile was written"]);
    assert!(files(&home).is_empty(), "nothing was uploaded: {:?}", files(&home));
}

#[test]
fn a_new_key_survives_the_end_of_input_and_is_used_next_time() {
    if !has_client("openssl") {
        return;
    }
    for answered in 3..JWT.len() {
        let home = Home::new();
        let Some(seen) = broken_off(&home, &JWT, answered, CTRL_D) else { return };
        let seen = seen.ends(1, &["no profile was written", "the new key stays: "]);
        assert_eq!(files(&home), ["keys/adobe.crt", "keys/adobe.key"], "{answered}");
        if answered < JWT.len() - 1 {
            continue;
        }
        let line = seen.after("the new key stays: ");
        let option = line.strip_suffix(" takes it the next time").unwrap().replace('\'', "");
        let options: Vec<&str> = option.split(' ').collect();
        let endpoint = Endpoint::tokens(DAY_MS);
        let answers = [&JWT[..1], &JWT[3..]].concat();
        let seen = init(&home, &endpoint, &options, &answers).unwrap().ends(0, &["it works"]);
        assert_eq!(files(&home), ["keys/adobe.crt", "keys/adobe.key", "profiles/adobe.json"], "the same key: {seen:?}");
    }
}

#[test]
fn a_taken_name_is_refused_before_any_question() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    home.profile("adobe", &oauth(&endpoint.origin()));
    home.profile("prod", &oauth(&endpoint.origin()));
    for args in [&["--as", "adobe"][..], &["--as", "prod"], &["--as", "prod", "adobe-jwt"]] {
        let Some(seen) = init(&home, &endpoint, args, &[]) else { return };
        let seen = seen.ends(2, &["there is a profile", "already", "--as NAME", "--force"]);
        assert!(!seen.screen.contains('>') && seen.took < Duration::from_secs(1), "{seen:?}");
    }
    let options = ["init", "--client-id", "id", "--client-secret", "env:S", "--scopes", "openid"];
    home.run(options).fails(2, &["profiles/adobe.json already", "--as NAME"]);
    fs::remove_file(home.path("config/profiles/adobe.json")).unwrap();
    for wrong in ["../up", "a/b", "", "x y"] {
        init(&home, &endpoint, &["--as", wrong], &[]).unwrap().ends(2, &["that is not a valid profile name"]);
    }
    assert_eq!((files(&home), endpoint.count()), (vec!["profiles/prod.json".to_owned()], 0));
}

#[test]
fn a_refused_credential_leaves_nothing_in_the_way() {
    let home = Home::new();
    let endpoint = Endpoint::new(|_, number| match number {
        1..=3 => Answer::refusal(401, "invalid_client", "invalid client_secret parameter"),
        _ => Answer::token("token", DAY),
    });
    let options =
        ["init", "--ims", &endpoint.origin(), "--client-id", "id", "--client-secret", "env:S", "--scopes", "a"];
    let by_options = |secret: &str| Ran::of(home.command(options).env("S", secret));
    by_options("p8e-one").fails(4, &["invalid_client", "no profile was written", "--scopes a --no-check"]);
    assert!(files(&home).is_empty());
    for (name, args) in [("adobe", &[][..]), ("b", &["--as", "b"])] {
        let Some(seen) = init(&home, &endpoint, args, &OAUTH) else { return };
        let seen = seen.ends(4, &["invalid_client", "no profile was written"]);
        assert!(!seen.screen.contains("for your own programs") && files(&home).is_empty(), "{name}: {seen:?}");
    }
    by_options("p8e-two").succeeds();
    assert_eq!((files(&home), endpoint.count()), (vec!["profiles/adobe.json".to_owned()], 4));
}

#[test]
fn a_wrong_option_is_refused_before_any_question() {
    let (home, endpoint) = (Home::new(), oauth_endpoint());
    for option in [["--ims", "no endpoint"], ["--org-id", "elsewhere"], ["--client-secret", SECRET]] {
        let Some(person) = Person::runs(&home, &[&[BINARY, "init"][..], &option].concat()) else { return };
        let seen = person.types("[1] >", CTRL_C).gives_up();
        assert!([2, 3].contains(&seen.code) && !seen.screen.contains("[1] >"), "{option:?}: {seen:?}");
    }
    assert_eq!((files(&home).len(), endpoint.count()), (0, 0));
}

#[test]
fn after_a_failed_test_the_answers_are_in_the_hint() {
    let home = Home::new();
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let Some(seen) = init(&home, &endpoint, &[], &OAUTH) else { return };
    let seen = seen.ends(4, &["copy the client_secret from the console to your answers"]);
    let (ims, answers) =
        (endpoint.origin(), format!("--client-id {CLIENT_ID} --org-id {ORG_ID} --scopes AdobeID,openid"));
    let line = format!("jwt-credential init --ims {ims} adobe-oauth --as adobe {answers} --no-check");
    assert_eq!(seen.after("to write it without a test: "), line);
    assert!(!seen.screen.contains(SECRET));
    let person = Person::runs(&home, &["/bin/sh", "-c", &line]).unwrap();
    person.answers("client secret", SECRET).leaves().ends(0, &["profiles/adobe.json"]);
}
