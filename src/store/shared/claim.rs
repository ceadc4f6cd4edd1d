//! Which machine requests a token, and how long the others wait for it.

use std::time::{Duration, Instant};

use super::guard::SharedGuard;
use super::link::Link;
use super::session::Seen;
use crate::deadline::Deadline;
use crate::random;
use crate::store::{Claim, Guard, Record};

/// The bounds of the pause before a waiter looks again. Each pause is shortened by up to a half at random.
const PAUSE: (Duration, Duration) = (Duration::from_millis(60), Duration::from_millis(800));

/// A pause is five times as long as the server's last answer took, so that waiters leave a slow server time to work. It at
/// most doubles: one slow answer may be a delay on this machine.
const ANSWERS_PER_PAUSE: u32 = 5;

fn next_pause(pause: Duration, answer: Duration) -> Duration {
    (answer * ANSWERS_PER_PAUSE).clamp(PAUSE.0, PAUSE.1).min(2 * pause)
}

/// The life of the lock of a call with the default timeout.
const LONGEST_LOCK: Duration = Duration::from_millis(4_300);

/// How long the lock lasts if its holder is killed. A call with a long limit of time must not lock all others out for as
/// long: two exchanges do no harm.
pub(super) fn lock_life(deadline: &Deadline) -> Duration {
    deadline.takeover().min(LONGEST_LOCK)
}

/// The process that locked the shared cache, as another one sees it.
#[derive(Default)]
struct Holder {
    ticket: Option<Vec<u8>>,
    /// Since when it, or the first that took over from it, has had the lock.
    since: Option<Instant>,
    is_successor: bool,
}

impl Holder {
    fn see(&mut self, seen: &Seen) {
        let ticket = seen.values.last().cloned().flatten();
        // A lock that goes on changing hands must not cost a waiter all its time.
        let is_known = self.since.is_some() && (self.ticket == ticket || self.is_successor);
        if !is_known {
            *self = Self { ticket, is_successor: self.since.is_some(), since: Some(Instant::now()) };
        }
    }

    /// Whether a call goes on alone, so that it has the time for an attempt of its own. A holder that has just taken over
    /// from one that was killed gets a little more.
    fn is_waited_for_enough(&self, deadline: &Deadline) -> bool {
        let left = deadline.remaining();
        let has_had_its_time = self.since.is_none_or(|since| since.elapsed() >= deadline.attempt());
        left < deadline.refresh_attempt() || (left < deadline.attempt() && has_had_its_time)
    }
}

/// Claims for all machines, with the lock on disk held. Without the shared cache the latter is enough.
pub(super) fn claim<'a>(
    mut disk: Box<dyn Guard + 'a>,
    mut link: Link<'a>,
    deadline: &Deadline,
    is_answer: &mut dyn FnMut(&Record) -> bool,
) -> Claim<'a> {
    let Some(seen) = link.look() else { return Claim::Mine(disk) };
    if is_answered(&*disk, &link, &seen, is_answer) {
        return Claim::Answered;
    }
    let (mut holder, mut pause) = (Holder::default(), PAUSE.0 / 2);
    loop {
        let asked = Instant::now();
        let Some((is_locked, seen)) = link.lock(lock_life(deadline)) else { return Claim::Mine(disk) };
        let answer = asked.elapsed();
        // Another machine may have shared an answer just before.
        if is_answered(&*disk, &link, &seen, is_answer) {
            if is_locked {
                link.release();
            }
            return Claim::Answered;
        }
        if is_locked {
            return Claim::Mine(Box::new(SharedGuard::new(disk, link, seen)));
        }
        holder.see(&seen);
        if holder.is_waited_for_enough(deadline) {
            link.line.say("not waiting any longer for another machine");
            return Claim::Mine(disk);
        }
        pause = next_pause(pause, answer);
        std::thread::sleep(random::between(pause / 2, pause));
        disk.renew(deadline);
        // If a server that answers quickly stops, a waiter notices it soon.
        link.line.renew(ANSWERS_PER_PAUSE * answer);
    }
}

/// Whether the shared cache answers the call. Then the answer is kept on disk for the next ones.
pub(super) fn is_answered(
    disk: &dyn Guard,
    link: &Link,
    seen: &Seen,
    is_answer: &mut dyn FnMut(&Record) -> bool,
) -> bool {
    let mut record = disk.load();
    let offer = link.offer(seen, &record);
    offer.add_to(&mut record);
    let is_answered = !offer.is_empty() && is_answer(&record);
    if is_answered {
        link.line.say("taken from the shared cache");
        // Without the record the next call asks the shared cache again.
        let _ = disk.save(&|record| offer.add_to(record));
    }
    is_answered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_longer_after_a_slower_answer_and_at_most_doubles() {
        let mut pause = PAUSE.0 / 2;
        for (answer, expected) in
            [(0, 60), (20, 100), (1, 60), (300, 120), (300, 240), (300, 480), (300, 800), (5_000, 800), (1, 60)]
        {
            pause = next_pause(pause, Duration::from_millis(answer));
            assert_eq!(pause, Duration::from_millis(expected), "{answer} ms");
        }
    }
}
