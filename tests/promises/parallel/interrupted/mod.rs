//! Whoever mints for all may be held up, stopped or killed at any step of it: the others have a token in time, the
//! record stays whole and never goes back, and it costs no exchange but the one that was broken off.

mod scenario;
mod traced;

use std::time::{Duration, Instant};

use crate::support::endpoint::Endpoint;
use crate::support::{Home, Ran, has_client};
use scenario::{Scenario, Who, play, steps};
use traced::{Fault, Step, Traced, stem};

/// A delay shorter than anybody would notice; one longer than the holder's share, so that another takes over, and the holder
/// wakes while that one is at it.
const FAULTS: [Fault; 4] =
    [Fault::Delay(Duration::from_millis(50)), Fault::Delay(Duration::from_millis(2100)), Fault::Stop, Fault::Kill];

/// The longer one is still within the successor's own share.
const FAULTS_OF_A_SUCCESSOR: [Fault; 3] = [Fault::Delay(Duration::from_millis(500)), Fault::Stop, Fault::Kill];

/// Nobody waits for a refresher, so that it matters little how long it takes.
const FAULTS_OF_A_REFRESHER: [Fault; 2] = [Fault::Stop, Fault::Kill];

/// Each fault at each step, with each number of others.
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

/// Plays at least so many, and says what went wrong.
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
fn whoever_mints_may_be_interrupted_where_it_matters_most() {
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

/// One that had taken over from another holder, was stopped, and wakes: it removes a file that is this one's by now.
#[test]
fn a_record_whose_file_is_taken_away_is_saved_at_the_second_go() {
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
    assert_eq!(home.record()["token"]["access_token"], "token-2");
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
    // Where nobody else is there, what matters is what a killed one leaves behind.
    all.retain(|scenario| scenario.others > 0 || scenario.fault == Fault::Kill);
    nothing_is_wrong("a successor, at every step", 80, &all);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn one_that_refreshes_ahead_may_be_interrupted_at_every_step() {
    if has_client("strace") {
        nothing_is_wrong("a refresher, at every step", 50, &scenarios(Who::Refresher, &[2], |_| true));
    }
}
