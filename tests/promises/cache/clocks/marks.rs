//! The lock holder's mark is a file's modification time, which can have any value: from a file system that rounds it or
//! ends in 2038, a restored backup, or a touch. Waiters still end, with one more exchange at most.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;

use super::LIFE;
use crate::support::endpoint::Endpoint;
use crate::support::process::signal;
use crate::support::{Home, Ran};

/// Modification times, and whether they are in the past.
fn marks() -> Vec<(SystemTime, bool)> {
    let at = |seconds: u64| UNIX_EPOCH + Duration::from_secs(seconds);
    let past = [at(0), at(1), at(1_000_000_000)].map(|mark| (mark, true));
    let edges = [(1 << 31) - 1, 1 << 31, (1 << 32) - 1, 1 << 32, 253_402_300_800].map(|edge| (at(edge), false));
    // A time before 1970 may count as past or not.
    past.into_iter().chain(edges).chain([(UNIX_EPOCH - Duration::from_secs(86_400), false)]).collect()
}

/// A home whose endpoint takes this long for an exchange, and a process in the middle of that exchange.
fn with_holder(exchange: Duration) -> (Home, Endpoint, Child) {
    let (home, endpoint) = (Home::new(), Endpoint::slow_tokens(LIFE, exchange));
    home.oauth_at(&endpoint);
    let holder = home.command(["token"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(1);
    (home, endpoint, holder)
}

fn set_mark(home: &Home, mark: SystemTime) {
    let entries = std::fs::read_dir(home.path("cache")).unwrap().map(|entry| entry.unwrap().path());
    let lock = entries.into_iter().find(|path| path.extension() == Some("lock1".as_ref())).unwrap();
    File::options().write(true).open(lock).unwrap().set_modified(mark).unwrap();
}

/// Tries each mark, a few at a time, and prints their number.
fn each(what: &str, attempt: impl Fn(SystemTime, bool) + Sync) {
    let marks = marks();
    std::thread::scope(|scope| {
        for share in marks.chunks(3) {
            scope.spawn(|| share.iter().for_each(|(mark, is_past)| attempt(*mark, *is_past)));
        }
    });
    eprintln!("clocks: {} marks {what}", marks.len());
}

#[test]
fn for_any_mark_there_is_one_more_exchange_at_most() {
    each("of a holder at work", |mark, _| {
        let (home, endpoint, mut holder) = with_holder(Duration::from_millis(900));
        set_mark(&home, mark);
        let waiters = (0..3).map(|_| home.command(["token"]).stdout(Stdio::null()).spawn().unwrap());
        for mut waiter in waiters.collect::<Vec<_>>() {
            assert!(waiter.wait().unwrap().success(), "{mark:?}");
        }
        assert!(holder.wait().unwrap().success());
        home.run(["token"]).succeeds();
        assert!(endpoint.count() <= 2, "{mark:?}: {} exchanges", endpoint.count());
    });
}

/// If the mark of a stopped holder is past, a waiter takes over. If it is in the future, the waiter's own deadline ends
/// the wait.
#[test]
fn for_any_mark_of_a_stopped_holder_the_waiters_end() {
    each("of a stopped holder", |mark, is_past| {
        let (home, endpoint, mut holder) = with_holder(Duration::from_millis(300));
        signal(&holder, Signal::STOP);
        set_mark(&home, mark);
        let began = Instant::now();
        let ran = Ran::of(&mut home.command(["token", "--timeout", "3s"]));
        let took = began.elapsed();
        signal(&holder, Signal::CONT);
        holder.wait().unwrap();
        assert!(took < Duration::from_secs(9), "{mark:?}: {took:?}");
        assert!(ran.code == 0 || (ran.code == 5 && !is_past), "{mark:?}: {ran:?}");
        assert!(endpoint.count() <= 2, "{mark:?}: {} exchanges", endpoint.count());
    });
}
