//! Clocks jump: a clock is set, a machine sleeps, a snapshot is restored. A token that has expired by the time that
//! really passed is never printed, and no jump costs more than one exchange. The boot clock measures the time that
//! really passed.

mod elsewhere;
mod marks;

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, UNIX_EPOCH};

use rustix::process::Signal;

use crate::support::clocks::{Clocks, DAY, MINUTE, YEAR, until};
use crate::support::endpoint::Endpoint;
use crate::support::process::signal;
use crate::support::{Home, Ran};

const HOUR: i64 = 60 * MINUTE;
const LIFE: u64 = 3600;

/// How far the wall clock jumps, in seconds: forward, back, and to the limits of 31 and 32 bits.
fn jumps() -> Vec<i64> {
    let edges = [1_i64 << 31, 1 << 32].into_iter().flat_map(|edge| [edge - 1, edge, edge + 1]).map(until);
    [-YEAR, -DAY, -61, 61, DAY, YEAR].into_iter().chain(edges).collect()
}

/// A home with its own clocks, at an endpoint that gives tokens of an hour after a delay.
struct Place {
    home: Home,
    endpoint: Endpoint,
    clocks: Clocks,
}

impl Place {
    fn new(delay: Duration) -> Option<Self> {
        let (home, endpoint) = (Home::new(), Endpoint::slow_tokens(LIFE, delay));
        home.oauth_at(&endpoint);
        let clocks = Clocks::new(&home)?;
        Some(Self { home, endpoint, clocks })
    }

    /// The number of the token that is printed.
    #[track_caller]
    fn token(&self) -> usize {
        number(&Ran::of(self.clocks.rule(&mut self.home.command(["token"]))).succeeds())
    }

    fn start(&self) -> Child {
        let mut command = self.home.command(["token"]);
        self.clocks.rule(&mut command).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// From here on there are no more exchanges: the same token is printed again and again.
    #[track_caller]
    fn has_settled(&self, what: &str) {
        let (token, count) = (self.token(), self.endpoint.count());
        for _ in 0..2 {
            assert_eq!((self.token(), self.endpoint.count()), (token, count), "{what}");
        }
    }

    /// The jump cost one exchange at most, and so does the jump back.
    #[track_caller]
    fn costs_one_at_most(&self, before: usize, what: &str) {
        self.token();
        assert!(self.endpoint.count() <= before + 1, "{what}: {} exchanges", self.endpoint.count());
        self.has_settled(what);
        let there = self.endpoint.count();
        self.clocks.set(0, 0);
        self.token();
        assert!(self.endpoint.count() <= there + 1, "{what}, and back: {} exchanges", self.endpoint.count());
        self.has_settled(what);
    }
}

fn number(ran: &Ran) -> usize {
    ran.stdout.trim().strip_prefix("token-").and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{ran:?}"))
}

#[track_caller]
fn ended(child: Child) -> usize {
    number(&Ran::from(child.wait_with_output().unwrap()).succeeds())
}

/// Tries each jump in a home of its own, a few at a time, and prints their number.
fn each(what: &str, jumps: &[i64], delay: Duration, attempt: impl Fn(&Place, i64) + Sync) {
    let tried = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for share in jumps.chunks(jumps.len().div_ceil(4)) {
            scope.spawn(|| {
                for (wall, place) in share.iter().filter_map(|wall| Some((*wall, Place::new(delay)?))) {
                    attempt(&place, wall);
                    tried.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    eprintln!("clocks: {} {what}", tried.into_inner());
}

#[test]
fn a_clock_that_is_wrong_from_the_start_costs_nothing() {
    let walls: Vec<_> = jumps().into_iter().chain([until(0), until(1), until(-1), until(-YEAR)]).collect();
    each("wrong from the start", &walls, Duration::ZERO, |place, wall| {
        place.clocks.set(wall, 0);
        assert_eq!(place.token(), 1, "{wall}");
        place.has_settled("wrong from the start");
        assert_eq!(place.endpoint.count(), 1, "{wall}");
    });
}

#[test]
fn a_jump_between_two_calls_costs_one_exchange_at_most() {
    each("jumps between two calls, and back", &jumps(), Duration::ZERO, |place, wall| {
        assert_eq!(place.token(), 1);
        place.clocks.set(wall, 0);
        let told = Ran::of(place.clocks.rule(&mut place.home.command(["json"]))).succeeds().json();
        let end = humantime::parse_rfc3339(told["expires_at"].as_str().unwrap()).unwrap();
        let left = until(i64::try_from(end.duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()) - wall;
        assert!((HOUR - 120..=HOUR + 2).contains(&left), "{wall}: the printed expiry is {left} s ahead");
        place.costs_one_at_most(1, &format!("{wall} s"));
    });
}

#[test]
fn a_jump_during_an_exchange_costs_one_more_at_most() {
    each("jumps during an exchange, and back", &jumps(), Duration::from_millis(150), |place, wall| {
        let call = place.start();
        place.endpoint.wait_for(1);
        place.clocks.set(wall, 0);
        assert_eq!(ended(call), 1, "{wall}");
        place.costs_one_at_most(1, &format!("{wall} s"));
    });
}

/// The holder's mark uses the wall clock: after a jump the holder seems overdue, or not overdue for a long time.
#[test]
fn a_jump_while_others_wait_costs_one_more_at_most() {
    each("jumps before 3 waiters each", &jumps(), Duration::from_millis(900), |place, wall| {
        let holder = place.start();
        place.endpoint.wait_for(1);
        let waiters: Vec<_> = (0..3).map(|_| place.start()).collect();
        sleep(Duration::from_millis(150));
        place.clocks.set(wall, 0);
        assert_eq!(ended(holder), 1, "{wall}");
        for waiter in waiters {
            ended(waiter);
        }
        place.has_settled(&format!("{wall} s"));
        assert!(place.endpoint.count() <= 2, "{wall}: {} exchanges", place.endpoint.count());
    });
}

/// A token of one hour is two hours old, whatever the wall clock shows.
#[test]
fn an_expired_token_is_not_printed_at_any_wall_clock_time() {
    each("jumps while a token truly ends, and back", &jumps(), Duration::ZERO, |place, wall| {
        assert_eq!(place.token(), 1);
        place.clocks.set(wall, 2 * HOUR);
        assert_eq!(place.token(), 2, "{wall}");
        place.has_settled(&format!("{wall} s"));
        place.clocks.set(wall - 2 * HOUR, 4 * HOUR);
        assert_eq!(place.token(), 3, "{wall}, and back again");
        place.has_settled(&format!("{wall} s"));
    });
}

/// The machine sleeps while the answer is on its way. Both clocks go on; the process's timers do not.
#[test]
fn a_token_that_expired_while_the_machine_slept_is_not_printed() {
    each("sleeps during an exchange", &[2 * HOUR, DAY, YEAR], Duration::from_millis(300), |place, slept| {
        let call = place.start();
        place.endpoint.wait_for(1);
        place.clocks.set(slept, slept);
        let ran = Ran::from(call.wait_with_output().unwrap());
        assert!(!ran.stdout.contains("token-1"), "slept {slept} s during the exchange: {ran:?}");
        assert!(ran.code == 0 || ran.code == 5, "{ran:?}");
        assert_ne!(place.token(), 1, "slept {slept} s during the exchange, and the next call");
        place.has_settled(&format!("slept {slept} s"));
    });
}

#[test]
fn a_token_that_expired_in_a_stopped_process_is_not_printed() {
    let Some(place) = Place::new(Duration::from_millis(100)) else { return };
    let call = place.start();
    place.endpoint.wait_for(1);
    signal(&call, Signal::STOP);
    // Long enough for the answer to reach the socket.
    sleep(Duration::from_millis(400));
    place.clocks.set(2 * HOUR, 2 * HOUR);
    signal(&call, Signal::CONT);
    let ran = Ran::from(call.wait_with_output().unwrap());
    assert!(!ran.stdout.contains("token-1"), "{ran:?}");
    assert_ne!(place.token(), 1);
}
