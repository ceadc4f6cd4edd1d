//! The shared cache fails while machines wait for each other: each goes on alone.

use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::{Fleet, VARIABLE};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::process::wait_until;
use crate::support::{Home, Ran, alone};

/// How long the endpoint takes. A fault comes in the middle of it.
const EXCHANGE: Duration = Duration::from_millis(600);

/// What happens to the server in mid-claim.
type Fault = fn(&mut Fleet);

const FAULTS: [(&str, Fault); 7] = [
    ("killed", |fleet| fleet.redis.kill()),
    ("stopped", |fleet| fleet.redis.stop()),
    ("restarted empty", |fleet| fleet.redis.restart()),
    ("filled", |fleet| drop(fleet.redis.cli(&["config", "set", "maxmemory", "1"]))),
    ("read-only", |fleet| drop(fleet.redis.cli(&["replicaof", "127.0.0.1", "1"]))),
    ("restricted", |fleet| drop(fleet.redis.cli(&["acl", "setuser", "default", "-set", "-eval"]))),
    ("with another password", |fleet| drop(fleet.redis.cli(&["config", "set", "requirepass", "another"]))),
];

/// Runs this many machines at once through each fault in mid-claim, and first without a shared cache: a fault may cost no
/// call its token.
fn survive(machines: usize) {
    let _machine = alone();
    let alone = run_at_once(machines, "none", |_| (), |call| call.env_remove(VARIABLE));
    let faults = FAULTS.into_iter().map(|(what, fault)| (what, run_at_once(machines, what, fault, |call| call)));
    for (what, crowd) in faults.collect::<Vec<_>>() {
        eprintln!(
            "MEASURED: server {what} in mid-claim, {machines} machines: {} exchanges, {:.2?}, {:.2?} of them after the \
             fault; without a shared cache: {} exchanges, {:.2?}",
            crowd.requests, crowd.longest, crowd.after_fault, alone.requests, alone.longest
        );
        assert!(crowd.requests <= machines, "{what}: {}", crowd.requests);
    }
}

#[derive(Default)]
struct Crowd {
    /// How many requests all calls made.
    requests: usize,
    /// How long the longest call took, and how much of it came after the fault.
    longest: Duration,
    after_fault: Duration,
}

/// Runs this many machines at once, and the fault while the first request is answered.
fn run_at_once(machines: usize, what: &str, fault: Fault, change: impl Fn(&mut Command) -> &mut Command) -> Crowd {
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(mut fleet) = Fleet::with(Home::in_memory(), &endpoint, &[]) else { return Crowd::default() };
    fleet.redis.go_first();
    let began = Instant::now();
    let calls: Vec<_> = (0..machines)
        .map(|machine| {
            let mut call = fleet.on(machine, &["token", "--timeout", "9s"]);
            change(&mut call);
            thread::spawn(move || (Ran::of(&mut call), began.elapsed()))
        })
        .collect();
    endpoint.wait_for(1);
    thread::sleep(EXCHANGE / 3);
    let fault_at = began.elapsed();
    fault(&mut fleet);
    let ended = calls.into_iter().map(|call| {
        let (ran, took) = call.join().unwrap();
        assert!(ran.succeeds().stdout.starts_with("token-"), "{what}");
        took
    });
    let longest = ended.max().unwrap_or_default();
    // The next call of a machine has its token on disk.
    let requests = endpoint.count();
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    assert_eq!(endpoint.count(), requests, "{what}");
    Crowd { requests, longest, after_fault: longest.saturating_sub(fault_at) }
}

#[test]
fn no_call_fails_with_its_server() {
    survive(20);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn two_hundred_machines_survive_each_fault() {
    survive(200);
}

#[test]
fn a_server_that_failed_is_left_alone_for_a_while() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(mut fleet) = Fleet::new(&endpoint) else { return };
    fleet.redis.kill();
    let run = |fleet: &Fleet| Ran::of(&mut fleet.on(0, &["token", "--refresh", "-v"]));
    let first = run(&fleet);
    assert!(first.code == 0 && first.stderr.contains("is not used: "), "{first:?}");
    let status = Ran::of(&mut fleet.on(0, &["status"])).stdout;
    assert!(status.contains(&format!("shared cache   {}, failed ", fleet.redis.url())), "{status}");
    fleet.redis.restart();
    let second = run(&fleet);
    assert!(second.code == 0 && second.stderr.contains("failed a short while ago"), "{second:?}");
    assert_eq!(fleet.redis.keys(), [""; 0]);
    // Another machine has no reason to wait.
    Ran::of(&mut fleet.on(1, &["token"])).succeeds();
    assert_eq!(fleet.redis.keys().len(), 1);
    thread::sleep(Duration::from_secs(10));
    assert_eq!(run(&fleet).code, 0);
    let status = Ran::of(&mut fleet.on(0, &["status"])).stdout;
    assert!(status.contains(&format!("shared cache   {}, last used ", fleet.redis.url())), "{status}");
}

#[test]
fn a_killed_holder_costs_one_more_exchange() {
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut holder = fleet.on(0, &["token", "--timeout", "9s"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    let began = Instant::now();
    let waiters: Vec<_> = (1..10)
        .map(|machine| {
            let mut call = fleet.on(machine, &["token", "--timeout", "9s"]);
            thread::spawn(move || Ran::of(&mut call).succeeds().stdout)
        })
        .collect();
    holder.kill().unwrap();
    holder.wait().unwrap();
    for waiter in waiters {
        assert_eq!(waiter.join().unwrap(), "token-2\n");
    }
    assert_eq!(endpoint.count(), 2);
    eprintln!("MEASURED: holder of the shared claim killed, 9 waiters: served after {:?}", began.elapsed());
}

/// The name of the lock in the shared cache. The process that locked it was killed in its request.
fn lock_of_a_killed_holder(fleet: &Fleet, endpoint: &Endpoint) -> String {
    let mut holder = fleet.on(0, &["token", "--timeout", "9s"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    let lock = fleet.redis.keys().remove(0);
    holder.kill().unwrap();
    holder.wait().unwrap();
    lock
}

/// A machine that has waited long enough goes on alone, with the whole time of an attempt.
#[test]
fn a_lock_that_stays_is_not_waited_for_in_vain() {
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let lock = lock_of_a_killed_holder(&fleet, &endpoint);
    fleet.redis.cli(&["set", &lock, "another"]);
    let began = Instant::now();
    assert_eq!(Ran::of(&mut fleet.on(1, &["token", "--timeout", "3s"])).succeeds().stdout, "token-2\n");
    assert!(began.elapsed() >= Duration::from_millis(1_300), "it did not wait for the holder");
    assert_eq!(fleet.redis.cli(&["get", &lock]), "another", "a lock of another is not released");
}

/// A server that was stopped executes later what it got meanwhile.
#[test]
fn a_lock_that_comes_too_late_is_released() {
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let lock = lock_of_a_killed_holder(&fleet, &endpoint);
    let mut waiter = fleet.on(1, &["token", "--timeout", "9s"]).stdout(Stdio::null()).spawn().unwrap();
    let has_tried = |calls: &str| !calls.contains("cmdstat_set:calls=1,");
    wait_until(|| has_tried(&fleet.redis.cli(&["info", "commandstats"])));
    // The killed holder's lock ends while the server is stopped, so that the next one is set.
    let life = Duration::from_secs(1);
    fleet.redis.cli(&["pexpire", &lock, &life.as_millis().to_string()]);
    fleet.redis.stop();
    assert!(waiter.wait().unwrap().success());
    thread::sleep(life);
    fleet.redis.resume();
    assert_eq!(fleet.redis.keys(), [""; 0]);
}

/// A waiter still has the time for an attempt of its own.
#[test]
fn a_lock_that_goes_on_changing_hands_is_waited_for_once() {
    // Longer than what a waiter has left that waits as long as it can.
    let endpoint = Endpoint::slow_tokens(DAY, Duration::from_millis(2_500));
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let lock = lock_of_a_killed_holder(&fleet, &endpoint);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0.. {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                fleet.redis.cli(&["set", &lock, &number.to_string()]);
                thread::sleep(Duration::from_millis(20));
            }
        });
        let ran = Ran::of(&mut fleet.on(1, &["token", "--timeout", "9s"]));
        is_over.store(true, Ordering::Relaxed);
        assert_eq!(ran.succeeds().stdout, "token-2\n");
    });
}
