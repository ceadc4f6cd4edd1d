//! How long a token is used, what happens near its expiry, and the lifetime that `--min-ttl` promises.

use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, oauth};

const HOUR: u64 = 3600;
/// In a token's hour, the last 6 min ± 10 % are the refresh window. In the last minute the token is not printed.
const FRESH: u64 = 52 * 60_000;
const AGEING: u64 = 55 * 60_000;
const SHORT: u64 = 59 * 60_000 + 30_000;

/// A home whose token was requested this many milliseconds ago. From then on the endpoint answers as given.
fn home_with_token(age: u64, then: impl Fn(usize) -> Answer + Send + Sync + 'static) -> (Home, Endpoint) {
    let endpoint =
        Endpoint::new(move |_, number| if number == 1 { Answer::token("token-1", HOUR) } else { then(number) });
    let home = Home::new();
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    home.age_token(age);
    (home, endpoint)
}

fn fine(number: usize) -> Answer {
    Answer::token(&format!("token-{number}"), HOUR)
}

fn down(_: usize) -> Answer {
    Answer::json(500, &json!({"error": "internal_error", "error_description": "Please try again later"}))
}

#[test]
fn fresh_tokens_are_printed_ageing_ones_replaced() {
    for (age, token, exchanges) in [(FRESH, "token-1\n", 1), (AGEING, "token-2\n", 2), (SHORT, "token-2\n", 2)] {
        let (home, endpoint) = home_with_token(age, fine);
        assert_eq!(home.run(["token"]).succeeds().stdout, token, "{age}");
        assert_eq!(endpoint.count(), exchanges, "{age}");
    }
}

#[test]
fn while_a_token_is_good_a_failing_endpoint_does_no_harm() {
    let (home, endpoint) = home_with_token(AGEING, down);
    for _ in 0..20 {
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 2, "one attempt, then the back-off");
    let record = home.record();
    assert_eq!((&record["back_off"]["pause_ms"], &record["back_off"]["failures"]), (&json!(30_000), &json!(1)));
    // As if the back-off were over: the next one is twice as long, up to 5 min.
    for (failures, pause) in [(2, 60_000), (3, 120_000), (4, 240_000), (5, 300_000), (6, 300_000)] {
        let mut record = home.record();
        for clock in ["wall_ms", "boot_ms"] {
            let since = record["back_off"]["since"][clock].as_u64().unwrap();
            record["back_off"]["since"][clock] = json!(since.saturating_sub(300_001));
        }
        std::fs::write(home.record_path().unwrap(), record.to_string()).unwrap();
        for _ in 0..3 {
            assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
        }
        let record = home.record();
        assert_eq!(
            (&record["back_off"]["pause_ms"], &record["back_off"]["failures"]),
            (&json!(pause), &json!(failures))
        );
        assert_eq!(endpoint.count(), 1 + failures);
    }
}

#[test]
fn a_short_token_is_used_unless_a_longer_one_was_promised() {
    let (home, endpoint) = home_with_token(SHORT, down);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    home.run(["token", "--min-ttl", "50s"]).fails(5, &["internal_error"]);
    home.run(["token", "--refresh"]).fails(5, &["internal_error"]);
    assert_eq!(endpoint.count(), 4);
    assert_eq!(home.record()["token"]["fields"]["access_token"], "token-1", "the good token is still cached");
}

#[test]
fn an_expired_token_is_never_printed() {
    let (home, _endpoint) = home_with_token(HOUR * 1000 + 1, down);
    home.run(["token"]).fails(5, &["internal_error"]);
}

#[test]
fn a_min_ttl_beyond_the_tokens_lifetime_is_its_own_error() {
    let (home, endpoint) = home_with_token(0, fine);
    home.age_token(20_000);
    home.run(["token", "--min-ttl", "2h"]).fails(7, &["live 59m 59s", "2h", "--min-ttl"]);
    assert_eq!(endpoint.count(), 2);
    assert_eq!(home.run(["token", "--min-ttl", "50m"]).succeeds().stdout, "token-2\n");
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn an_early_refresh_keeps_the_promised_lifetime() {
    let (home, endpoint) = home_with_token(AGEING, |_| Answer::token("token-short", 30));
    assert_eq!(home.run(["token", "--min-ttl", "2m"]).succeeds().stdout, "token-1\n");
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn an_early_refresh_takes_no_token_that_expires_sooner() {
    let (home, endpoint) = home_with_token(AGEING, |_| Answer::token("token-short", 30));
    for _ in 0..3 {
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn a_lifetime_that_was_too_short_is_not_retried_at_once() {
    let (home, endpoint) = home_with_token(0, fine);
    for _ in 0..3 {
        home.run(["token", "--min-ttl", "2h"]).fails(7, &["--min-ttl"]);
    }
    assert!(endpoint.count() <= 2, "{}", endpoint.count());
}

#[test]
fn no_waiter_takes_over_before_the_holders_time_is_over() {
    let endpoint = Endpoint::slow_tokens(HOUR, Duration::from_millis(2500));
    let home = Home::new();
    home.oauth_at(&endpoint);
    let mut patient = home.command(["token", "--timeout", "30s"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    // A third of the call's time: the holder's share for an attempt ended long before.
    assert_eq!(home.run(["token", "--timeout", "3s"]).succeeds().stdout, "token-1\n");
    assert!(patient.wait().unwrap().success());
    assert_eq!(endpoint.count(), 1);
}

/// Two attempts at once, as without locks: one fails after the other got a token.
#[test]
fn a_failed_attempt_uses_a_token_that_came_meanwhile() {
    let (home, endpoint) = home_with_token(0, |number| match number {
        2 => Answer::token("token-2", HOUR).after(Duration::from_millis(500)),
        _ => Answer::refusal(400, "invalid_client", "").after(Duration::from_millis(1500)),
    });
    let record = home.record_path().unwrap();
    let lock = record.with_extension("lock1");
    std::fs::remove_file(record).unwrap();
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(lock).unwrap();
    let mut other = home.command(["token"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(2);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
    assert!(other.wait().unwrap().success());
    assert_eq!(endpoint.count(), 3);
}

#[test]
fn tokens_shorter_than_the_preferred_ttl_are_cached_too() {
    let endpoint = Endpoint::tokens(40);
    let home = Home::new();
    home.oauth_at(&endpoint);
    for _ in 0..5 {
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn refresh_ignores_a_good_token_and_the_cool_down() {
    let (home, endpoint) =
        home_with_token(
            0,
            |number| if number == 2 { Answer::refusal(400, "invalid_client", "") } else { fine(number) },
        );
    home.run(["token", "--refresh"]).fails(4, &["invalid_client"]);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "the good token is still cached");
    assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "token-3\n");
    assert_eq!(endpoint.count(), 3);
}

#[test]
fn without_the_cache_nothing_is_read_or_written() {
    let (home, endpoint) = home_with_token(0, fine);
    let before = home.record();
    assert_eq!(home.run(["token", "--no-cache"]).succeeds().stdout, "token-2\n");
    assert_eq!((home.record(), endpoint.count()), (before, 2));
}

#[test]
fn the_expiry_is_the_servers_and_stays_the_same() {
    let (home, _endpoint) = home_with_token(0, fine);
    let end = || home.run(["json"]).succeeds().json()["expires_at"].clone();
    let first = end();
    for _ in 0..10 {
        assert_eq!(end(), first);
    }
}

#[test]
fn a_token_without_a_lifetime_is_cached_briefly() {
    let endpoint = Endpoint::always(Answer::json(200, &json!({"access_token": "token-1", "token_type": "Bearer"})));
    let home = Home::new();
    home.profile("default", &oauth(&endpoint.origin()));
    for _ in 0..3 {
        assert_eq!(home.run(["json"]).succeeds().json().get("expires_at"), None);
    }
    assert_eq!(endpoint.count(), 1);
    home.age_token(301_000);
    home.run(["json"]).succeeds();
    assert_eq!(endpoint.count(), 2);
}
