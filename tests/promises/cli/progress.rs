//! A call on a terminal that takes longer than a second says what it waits for. Colour is for terminals alone.

use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::terminal::{Person, Seen};
use crate::support::{BINARY, Home, Ran, oauth};

const SLOW: Duration = Duration::from_millis(1_600);

/// What a user sees of this call, with these variables.
fn seen(home: &Home, variables: &[&str], args: &[&str]) -> Option<Seen> {
    let program = [&["env"], variables, &[BINARY], args].concat();
    Some(Person::runs(home, &program)?.leaves())
}

#[test]
fn a_slow_request_is_announced_once_on_a_terminal() {
    let endpoint = Endpoint::slow_tokens(DAY, SLOW);
    let home = Home::with_oauth(&endpoint.origin());
    let Some(seen) = seen(&home, &[], &["token"]) else { return };
    let line = format!("jwt-credential: requesting a token from 127.0.0.1:{} …\n", endpoint.port());
    assert_eq!(seen.ends(0, &[]).screen, line + "token-1\n");
}

#[test]
fn a_quick_or_cached_or_verbose_call_announces_nothing() {
    let (quick, slow) = (Endpoint::tokens(DAY), Endpoint::slow_tokens(DAY, SLOW));
    let home = Home::with_oauth(&quick.origin());
    for _ in 0..2 {
        let Some(seen) = seen(&home, &[], &["token"]) else { return };
        assert_eq!(seen.ends(0, &[]).screen, "token-1\n");
    }
    home.oauth_at(&slow);
    let screen = seen(&home, &[], &["token", "-v"]).unwrap().ends(0, &["requesting a token by adobe-oauth"]).screen;
    assert!(!screen.contains("requesting a token from"), "{screen}");
}

#[test]
fn a_call_without_a_terminal_announces_nothing() {
    let endpoint = Endpoint::slow_tokens(DAY, SLOW);
    let home = Home::with_oauth(&endpoint.origin());
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
}

#[test]
fn waiting_for_another_process_is_announced() {
    let endpoint = Endpoint::slow_tokens(DAY, SLOW * 2);
    let home = Home::with_oauth(&endpoint.origin());
    let mut first = home.command(["token"]);
    let first = thread::spawn(move || Ran::of(&mut first));
    endpoint.wait_for(1);
    let Some(seen) = seen(&home, &[], &["token"]) else { return };
    let line = "jwt-credential: waiting for another process that is requesting a token for default …\n";
    assert_eq!(seen.ends(0, &[]).screen, line.to_owned() + "token-1\n");
    assert_eq!((first.join().unwrap().succeeds().stdout.as_str(), endpoint.count()), ("token-1\n", 1));
}

#[test]
fn errors_are_coloured_on_a_terminal_unless_the_user_objects() {
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let home = Home::with_oauth(&endpoint.origin());
    let Some(coloured) = seen(&home, &["TERM=xterm"], &["token"]) else { return };
    let parts = ["jwt-credential: \u{1b}[1;31merror:\u{1b}[0m ", "jwt-credential: \u{1b}[36mhint:\u{1b}[0m "];
    coloured.ends(4, &parts);
    for variables in [&["TERM=xterm", "NO_COLOR=1"][..], &["TERM=dumb"], &[]] {
        let screen = seen(&home, variables, &["token"]).unwrap().ends(4, &["jwt-credential: error: "]).screen;
        assert!(!screen.contains('\u{1b}'), "{variables:?}: {screen}");
    }
    let ran = Ran::of(home.command(["token"]).env("TERM", "xterm")).fails(4, &[]);
    assert!(!ran.stderr.contains('\u{1b}'), "not a terminal: {ran:?}");
}

#[test]
fn a_wrong_shared_cache_is_reported_on_a_terminal() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    profile["shared_cache"] = json!("no-url");
    home.profile("default", &profile);
    let Some(user) = Person::runs(&home, &[BINARY, "token"]) else { return };
    let screen = user.leaves().screen;
    assert_eq!(screen.matches("warning: the shared cache is not used: the URL").count(), 1, "{screen}");
    let ran = home.run(["token", "--refresh"]).succeeds();
    assert_eq!(ran.stderr, "", "callers may merge standard error with the answer");
}
