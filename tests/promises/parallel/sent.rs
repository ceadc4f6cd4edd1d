//! A refusal is shared by all callers that would send the same request, whatever else differs between them.

use std::fs;
use std::time::Duration;

use serde_json::Value as Json;

use crate::support::crowd::Crowd;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{BINARY, Home, SECRET, alone, oauth};

const CALLERS: usize = 200;

/// Runs 200 callers at once, each with these arguments for env(1) before the program's own. All must end with this
/// code, and share one request.
fn share_one_request(answer: Answer, code: i32, caller: impl Fn(&Home, &Json, usize) -> (Vec<String>, Vec<String>)) {
    let home = Home::bare();
    let endpoint = Endpoint::always(answer.after(Duration::from_millis(200)));
    let profile = oauth(&endpoint.origin());
    home.profile("default", &profile);
    let line = |number| {
        let (variables, args) = caller(&home, &profile, number);
        let words = variables.into_iter().chain([BINARY.to_owned(), "token".to_owned()]).chain(args);
        ["/usr/bin/env".to_owned()].into_iter().chain(words).collect::<Vec<_>>()
    };
    let mut crowd = Crowd::gather_each(&home, &(0..CALLERS).map(line).collect::<Vec<_>>());
    let since = crowd.release();
    for (ran, _) in crowd.wait(since) {
        ran.fails(code, &["not asked again before "]);
    }
    assert_eq!(endpoint.count(), 1);
}

fn refused() -> Answer {
    Answer::refusal(401, "invalid_client", "invalid client_secret parameter")
}

#[test]
fn callers_with_different_homes_share_a_refusal() {
    let _machine = alone();
    share_one_request(refused(), 4, |home, _, number| {
        let own = home.path(format!("home-{number}"));
        fs::create_dir(&own).unwrap();
        (vec![format!("HOME={}", own.display())], Vec::new())
    });
}

#[test]
fn callers_with_copies_of_a_profile_share_a_refusal() {
    let _machine = alone();
    share_one_request(refused(), 4, |home, profile, number| {
        let own = home.write(&format!("copy-{number}.json"), &profile.to_string(), 0o600);
        (Vec::new(), vec!["-p".to_owned(), own.display().to_string()])
    });
}

#[test]
fn spellings_of_a_path_and_proxy_settings_share_a_refusal() {
    let _machine = alone();
    share_one_request(refused(), 4, |home, _, number| {
        let path = home.path(if number % 2 == 0 {
            "config/profiles/default.json"
        } else {
            "config/profiles/../profiles/default.json"
        });
        let no_proxy = (number % 4 < 2).then(|| "NO_PROXY=example.com".to_owned());
        (no_proxy.into_iter().collect(), vec!["-p".to_owned(), path.display().to_string()])
    });
}

#[test]
fn callers_with_different_homes_share_a_throttled_request() {
    let _machine = alone();
    share_one_request(Answer::new(429, &[("Retry-After", "20")], "{}"), 5, |home, _, number| {
        let own = home.path(format!("home-{number}"));
        fs::create_dir(&own).unwrap();
        (vec![format!("HOME={}", own.display())], Vec::new())
    });
}

/// The refusal of the old secret, which is recorded after the profile was replaced, does not delay the new secret.
#[test]
fn a_corrected_secret_is_sent_at_once_while_callers_wait() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| {
        if asked.field("client_secret").as_deref() == Some(SECRET) {
            refused().after(Duration::from_millis(1_500))
        } else {
            Answer::token("of-the-new-secret", DAY)
        }
    });
    let mut profile = oauth(&endpoint.origin());
    home.profile("default", &profile);
    let mut crowd = Crowd::gather(&home, 3, &["token"]);
    let since = crowd.release();
    endpoint.wait_for(1);
    profile["client_secret"] = "s8e-CANARY-corrected".into();
    home.profile("default", &profile);
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-the-new-secret\n");
    for (ran, _) in crowd.wait(since) {
        assert!(ran.code == 4 || ran.stdout == "of-the-new-secret\n", "{ran:?}");
    }
    assert_eq!(endpoint.count(), 2);
    // The account's token is still cached, and the refusal of the old secret is still recorded.
    assert_eq!(home.record()["failures"].as_array().unwrap().len(), 1);
}
