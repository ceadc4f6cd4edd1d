//! Kills the program at each of its system calls.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::stage::{Call, Stage};
use super::{Endpoints, PATHS, Path, caught, in_turn, left_over, none, printed};
use crate::support::has_client;

fn calls(endpoints: &Endpoints) -> Vec<(Path, Call)> {
    let (home, tls) = endpoints.home();
    let paths = PATHS.into_iter().filter(|path| path.profile != "tls" || tls.is_some());
    paths.flat_map(|path| Stage::new(&home, path).calls().into_iter().map(move |call| (path, call))).collect()
}

/// What must be true at the moment of the kill, and afterwards.
fn judge(stage: &Stage, answer: &str) -> Result<(), String> {
    let (old, path) = (stage.old_token(), stage.path);
    let record = stage.whole_record();
    let has_token = record.is_some_and(|record| record["token"].is_object());
    if old.is_some() && !has_token && !path.forgets() {
        return Err("the good token was lost".into());
    }
    let token = printed(answer);
    let is_known = answer.is_empty() || path.says_it_forgot(answer);
    if !is_known && (token.is_none() || (path.refreshes() && token == old)) {
        return Err(format!("a wrong answer: {answer}"));
    }
    stage.recovers();
    Ok(())
}

#[test]
fn a_kill_at_any_system_call_leaves_a_usable_cache() {
    if !has_client("strace") {
        return;
    }
    let endpoints = Endpoints::new();
    let calls = calls(&endpoints);
    let (killed, orphans) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = in_turn(&calls, &endpoints, |stage, call| {
        let (outcome, _) = stage.tampered(call, "signal=KILL");
        if outcome.signal != Some(9) {
            // The runtime does not always make the same calls.
            return Ok(());
        }
        killed.fetch_add(1, Ordering::Relaxed);
        orphans.fetch_add(left_over(stage.home).len(), Ordering::Relaxed);
        let judged = caught(|| judge(stage, &outcome.ran.stdout)).unwrap_or_else(Err);
        judged.map_err(|what| format!("{what}\n  {}", call.line))
    });
    none(&failures);
    let killed = killed.into_inner();
    assert!(killed * 20 > calls.len() * 19, "{killed} kills at {} calls", calls.len());
    eprintln!(
        "{killed} kills, one at each system call of {} paths: 0 torn records, all recovered; temporary files left: {}, \
         after two calls 0",
        PATHS.len(),
        orphans.into_inner()
    );
}
