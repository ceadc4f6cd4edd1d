//! The shared cache fails while machines wait for each other: each goes on alone.

use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::Fleet;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, alone};

/// How long the endpoint takes. A fault comes in the middle of it.
const EXCHANGE: Duration = Duration::from_millis(600);
/// What a call may take in all: it waited for the holder, then made an attempt of its own, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(9);

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

/// Runs this many machines at once through a fault in mid-claim. Returns how many requests they made.
fn survive(machines: usize, what: &str, fault: Fault) -> usize {
    let _machine = alone();
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(mut fleet) = Fleet::with(Home::bare(), &endpoint, &[]) else { return 0 };
    let began = Instant::now();
    let calls: Vec<_> = (0..machines)
        .map(|machine| {
            let mut call = fleet.on(machine, &["token", "--timeout", "9s"]);
            thread::spawn(move || (Ran::of(&mut call), began.elapsed()))
        })
        .collect();
    endpoint.wait_for(1);
    thread::sleep(EXCHANGE / 3);
    fault(&mut fleet);
    let mut longest = Duration::ZERO;
    for call in calls {
        let (ran, took) = call.join().unwrap();
        assert!(ran.succeeds().stdout.starts_with("token-"), "{what}");
        assert!(took < PATIENCE, "{what}: {took:?}");
        longest = longest.max(took);
    }
    eprintln!("MEASURED: server {what} in mid-claim, {machines} machines: {} exchanges, {longest:?}", endpoint.count());
    // The next call of a machine has its token on disk.
    let before = endpoint.count();
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    assert_eq!(endpoint.count(), before, "{what}");
    before
}

#[test]
fn no_call_fails_with_its_server() {
    for (what, fault) in FAULTS {
        survive(20, what, fault);
    }
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn two_hundred_machines_survive_each_fault() {
    for (what, fault) in FAULTS {
        survive(200, what, fault);
    }
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

/// A machine that has waited long enough goes on alone, with the whole time of an attempt.
#[test]
fn a_lock_that_stays_is_not_waited_for_in_vain() {
    let endpoint = Endpoint::slow_tokens(DAY, EXCHANGE);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut holder = fleet.on(0, &["token", "--timeout", "9s"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    let lock = fleet.redis.keys().remove(0);
    holder.kill().unwrap();
    holder.wait().unwrap();
    fleet.redis.cli(&["set", &lock, "another"]);
    let began = Instant::now();
    assert_eq!(Ran::of(&mut fleet.on(1, &["token", "--timeout", "3s"])).succeeds().stdout, "token-2\n");
    assert!(began.elapsed() >= Duration::from_millis(1_300), "it did not wait for the holder");
    assert_eq!(fleet.redis.cli(&["get", &lock]), "another", "a lock of another is not released");
}
