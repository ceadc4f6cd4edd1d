//! The passphrase of a private key is asked for only on the terminal, only to request a token, and without echo.

use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::support::crowd::at_once;
use crate::support::endpoint::Endpoint;
use crate::support::files::names;
use crate::support::process::wait_until;
use crate::support::terminal::{CTRL_C, CTRL_D, ENTER, Person, Seen};
use crate::support::{BINARY, CLIENT_ID, Home, ORG_ID, Ran, SECRET, TECHNICAL_ACCOUNT_ID, has_client, jwt};

const PHRASE: &str = "correct horse";
const QUESTION: &str = "jwt-credential: passphrase of ";
const HOUR_MS: u64 = 3_600_000;
const INTERRUPTED: i32 = 130;
/// In a token's hour: within the refresh window; and too old to be printed unless it must be.
const AGEING: u64 = 55 * 60_000;
const SHORT: u64 = 59 * 60_000 + 30_000;

/// A home whose profile `default` has an encrypted key and no passphrase. The endpoint's tokens live an hour.
fn locked() -> Option<(Home, Endpoint)> {
    if !has_client("openssl") {
        return None;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(HOUR_MS));
    home.jwt_at(&endpoint);
    let mut openssl = home.program("openssl");
    openssl.args(["pkcs8", "-topk8", "-in", "private.key", "-out", "locked.key", "-passout", "env:PHRASE"]);
    assert_eq!(Ran::of(openssl.env("PHRASE", PHRASE).current_dir(home.path("config/profiles"))).code, 0);
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"]["file"] = "locked.key".into();
    home.profile("default", &profile);
    Some((home, endpoint))
}

fn person<'a>(home: &'a Home, args: &[&str]) -> Option<Person<'a>> {
    Person::runs(home, &[&[BINARY], args].concat())
}

#[track_caller]
fn hides(seen: Seen) -> Seen {
    assert!(!seen.screen.contains("correct") && !seen.screen.contains("horse"), "{seen:?}");
    seen
}

/// The same with a token that was requested this many milliseconds ago.
fn with_token(age: u64) -> Option<(Home, Endpoint)> {
    let (home, endpoint) = locked()?;
    person(&home, &["token"])?.answers(QUESTION, PHRASE).leaves().ends(0, &["token-1\n"]);
    home.age_token(age);
    Some((home, endpoint))
}

#[test]
fn the_right_passphrase_gets_a_token_and_is_not_shown() {
    let Some((home, endpoint)) = locked() else { return };
    let Some(person) = person(&home, &["token"]) else { return };
    let seen = hides(person.answers(QUESTION, PHRASE).leaves()).ends(0, &[]);
    let key = home.path("config/profiles/locked.key").display().to_string();
    assert_eq!(seen.screen, format!("{QUESTION}{key}: \ntoken-1\n"));
    assert_eq!(endpoint.count(), 1);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "another call does not ask");
}

#[test]
fn it_is_asked_for_on_the_terminal_even_with_streams_elsewhere() {
    let Some((home, _endpoint)) = locked() else { return };
    let line = "token=$(jwt-credential token --refresh </dev/null) && echo \"=$token=\"";
    let Some(person) = Person::runs(&home, &["/bin/sh", "-c", line]) else { return };
    hides(person.answers(QUESTION, PHRASE).leaves()).ends(0, &["\n=token-1=\n"]);
    let line = "jwt-credential exec -- /bin/sh -c 'read line; echo \"$ACCESS_TOKEN $line\"'";
    let person = Person::runs(&home, &["/bin/sh", "-c", &format!("echo input | {line}")]).unwrap();
    person.leaves().ends(0, &["token-1 input\n"]);
}

#[test]
fn a_wrong_or_empty_passphrase_is_exit_code_3() {
    let Some((home, endpoint)) = locked() else { return };
    let typed = [
        (format!("wrong{ENTER}"), "is not decrypted by its passphrase"),
        (format!(" {PHRASE}{ENTER}"), "is not decrypted by its passphrase"),
        (ENTER.into(), "is encrypted, and the profile has no"),
        (CTRL_D.into(), "is encrypted, and the profile has no"),
    ];
    for (keys, words) in &typed {
        let Some(person) = person(&home, &["token"]) else { return };
        hides(person.types(QUESTION, keys).leaves()).ends(3, &[words, "locked.key"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn if_nothing_is_typed_it_times_out_with_a_hint() {
    let Some((home, endpoint)) = locked() else { return };
    let Some(person) = person(&home, &["token", "--timeout", "2s"]) else { return };
    let seen = person.leaves().ends(3, &["no answer within", "--timeout 60s", "\"passphrase\""]);
    assert!(seen.took < Duration::from_secs(2) && endpoint.count() == 0, "{seen:?}");
}

#[test]
fn the_time_in_the_message_is_the_given_timeout() {
    let Some((home, _endpoint)) = locked() else { return };
    let Some(person) = person(&home, &["token", "--timeout", "2s"]) else { return };
    let seen = person.leaves().ends(3, &["no answer within "]);
    assert!(!seen.screen.contains("within 0 s"), "{seen:?}");
}

#[test]
fn half_a_passphrase_does_not_reach_the_next_program() {
    let Some((home, _endpoint)) = locked() else { return };
    let line = "jwt-credential token --timeout 1s; stty -echo; echo next; read -r line; echo \"read [$line]\"";
    let Some(person) = Person::runs(&home, &["/bin/sh", "-c", line]) else { return };
    let seen = hides(person.types(QUESTION, PHRASE).types("next", ENTER).leaves());
    assert!(seen.screen.contains("read []"), "{seen:?}");
}

#[test]
fn an_interrupt_ends_it_with_code_130() {
    let Some((home, endpoint)) = locked() else { return };
    for typed in ["", PHRASE] {
        let Some(person) = person(&home, &["token"]) else { return };
        let seen = hides(person.types(QUESTION, &format!("{typed}{CTRL_C}")).leaves());
        let seen = seen.ends(INTERRUPTED, &["interrupted"]);
        assert!(seen.took < Duration::from_secs(1), "{seen:?}");
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn an_interrupt_runs_no_program_with_the_old_token() {
    let Some((home, _endpoint)) = with_token(SHORT) else { return };
    let person = person(&home, &["exec", "--", "echo", "ran", "anyway"]).unwrap();
    let seen = person.types(QUESTION, CTRL_C).leaves();
    assert!(!seen.screen.contains("ran anyway"), "{seen:?}");
    assert!([INTERRUPTED, 125].contains(&seen.code), "{seen:?}");
}

/// Whether a call has its turn to ask.
fn is_asking(home: &Home) -> bool {
    home.path("cache").exists() && names(&home.path("cache")).iter().any(|name| name.contains(".ask"))
}

#[test]
fn an_interrupt_at_one_terminal_does_not_count_at_another() {
    let Some((home, endpoint)) = locked() else { return };
    let Some(first) = person(&home, &["token"]) else { return };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| first.types_after(QUESTION, Duration::from_millis(700), CTRL_C).leaves());
        wait_until(|| is_asking(&home));
        let second = person(&home, &["token"]).unwrap().answers(QUESTION, PHRASE).gives_up();
        assert_eq!(first.join().unwrap().code, INTERRUPTED);
        second.ends(0, &["token-1\n"]);
    });
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn a_prompt_holds_up_no_other_call_and_an_interrupt_counts() {
    let Some((home, endpoint)) = locked() else { return };
    let mut open: Json =
        serde_json::from_slice(&std::fs::read(home.path("config/profiles/default.json")).unwrap()).unwrap();
    open["passphrase"] = PHRASE.into();
    home.profile("open", &open);
    let Some(first) = person(&home, &["token", "-p", "default"]) else { return };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| first.types_after(QUESTION, Duration::from_secs(2), CTRL_C).leaves());
        wait_until(|| is_asking(&home));
        // It looks for a token once more before it asks.
        std::thread::sleep(Duration::from_millis(300));
        let began = Instant::now();
        assert_eq!(home.run(["token", "-p", "open"]).succeeds().stdout, "token-1\n");
        assert!(began.elapsed() < Duration::from_secs(2), "it waited for the prompt");
        let seen = first.join().unwrap().ends(INTERRUPTED, &["interrupted"]);
        assert!(!seen.screen.contains("token-"), "{seen:?}");
    });
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn of_several_calls_one_asks_and_the_others_get_its_token() {
    let Some((home, endpoint)) = locked() else { return };
    let script = "for n in 1 2 3 4; do jwt-credential token & done; wait";
    // Jobs of a script without job control are in the foreground.
    let Some(person) = Person::runs(&home, &["/bin/sh", "-c", script]) else { return };
    let seen = person.answers(QUESTION, PHRASE).leaves().ends(0, &[]);
    assert_eq!((seen.screen.matches(QUESTION).count(), seen.screen.matches("token-1").count()), (1, 4), "{seen:?}");
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn it_is_not_asked_for_while_a_token_is_good() {
    for age in [0, AGEING] {
        let Some((home, endpoint)) = with_token(age) else { return };
        for args in [&["token"][..], &["exec", "--", "/bin/sh", "-c", "echo $ACCESS_TOKEN"]] {
            let seen = person(&home, args).unwrap().leaves().ends(0, &[]);
            assert!(!seen.screen.contains(QUESTION) && seen.screen.ends_with("token-1\n"), "{age}: {seen:?}");
        }
        assert_eq!(endpoint.count(), 1);
    }
}

#[test]
fn without_a_terminal_the_error_says_what_to_add() {
    let Some((home, endpoint)) = locked() else { return };
    let words = ["is encrypted, and the profile has no \"passphrase\"", "{\"env\": NAME}", "locked.key"];
    home.run(["token"]).fails(3, &words);
    let redirected = "jwt-credential token 2>\"$HOME/err\"; code=$?; cat \"$HOME/err\"; exit $code";
    for line in [redirected, "exec setsid -w jwt-credential token"] {
        if line.contains("setsid") && !has_client("setsid") {
            continue;
        }
        let Some(person) = Person::runs(&home, &["/bin/sh", "-c", line]) else { return };
        let seen = person.leaves().ends(3, &words);
        assert!(!seen.screen.contains(QUESTION) && seen.took < Duration::from_secs(1), "{line}: {seen:?}");
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_background_job_does_not_ask_and_is_not_stopped() {
    let Some((home, _endpoint)) = locked() else { return };
    let line = "set -m; jwt-credential token & sleep 0.5; kill -9 %1 2>/dev/null; exit 0";
    let Some(person) = Person::runs(&home, &["/bin/sh", "-c", line]) else { return };
    let seen = person.leaves().ends(0, &["is encrypted, and the profile has no"]);
    assert!(!seen.screen.contains(QUESTION), "{seen:?}");
}

#[test]
fn twenty_calls_without_a_terminal_all_fail_at_once() {
    let Some((home, endpoint)) = locked() else { return };
    let all = at_once(&home, 20, &["token"]);
    let first = all[0].0.stderr.clone();
    for (ran, after) in all {
        assert!(after < Duration::from_secs(5), "{after:?}");
        assert_eq!(ran.fails(3, &["is encrypted, and the profile has no"]).stderr, first);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn init_tries_an_encrypted_key_with_the_typed_passphrase() {
    let Some((home, endpoint)) = locked() else { return };
    let key = home.path("config/profiles/locked.key");
    let (ims, key) = (endpoint.origin(), key.to_str().unwrap());
    let answers = [
        ("client ID", CLIENT_ID),
        ("client secret", SECRET),
        ("organization ID", ORG_ID),
        ("technical account ID", TECHNICAL_ACCOUNT_ID),
        ("metascopes", "ent_aem_cloud_api"),
        (QUESTION, PHRASE),
    ];
    let args = ["init", "--as", "new", "adobe-jwt", "--private-key", key, "--ims", &ims];
    let Some(person) = person(&home, &args) else { return };
    let seen = answers.iter().fold(person, |person, (question, answer)| person.answers(question, answer)).leaves();
    hides(seen).ends(0, &["note: the private key is encrypted", "it works"]);
    assert_eq!(endpoint.count(), 1);
}
