//! Fails each system call of each path once, with each error that it can return.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use super::stage::{Call, Outcome, Stage};
use super::{Endpoints, PATHS, Path, caught, errors, in_turn, none, printed};
use crate::support::has_client;

/// A call and its error.
type Fault = (Call, &'static str);

/// No call takes longer: 9 s, and as much again for strace and a busy machine.
const LONGEST: Duration = Duration::from_secs(18);
/// The README's exit codes without 2, because no fault can make a command line wrong.
const CODES: [i32; 7] = [0, 1, 3, 4, 5, 6, 7];

/// The results.
#[derive(Default)]
struct Tally {
    faults: usize,
    missed: usize,
    /// Faults in calls for a token that must be printed in spite of the fault.
    of_the_cache: usize,
    codes: BTreeMap<i32, usize>,
    slowest: Duration,
}

impl Tally {
    fn note(&mut self, outcome: &Outcome, is_of_the_cache: bool) {
        self.faults += 1;
        self.of_the_cache += usize::from(is_of_the_cache);
        *self.codes.entry(outcome.ran.code).or_default() += 1;
        self.slowest = self.slowest.max(outcome.took);
    }
}

/// All faults of all paths; with `sample`, one error for each call, in turn.
fn faults(endpoints: &Endpoints, sample: bool) -> Vec<(Path, Fault)> {
    let (home, tls) = endpoints.home();
    let mut faults = Vec::new();
    for path in PATHS.into_iter().filter(|path| path.profile != "tls" || tls.is_some()) {
        let calls = Stage::new(&home, path).calls();
        for (turn, call) in calls.into_iter().enumerate() {
            let errors = errors::of(&call);
            let chosen = if sample && !errors.is_empty() { vec![errors[turn % errors.len()]] } else { errors };
            faults.extend(chosen.into_iter().map(|error| (path, (call.clone(), error))));
        }
    }
    faults
}

fn sweep(sample: bool) {
    if !has_client("strace") {
        return;
    }
    let endpoints = Endpoints::new();
    let faults = faults(&endpoints, sample);
    let tally = Mutex::new(Tally::default());
    let failures = in_turn(&faults, &endpoints, |stage, (call, error)| {
        let (outcome, trace) = stage.tampered(call, &format!("error={error}"));
        let Some(hit) = trace.iter().find(|line| line.contains("(INJECTED)")) else {
            // The runtime does not always make the same calls.
            tally.lock().unwrap().missed += 1;
            return Ok(());
        };
        tally.lock().unwrap().note(&outcome, !stage.path.forgets() && is_of_the_cache(stage, hit));
        let judged =
            caught(|| judge(stage, hit, &outcome)).unwrap_or_else(Err).and_then(|()| caught(|| stage.recovers()));
        judged.map_err(|what| format!("{what}\n  {hit}\n  {outcome:?}"))
    });
    let tally = tally.into_inner().unwrap();
    assert!(tally.missed * 20 < faults.len(), "{} of {} calls did not come again", tally.missed, faults.len());
    eprintln!(
        "{} single faults on {} paths, {} of them in the cache alone while a token was asked for: {} broke a promise; \
         slowest {:?}; exit codes {:?}",
        tally.faults,
        PATHS.len(),
        tally.of_the_cache,
        failures.len(),
        tally.slowest,
        tally.codes
    );
    none(&failures);
}

/// Whether the fault hits only the cache: a file below the home that is no configuration.
fn is_of_the_cache(stage: &Stage, hit: &str) -> bool {
    let home = stage.home.path("");
    let home = home.to_str().unwrap().trim_end_matches('/');
    hit.contains(home) && !hit.contains(&format!("{home}/config"))
}

/// Whether the call ended as promised.
fn judge(stage: &Stage, hit: &str, outcome: &Outcome) -> Result<(), String> {
    let (ran, path) = (&outcome.ran, stage.path);
    let must = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
    must(outcome.took < LONGEST, "it took too long")?;
    must(!ran.stderr.contains("CANARY") && !ran.stderr.contains("eyJ"), "a secret or a token on standard error")?;
    must(CODES.contains(&ran.code), "the exit code is not documented")?;
    must(!ran.stderr.contains("internal error at"), "a panic")?;
    if ran.code != 0 {
        must(ran.stdout.is_empty(), "an answer of a call that failed")?;
        must(ran.stderr.starts_with("jwt-credential: error: "), "a failure that does not say why")?;
    }
    if path.forgets() {
        must(ran.code != 0 || path.says_it_forgot(&ran.stdout), "forget does not say what it did")?;
        // With this error the system lies about an existing file; the program cannot know.
        let is_gone = stage.whole_record().is_none() || hit.contains(" ENOENT ");
        return must(is_gone || ran.code != 0, "forget succeeded, and the record is there");
    }
    must(ran.code == 0 || !is_of_the_cache(stage, hit), "a fault in the cache cost the token")?;
    let old = stage.old_token();
    if ran.code == 0 {
        let token = printed(ran.stdout.as_str()).ok_or("the answer is not whole")?;
        must(ran.stderr.is_empty(), "success is not silent")?;
        must(!(path.refreshes() && old.as_ref() == Some(&token)), "the old token for --refresh")?;
    }
    let record = stage.whole_record();
    must(old.is_none() || record.is_some_and(|record| record["token"].is_object()), "the good token was lost")?;
    let of_network = ["socket", "connect", "sendto", "recvfrom", "setsockopt", "getsockopt"];
    let is_spare = path.name == "refresh ahead" && of_network.iter().any(|name| hit.starts_with(name));
    must(ran.code == 0 || !is_spare, "a refresh that failed cost the good token")
}

#[test]
fn a_failing_call_costs_one_call_and_in_the_cache_nothing() {
    sweep(true);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn every_system_call_may_fail_with_every_error() {
    sweep(false);
}
