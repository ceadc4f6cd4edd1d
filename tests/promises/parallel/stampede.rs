//! One exchange for any number of processes.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::crowd::{Crowd, at_once};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::process::signal;
use crate::support::{BINARY, Home, Ran, alone, oauth};

fn slowest(crowd: &[(Ran, Duration)]) -> Duration {
    crowd.iter().map(|(_, after)| *after).max().unwrap()
}

#[track_caller]
fn all_have_one_token(crowd: &[(Ran, Duration)]) -> String {
    let answers: BTreeSet<_> =
        crowd.iter().map(|(ran, _)| (ran.code, ran.stdout.as_str(), ran.stderr.as_str())).collect();
    assert_eq!(answers.len(), 1, "{answers:?}");
    let (code, stdout, stderr) = *answers.first().unwrap();
    assert_eq!((code, stderr), (0, ""));
    stdout.trim().to_owned()
}

#[test]
fn a_thousand_processes_make_one_exchange_twenty_times() {
    let _machine = alone();
    let mut walls = Vec::new();
    for _ in 0..20 {
        let home = Home::bare();
        let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(300));
        home.oauth_at(&endpoint);
        let crowd = at_once(&home, 1000, &["token"]);
        assert_eq!(all_have_one_token(&crowd), "token-1");
        assert_eq!(endpoint.count(), 1);
        walls.push(slowest(&crowd));
    }
    walls.sort();
    eprintln!("1,000 processes, exchange of 300 ms: median {:?}, slowest {:?}", walls[10], walls[19]);
}

#[test]
fn a_good_cache_needs_no_exchange() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::tokens(DAY);
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    let crowd = at_once(&home, 1000, &["token"]);
    assert_eq!(all_have_one_token(&crowd), "token-1");
    assert_eq!(endpoint.count(), 1);
    eprintln!("1,000 processes, cached: {:?}", slowest(&crowd));
}

#[test]
fn calls_that_refresh_at_the_same_time_share_exchanges() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_secs(3));
    home.oauth_at(&endpoint);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    // All calls begin before the first request ends. It answers only those that began before it, the next one all others.
    let crowd = at_once(&home, 100, &["token", "--refresh", "--timeout", "60s"]);
    assert!(crowd.iter().all(|(ran, _)| ["token-2\n", "token-3\n"].contains(&ran.stdout.as_str())), "{:?}", crowd[0].0);
    assert!(endpoint.count() <= 3, "{}", endpoint.count());
}

/// The server may have issued such a token before the call began.
#[test]
fn an_earlier_request_does_not_answer_a_refresh() {
    let home = Home::new();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_secs(1));
    home.oauth_at(&endpoint);
    std::thread::scope(|scope| {
        let first = scope.spawn(|| home.run(["token"]).succeeds().stdout);
        endpoint.wait_for(1);
        std::thread::sleep(Duration::from_millis(100));
        assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "token-2\n");
        assert_eq!(first.join().unwrap(), "token-1\n");
    });
}

#[test]
fn while_one_refreshes_early_the_others_do_not_wait() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::new(|_, number| {
        let delay = if number == 1 { Duration::ZERO } else { Duration::from_secs(4) };
        Answer::token(&format!("token-{number}"), 3600).after(delay)
    });
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    // In a token's hour, the last 6 min ± 10 % are the refresh window.
    home.age_token(3_300_000);
    // The longer deadline gives the refresher time for an exchange that takes longer than all other calls.
    let crowd = at_once(&home, 200, &["token", "--timeout", "60s"]);
    assert_eq!(endpoint.count(), 2);
    let with = |token: &str| {
        let ended = crowd.iter().filter(|(ran, _)| ran.code == 0 && ran.stdout.trim() == token);
        ended.map(|(_, after)| *after).collect::<Vec<_>>()
    };
    let (old, new) = (with("token-1"), with("token-2"));
    assert_eq!((old.len(), new.len()), (199, 1));
    let slowest_other = old.iter().max().unwrap();
    assert!(*slowest_other < new[0], "all others ended before the exchange ended");
    eprintln!("refresh window, 200 processes: the others within {slowest_other:?}, the refresher {:?}", new[0]);
}

#[test]
fn a_killed_holder_costs_exactly_one_more_exchange() {
    let _machine = alone();
    let home = Home::bare();
    // Only the holder's death ends the first exchange.
    let endpoint = Endpoint::new(|_, number| match number {
        1 => Answer::never(),
        _ => Answer::token(&format!("token-{number}"), DAY).after(Duration::from_millis(500)),
    });
    home.oauth_at(&endpoint);
    let mut crowd = Crowd::gather(&home, 1000, &["token"]);
    let mut holder = home.command(["token", "--timeout", "60s"]).spawn().unwrap();
    endpoint.wait_for(1);
    let since = crowd.release();
    std::thread::sleep(Duration::from_millis(600));
    let killed = Instant::now();
    holder.kill().unwrap();
    holder.wait().unwrap();
    endpoint.wait_for(2);
    let next = killed.elapsed();
    let crowd = crowd.wait(since);
    assert_eq!(all_have_one_token(&crowd), "token-2");
    assert_eq!(endpoint.count(), 2);
    eprintln!("killed holder, 1,000 waiters: next exchange after {next:?}, all done {:?}", slowest(&crowd));
}

#[test]
fn a_stopped_holder_costs_one_exchange_and_overwrites_nothing() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(1500));
    home.oauth_at(&endpoint);
    let mut holder = home.command(["token"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    signal(&holder, Signal::STOP);
    let crowd = at_once(&home, 1000, &["token"]);
    assert_eq!(all_have_one_token(&crowd), "token-2");
    assert_eq!(endpoint.count(), 2);
    eprintln!("stopped holder, 1,000 waiters, exchange of 1.5 s: {:?}", slowest(&crowd));
    signal(&holder, Signal::CONT);
    holder.wait().unwrap();
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
    assert_eq!(home.record()["token"]["fields"]["access_token"], "token-2");
}

#[test]
fn two_profiles_make_one_exchange_each_and_no_token_crosses() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::new(|asked, number| {
        let token = format!("token-of-{}-{number}", asked.field("client_id").unwrap());
        Answer::token(&token, DAY).after(Duration::from_millis(500))
    });
    for name in ["one", "two"] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_id"] = name.into();
        home.profile(name, &profile);
    }
    let mut crowds = ["one", "two"].map(|name| Crowd::gather(&home, 500, &["token", "-p", name]));
    let since = crowds.each_mut().map(Crowd::release);
    let tokens: Vec<_> =
        crowds.into_iter().zip(since).map(|(crowd, since)| all_have_one_token(&crowd.wait(since))).collect();
    assert!(tokens[0].starts_with("token-of-one-") && tokens[1].starts_with("token-of-two-"), "{tokens:?}");
    let asked: BTreeSet<_> = endpoint.asked().iter().map(|asked| asked.field("client_id").unwrap()).collect();
    assert_eq!((endpoint.count(), asked.len()), (2, 2));
    eprintln!("two profiles, 500 processes each: {} exchanges", endpoint.count());
}

#[test]
fn callers_of_all_formats_share_one_exchange() {
    const FORMATS: [&[&str]; 8] =
        [&["token"], &["json"], &["header"], &["headers"], &["headers", "--json"], &["curl"], &["env"], &["kubectl"]];
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(500));
    home.oauth_at(&endpoint);
    let line = |number: usize| [BINARY].iter().chain(FORMATS[number % FORMATS.len()]).copied().collect::<Vec<_>>();
    let mut crowd = Crowd::gather_each(&home, &(0..1000).map(line).collect::<Vec<_>>());
    let since = crowd.release();
    let mut answers: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
    for (number, (ran, _)) in crowd.wait(since).into_iter().enumerate() {
        answers.entry(number % FORMATS.len()).or_default().insert(ran.succeeds().stdout);
    }
    for (format, answers) in &answers {
        let holds_it = answers.iter().all(|answer| answer.contains("token-1"));
        assert!(answers.len() == 1 && holds_it, "{:?}: {answers:?}", FORMATS[*format]);
    }
    assert_eq!((answers.len(), endpoint.count()), (FORMATS.len(), 1));
    eprintln!("1,000 processes in {} formats: 1 exchange", FORMATS.len());
}

#[test]
fn waiters_whose_cache_is_removed_make_one_more_exchange() {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_secs(2));
    home.oauth_at(&endpoint);
    let mut crowd = Crowd::gather(&home, 200, &["token"]);
    let since = crowd.release();
    endpoint.wait_for(1);
    std::thread::sleep(Duration::from_millis(500));
    std::fs::remove_dir_all(home.path("cache")).unwrap();
    for (ran, _) in crowd.wait(since) {
        assert!(["token-1\n", "token-2\n"].contains(&ran.stdout.as_str()));
    }
    assert_eq!(endpoint.count(), 2);
    assert_eq!(home.record()["token"]["fields"]["access_token"], "token-2");
}
