//! One failed exchange, however many processes ask: all have its answer, and the endpoint its peace.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::gate::{Crowd, at_once};
use crate::support::{BINARY, Home, Ran, alone, has_client};

/// An endpoint that always answers alike, and when it was asked.
fn asked_at(answer: Answer) -> (Endpoint, Arc<Mutex<Vec<Instant>>>) {
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = times.clone();
    let endpoint = Endpoint::new(move |_, _| {
        noted.lock().unwrap().push(Instant::now());
        answer.clone()
    });
    (endpoint, times)
}

/// Runs a thousand, who all end with this code; what they said.
fn a_thousand_fail(home: &Home, args: &[&str], code: i32) -> BTreeSet<String> {
    let crowd = at_once(home, 1000, args);
    assert!(crowd.iter().all(|(ran, _)| (ran.code, ran.stdout.as_str()) == (code, "")), "{:?}", crowd[0].0);
    crowd.into_iter().map(|(ran, _)| ran.stderr).collect()
}

/// A machine that does not start them all in that time has several requests: never sooner, and each with one message
/// at most, byte for byte, for all whose answer it is.
#[track_caller]
fn are_apart(times: &[Instant], least: Duration, answers: &BTreeSet<String>) {
    assert!(times.windows(2).all(|two| two[1] - two[0] >= least), "{times:?}");
    assert!(answers.len() <= times.len(), "{times:?}: {answers:?}");
}

/// How long until then; 0 where it is over.
fn left(until: SystemTime) -> Duration {
    until.duration_since(SystemTime::now()).unwrap_or_default()
}

#[test]
fn a_thousand_processes_on_a_refusal_make_one_request_in_ten_seconds() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::refusal(401, "invalid_client", "invalid client_secret parameter"));
    home.oauth_at(&endpoint);
    let mut answers = a_thousand_fail(&home, &["token"], 4);
    // Those who come later, until the last second of the ten.
    let mut later = 0;
    loop {
        let ran = home.run(["token"]).fails(4, &[]);
        let until = ran.cools_down_until();
        answers.insert(ran.stderr);
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
fn a_thousand_processes_leave_an_endpoint_alone_as_long_as_it_asks() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::new(429, &[("Retry-After", "5")], "{}"));
    home.oauth_at(&endpoint);
    let mut answers = a_thousand_fail(&home, &["token"], 5);
    let last = home.run(["token"]).fails(5, &[]);
    // The message has whole seconds.
    std::thread::sleep(left(last.cools_down_until()) + Duration::from_secs(1));
    answers.insert(last.stderr);
    answers.append(&mut a_thousand_fail(&home, &["token"], 5));
    let times = times.lock().unwrap();
    are_apart(&times, Duration::from_secs(5), &answers);
    assert!(times.len() >= 2, "nobody asked again when the time was over");
    eprintln!("429 with Retry-After: 5, two times 1,000 processes: {} requests, 5 s apart", times.len());
}

#[test]
fn one_attempt_at_a_hanging_endpoint_is_the_answer_for_a_thousand() {
    let _machine = alone();
    let home = Home::bare();
    let (endpoint, times) = asked_at(Answer::never());
    home.oauth_at(&endpoint);
    let answers = a_thousand_fail(&home, &["token"], 5);
    let times = times.lock().unwrap();
    // An attempt has 4 s, of which some are over when its request arrives.
    are_apart(&times, Duration::from_secs(3), &answers);
    eprintln!("hanging endpoint, 1,000 processes: {} attempts", times.len());
}

/// As NFS without a lock manager answers.
#[test]
fn where_locks_are_refused_everybody_has_a_token_and_the_record_is_whole() {
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
    assert!(count > 1, "one exchange for all: nothing was refused");
    let ran = Ran::of(home.program("/bin/sh").args(["-c", "exec \"$@\"", "/bin/sh"]).args(&line)).succeeds();
    assert_eq!(home.record()["token"]["access_token"], ran.stdout.trim());
    assert_eq!(endpoint.count(), count, "the token is cached all the same");
    let names = crate::support::files::names(&home.path("cache"));
    assert!(!names.iter().any(|name| name.contains(".tmp")), "{names:?}");
    eprintln!("locks refused, 40 processes: {count} requests, one whole record");
}
