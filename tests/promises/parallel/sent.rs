//! A refusal is shared by all callers that would send the same request, whatever else differs between them.

use std::fs;
use std::time::Duration;

use serde_json::Value as Json;

use crate::support::crowd::Crowd;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{BINARY, Home, SECRET, alone, oauth};

const CALLERS: usize = 200;

/// The answers that are shared, with the exit code of each.
fn refusals() -> [(&'static str, Answer, i32); 2] {
    [
        ("a refusal", Answer::refusal(401, "invalid_client", "invalid client_secret parameter"), 4),
        ("429 with Retry-After", Answer::new(429, &[("Retry-After", "20")], "{}"), 5),
    ]
}

/// Runs 200 callers at once, each with these arguments for env(1) before the program's own. All must end with the
/// refusal's code, and share one request.
fn share_one_request(what: &str, caller: impl Fn(&Home, &Json, usize) -> (Vec<String>, Vec<String>)) {
    let _machine = alone();
    for (answered, answer, code) in refusals() {
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
            ran.fails(code, &[]);
        }
        eprintln!("{CALLERS} callers, {what}, {answered}: {} requests", endpoint.count());
        assert_eq!(endpoint.count(), 1, "{what}, {answered}");
    }
}

#[test]
fn callers_with_different_homes_share_a_refusal() {
    share_one_request("each with its own HOME", |home, _, number| {
        let own = home.path(format!("home-{number}"));
        fs::create_dir(&own).unwrap();
        (vec![format!("HOME={}", own.display())], Vec::new())
    });
}

#[test]
fn callers_with_copies_of_a_profile_share_a_refusal() {
    share_one_request("each with its own copy of the profile", |home, profile, number| {
        let own = home.write(&format!("copy-{number}.json"), &profile.to_string(), 0o600);
        (Vec::new(), vec!["-p".to_owned(), own.display().to_string()])
    });
}

#[test]
fn spellings_of_a_path_and_proxy_settings_share_a_refusal() {
    share_one_request("two spellings of a path, with and without NO_PROXY", |home, _, number| {
        let directory = if number % 2 == 0 { "config/profiles" } else { "config/profiles/../profiles" };
        let path = home.path(directory).join("default.json");
        let no_proxy = (number % 4 < 2).then(|| "NO_PROXY=example.com".to_owned());
        (no_proxy.into_iter().collect(), vec!["-p".to_owned(), path.display().to_string()])
    });
}

/// The refusal of the old secret, which is recorded after the profile was replaced, does not delay the new secret.
#[test]
fn a_corrected_secret_is_sent_at_once_while_callers_wait() {
    let _machine = alone();
    for (answered, answer, code) in refusals() {
        let home = Home::bare();
        let answer = answer.after(Duration::from_millis(1_500));
        let endpoint = Endpoint::new(move |asked, _| match asked.field("client_secret").as_deref() {
            Some(SECRET) => answer.clone(),
            _ => Answer::token("of-the-new-secret", DAY),
        });
        let mut profile = oauth(&endpoint.origin());
        home.profile("default", &profile);
        let mut crowd = Crowd::gather(&home, CALLERS, &["token"]);
        let since = crowd.release();
        endpoint.wait_for(1);
        profile["client_secret"] = "s8e-CANARY-corrected".into();
        let corrected = home.write("corrected.json", &profile.to_string(), 0o600);
        fs::rename(corrected, home.path("config/profiles/default.json")).unwrap();
        assert_eq!(home.run(["token"]).succeeds().stdout, "of-the-new-secret\n");
        let crowd = crowd.wait(since);
        for (ran, _) in &crowd {
            assert!(ran.code == code || ran.stdout == "of-the-new-secret\n", "{answered}: {ran:?}");
        }
        let refused = crowd.iter().filter(|(ran, _)| ran.code == code).count();
        eprintln!(
            "a secret corrected while {CALLERS} wait, {answered}: {} requests, {refused} refused",
            endpoint.count()
        );
        assert_eq!(endpoint.count(), 2, "{answered}");
        // The account's token is still cached, and the refusal of the old secret is still recorded.
        assert_eq!(home.record()["failures"].as_array().unwrap().len(), 1);
    }
}
