//! One failed exchange for any number of processes: all get its answer, and the endpoint gets no more requests.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::support::crowd::{Crowd, at_once};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{BINARY, Home, Ran, alone, has_client};

/// An endpoint with one answer, and the times of its requests.
fn asked_at(answer: Answer) -> (Endpoint, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = times.clone();
    let endpoint = Endpoint::new(move |_, _| {
        noted.lock().unwrap().push(Instant::now());
        answer.clone()
    });
    (endpoint, times)
}

/// Runs a thousand processes, which must all end with this code; returns their messages.
fn a_thousand_fail(home: &Home, args: &[&str], code: i32) -> BTreeSet<String> {
    let crowd = at_once(home, 1000, args);
    assert!(crowd.iter().all(|(ran, _)| (ran.code, ran.stdout.as_str()) == (code, "")), "{:?}", crowd[0].0);
    crowd.into_iter().map(|(ran, _)| ran.error_of_the_request()).collect()
}

/// A machine that cannot start all processes within this time makes several requests. They are never closer together,
/// and each has one message, byte for byte, for all processes that share it.
#[track_caller]
fn are_apart(times: &[Instant], least: Duration, answers: &BTreeSet<String>) {
    assert!(times.windows(2).all(|two| two[1] - two[0] >= least), "{times:?}");
    assert!(answers.len() <= times.len(), "{times:?}: {answers:?}");
}

/// The time until then; 0 if it has passed.
fn left(until: SystemTime) -> Duration {
    until.duration_since(SystemTime::now()).unwrap_or_default()
}

#[test]
fn a_thousand_refused_processes_make_one_request_in_10_s() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::refusal(401, "invalid_client", "invalid client_secret parameter"));
    home.oauth_at(&endpoint);
    let mut answers = a_thousand_fail(&home, &["token"], 4);
    // Later calls, until the last of the ten seconds.
    let mut later = 0;
    loop {
        let ran = home.run(["token"]).fails(4, &[]);
        let until = ran.cools_down_until();
        answers.insert(ran.error_of_the_request());
        later += 1;
        if left(until) < Duration::from_secs(1) {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let times = times.lock().unwrap();
    are_apart(&times, Duration::from_secs(10), &answers);
    eprintln!("refusing endpoint, 1,000 processes and {later} later ones: {} requests, 10 s apart", times.len());
}

#[test]
fn a_thousand_processes_respect_retry_after() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::new(429, &[("Retry-After", "5")], "{}"));
    home.oauth_at(&endpoint);
    let mut answers = a_thousand_fail(&home, &["token"], 5);
    let last = home.run(["token"]).fails(5, &[]);
    // The message has whole seconds.
    std::thread::sleep(left(last.cools_down_until()) + Duration::from_secs(1));
    answers.insert(last.error_of_the_request());
    answers.append(&mut a_thousand_fail(&home, &["token"], 5));
    let times = times.lock().unwrap();
    are_apart(&times, Duration::from_secs(5), &answers);
    assert!(times.len() >= 2, "no request after the time had passed");
    eprintln!("429 with Retry-After: 5, two times 1,000 processes: {} requests, 5 s apart", times.len());
}

#[test]
fn one_attempt_at_a_hanging_endpoint_answers_a_thousand() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::never());
    home.oauth_at(&endpoint);
    let answers = a_thousand_fail(&home, &["token"], 5);
    let times = times.lock().unwrap();
    // An attempt has 4 s, and has used some when its request arrives.
    are_apart(&times, Duration::from_secs(3), &answers);
    eprintln!("hanging endpoint, 1,000 processes: {} attempts", times.len());
}

/// The error of NFS without a lock manager.
#[test]
fn where_locks_are_refused_every_call_gets_a_token() {
    if !has_client("strace") {
        return;
    }
    let _machine = alone();
    let home = Home::bare();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(100));
    home.oauth_at(&endpoint);
    let inject = ["-f", "-q", "-o", "/dev/null", "-e", "trace=flock", "-e", "inject=flock:error=ENOLCK"];
    let line: Vec<_> = ["strace"].iter().chain(&inject).chain(&[BINARY, "token"]).copied().collect();
    let mut crowd = Crowd::gather_each(&home, &vec![line.clone(); 40]);
    let since = crowd.release();
    for (ran, _) in crowd.wait(since) {
        assert!(ran.succeeds().stdout.starts_with("token-"));
    }
    let count = endpoint.count();
    assert!(count > 1, "all calls shared an exchange, so locks were not refused");
    let ran = Ran::of(home.program("/bin/sh").args(["-c", "exec \"$@\"", "/bin/sh"]).args(&line)).succeeds();
    assert_eq!(home.record()["token"]["fields"]["access_token"], ran.stdout.trim());
    assert_eq!(endpoint.count(), count, "the token is still cached");
    let names = crate::support::files::names(&home.path("cache"));
    assert!(!names.iter().any(|name| name.contains(".tmp")), "{names:?}");
    eprintln!("locks refused, 40 processes: {count} requests, one whole record");
}
