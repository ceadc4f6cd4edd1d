//! The lock holder may be delayed, stopped or killed at any step. The waiters get a token in time, the record stays
//! whole and is never replaced by an older one, and only the interrupted exchange is repeated.

mod scenario;
mod traced;

use std::time::{Duration, Instant};

use crate::support::endpoint::Endpoint;
use crate::support::{Home, Ran, has_client};
use scenario::{Scenario, Who, play, steps};
use traced::{Fault, Step, Traced, stem};

/// A short delay; and a delay longer than the holder's share, so that a waiter takes over and the holder wakes during
/// its exchange.
const FAULTS: [Fault; 4] =
    [Fault::Delay(Duration::from_millis(50)), Fault::Delay(Duration::from_millis(2100)), Fault::Stop, Fault::Kill];

/// The longer delay is still within the successor's own share.
const FAULTS_OF_A_SUCCESSOR: [Fault; 3] = [Fault::Delay(Duration::from_millis(500)), Fault::Stop, Fault::Kill];

/// No call waits for a refresher, so its delay may be long.
const FAULTS_OF_A_REFRESHER: [Fault; 2] = [Fault::Stop, Fault::Kill];

/// Each fault at each step, with each number of waiters.
fn scenarios(who: Who, others: &[usize], chosen: impl Fn(&Step) -> bool) -> Vec<Scenario> {
    let faults: &[Fault] = match who {
        Who::Holder => &FAULTS,
        Who::Successor => &FAULTS_OF_A_SUCCESSOR,
        Who::Refresher => &FAULTS_OF_A_REFRESHER,
    };
    let mut all = Vec::new();
    for step in steps(who).into_iter().filter(chosen) {
        for (fault, others) in faults.iter().flat_map(|fault| others.iter().map(move |others| (*fault, *others))) {
            all.push(Scenario { who, step: step.clone(), fault, others });
        }
    }
    all
}

/// Plays all scenarios, at least this many, and reports the failures.
#[track_caller]
fn nothing_is_wrong(what: &str, least: usize, scenarios: &[Scenario]) {
    assert!(scenarios.len() >= least, "{scenarios:?}");
    let since = Instant::now();
    let wrong = play(scenarios);
    assert!(
        wrong.is_empty(),
        "{what}: {} complaints in {} scenarios:\n{}",
        wrong.len(),
        scenarios.len(),
        wrong.join("\n")
    );
    eprintln!("{what}: {} scenarios in {:?}", scenarios.len(), since.elapsed());
}

#[test]
fn a_holder_may_be_interrupted_where_it_matters_most() {
    if !has_client("strace") {
        return;
    }
    let holder = |step: &Step| ["flock", "utimensat", "recvfrom", "renameat"].contains(&&*step.name);
    nothing_is_wrong("a holder", 16, &scenarios(Who::Holder, &[2], holder));
    let refresher = |step: &Step| ["flock", "renameat"].contains(&&*step.name);
    nothing_is_wrong("a refresher", 4, &scenarios(Who::Refresher, &[2], refresher));
    let successor = |step: &Step| ["utimensat", "renameat"].contains(&&*step.name);
    let mut killed = scenarios(Who::Successor, &[2], successor);
    killed.retain(|scenario| scenario.fault == Fault::Kill);
    nothing_is_wrong("a successor", 2, &killed);
}

/// A call that took over, was stopped and wakes, removes a temporary file that now belongs to this one.
#[test]
fn a_record_whose_temporary_file_was_removed_is_saved_again() {
    if !has_client("strace") {
        return;
    }
    let rename = steps(Who::Holder).into_iter().find(|step| step.name == "renameat").unwrap();
    let fault = Fault::Delay(Duration::from_millis(500));
    let (home, endpoint) = (Home::new(), Endpoint::tokens(3_600));
    home.oauth_at(&endpoint);
    let stem = stem(&home);
    let mut holder = Traced::start(&home, &stem, rename.view, Some((&rename, fault)));
    assert!(holder.reaches(&rename, fault));
    std::fs::remove_file(home.path("cache").join(format!("{stem}.tmp1"))).unwrap();
    assert_eq!(Ran::from(holder.child.wait_with_output().unwrap()).succeeds().stdout, "token-2\n");
    assert_eq!(home.record()["token"]["fields"]["access_token"], "token-2");
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_holder_may_be_interrupted_at_every_step() {
    if has_client("strace") {
        nothing_is_wrong("a holder, at every step", 200, &scenarios(Who::Holder, &[2, 3], |_| true));
    }
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_successor_may_be_interrupted_at_every_step() {
    if !has_client("strace") {
        return;
    }
    let mut all = scenarios(Who::Successor, &[0, 2], |_| true);
    // Without other processes, the test is about what a killed one leaves behind.
    all.retain(|scenario| scenario.others > 0 || scenario.fault == Fault::Kill);
    nothing_is_wrong("a successor, at every step", 80, &all);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_refresher_may_be_interrupted_at_every_step() {
    if has_client("strace") {
        nothing_is_wrong("a refresher, at every step", 50, &scenarios(Who::Refresher, &[2], |_| true));
    }
}
