//! Many machines at once, each with an empty disk: one exchange, or one refusal.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::{Fleet, VARIABLE};
use crate::support::crowd::Crowd;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{BINARY, Home, Ran, alone};

/// The command line for a token on the machine of this number, with the shared cache at this URL.
pub(super) fn line(fleet: &Fleet, machine: usize, url: &str) -> Vec<String> {
    let cache = format!("JWT_CREDENTIAL_CACHE_DIR={}", fleet.home.path(format!("machine-{machine}")).display());
    vec!["/usr/bin/env".into(), cache, format!("{VARIABLE}={url}"), BINARY.into(), "token".into()]
}

/// The lines of this many machines.
fn lines(fleet: &Fleet, machines: usize) -> Vec<Vec<String>> {
    (0..machines).map(|machine| line(fleet, machine, &fleet.redis.url())).collect()
}

/// Runs these command lines at once. Returns how and when each ended.
pub(super) fn at_once(fleet: &Fleet, lines: &[Vec<String>]) -> Vec<(Ran, Duration)> {
    fleet.redis.go_first();
    let mut crowd = Crowd::gather_each(&fleet.home, lines);
    let since = crowd.release();
    crowd.wait(since)
}

pub(super) fn longest(ended: &[(Ran, Duration)]) -> Duration {
    ended.iter().map(|(_, took)| *took).max().unwrap_or_default()
}

fn share_a_token(machines: usize) {
    let _machine = alone();
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(500));
    let Some(fleet) = Fleet::with(Home::in_memory(), &endpoint, &[]) else { return };
    let nothing = vec![vec!["/usr/bin/env", "/bin/true"]; machines];
    let mut crowd = Crowd::gather_each(&fleet.home, &nothing);
    let since = crowd.release();
    let start = longest(&crowd.wait(since));
    let ended = at_once(&fleet, &lines(&fleet, machines));
    let took = longest(&ended);
    for (ran, _) in ended {
        assert_eq!(ran.succeeds().stdout, "token-1\n");
    }
    eprintln!(
        "MEASURED: {machines} machines with empty disks: {} exchanges of 500 ms, {took:.1?}; as many /bin/true: {start:.1?}",
        endpoint.count()
    );
    assert_eq!(endpoint.count(), 1);
}

fn share_a_refusal(machines: usize) {
    let _machine = alone();
    let refusal = Answer::refusal(401, "invalid_client", "invalid client_secret parameter");
    let times = Arc::new(Mutex::new(Vec::new()));
    let noted = times.clone();
    let endpoint = Endpoint::new(move |_, _| {
        noted.lock().unwrap().push(Instant::now());
        refusal.clone().after(Duration::from_millis(200))
    });
    let Some(fleet) = Fleet::with(Home::in_memory(), &endpoint, &[]) else { return };
    for (ran, _) in at_once(&fleet, &lines(&fleet, machines)) {
        ran.fails(4, &["invalid_client"]);
    }
    let times = times.lock().unwrap();
    eprintln!("MEASURED: {machines} machines that are refused: {} requests", times.len());
    // A refusal counts for ten seconds. A busy machine does not start a thousand processes in that time.
    assert!(times.windows(2).all(|two| two[1] - two[0] >= Duration::from_secs(9)), "{times:?}");
}

#[test]
fn fifty_machines_make_one_exchange() {
    share_a_token(50);
}

#[test]
fn fifty_machines_are_refused_once() {
    share_a_refusal(50);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_thousand_machines_make_one_exchange() {
    share_a_token(1_000);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_thousand_machines_are_refused_once() {
    share_a_refusal(1_000);
}
