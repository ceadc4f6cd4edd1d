//! Which failures are retried, and for which calls and how long a failure is the answer.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::{Home, Ran, jwt};

/// Changes the record as if the last failure had been this many seconds earlier.
fn age_failure(home: &Home, seconds: u64) {
    let mut record = home.record();
    for clock in ["wall_ms", "boot_ms"] {
        let at = record["failures"][0]["at"][clock].as_u64().unwrap();
        record["failures"][0]["at"][clock] = json!(at.saturating_sub(seconds * 1000));
    }
    fs::write(home.record_path().unwrap(), record.to_string()).unwrap();
}

#[test]
fn retry_after_is_respected() {
    let later = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(45));
    for (status, after, lasts) in [(429, "30", 30), (503, "30", 30), (429, "3600", 60), (429, &later, 45)] {
        let refusal = json!({"error": "too_many_requests"}).to_string();
        let home = Home::new();
        let endpoint = Endpoint::always(Answer::new(status, &[("Retry-After", after)], &refusal));
        home.oauth_at(&endpoint);
        let first = home.run(["token"]).fails(5, &["Retry-After", &format!("status {status}")]);
        assert!(after.len() > 4 || first.stderr.contains(&format!("for {after} s")), "{first:?}");
        age_failure(&home, lasts - 5);
        let second = home.run(["token"]).fails(5, &["not asked again before "]);
        assert_eq!(second.error_of_the_request(), first.stderr);
        assert_eq!(endpoint.count(), 1, "{status}, {after}");
        age_failure(&home, 10);
        home.run(["token"]).fails(5, &[]);
        assert_eq!(endpoint.count(), 2, "{status}, {after}");
    }
}

#[test]
fn a_refusal_lasts_ten_seconds_or_until_something_is_fixed() {
    let endpoint = Endpoint::new(|_, number| Answer::refusal(401, "invalid_client", &format!("number {number}")));
    let home = Home::new();
    home.jwt_at(&endpoint);
    let mut profile = jwt(&endpoint.origin());
    profile["client_secret"] = json!({"env": "THE_SECRET"});
    home.profile("default", &profile);
    let run = |args: &[&str], value: &str| Ran::of(home.command(args).env("THE_SECRET", value));
    let another_key = || {
        let key = home.path("config/profiles/private.key");
        fs::write(&key, fs::read_to_string(&key).unwrap() + "\n").unwrap();
    };
    let fixes: [(&str, &dyn Fn()); 5] = [
        ("at first", &|| {}),
        ("ten seconds", &|| age_failure(&home, 11)),
        ("the key", &another_key),
        ("a variable", &|| {}),
        ("forgotten", &|| drop(run(&["forget"], "two").succeeds())),
    ];
    let mut value = "one";
    for (before, (what, fix)) in fixes.into_iter().enumerate() {
        fix();
        value = if what == "a variable" { "two" } else { value };
        let number = format!("invalid_client (number {})", before + 1);
        let first = run(&["token"], value).fails(4, &[&number]);
        age_failure(&home, 5);
        let second = run(&["token"], value).fails(4, &["not asked again before "]);
        assert_eq!(second.error_of_the_request(), first.stderr, "{what}");
        assert_eq!(endpoint.count(), before + 1, "{what}");
    }
    run(&["token", "--refresh"], value).fails(4, &["number 6"]);
    run(&["token", "--no-cache"], value).fails(4, &["number 7"]);
}

#[test]
fn a_passing_failure_is_retried() {
    for status in [429, 502, 503, 504] {
        let answer = move |_: &Asked, number| match number {
            1 | 2 => Answer::new(status, &[], "<html>busy</html>"),
            _ => Answer::token("token", 3600),
        };
        let (home, endpoint) = (Home::new(), Endpoint::new(answer));
        home.oauth_at(&endpoint);
        assert_eq!(home.run(["token"]).succeeds().stdout, "token\n");
        assert_eq!(endpoint.count(), 3);
    }
}

#[test]
fn while_the_old_token_is_good_a_refusal_costs_nothing() {
    let refusal = Answer::refusal(400, "invalid_client", "invalid client_secret parameter");
    let answer = move |_: &Asked, number| if number == 1 { Answer::token("old", 3600) } else { refusal.clone() };
    let (home, endpoint) = (Home::new(), Endpoint::new(answer));
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    // In a token's hour, the last 6 min ± 10 % are the refresh window.
    home.age_token(3_300_000);
    for _ in 0..2 {
        assert_eq!(home.run(["token"]).succeeds().stdout, "old\n");
        assert_eq!(endpoint.count(), 2, "one attempt, then none for a while");
    }
    home.run(["token", "--min-ttl", "10m"]).fails(4, &["invalid_client"]);
    home.run(["token", "--refresh"]).fails(4, &["invalid_client"]);
    assert_eq!(home.record()["token"]["fields"]["access_token"], "old");
}
