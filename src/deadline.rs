//! The deadline of a call, and the shares that its parts have of it.

use std::time::{Duration, Instant};

/// The time for the whole call, unless `--timeout` says otherwise. Bazel gives a helper 10 s.
pub const DEFAULT: Duration = Duration::from_secs(9);
/// Longer times would overflow a clock.
pub const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The shares are those of a call of 9 s and scale with its time.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    start: Instant,
    total: Duration,
}

impl Deadline {
    pub fn new(start: Instant, total: Duration) -> Self {
        Self { start, total: total.min(LONGEST) }
    }

    /// A deadline with the same time that begins now.
    pub fn anew(&self) -> Self {
        Self { start: Instant::now(), ..*self }
    }

    /// The time that is left; zero once the call has timed out.
    pub fn remaining(&self) -> Duration {
        self.total.saturating_sub(self.elapsed())
    }

    /// The time since the call began.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    pub fn total(&self) -> Duration {
        self.total
    }

    /// The same call, without the time that its user took.
    pub fn later(self, time: Duration) -> Self {
        Self { start: self.start + time, ..self }
    }

    /// The longest time of an attempt: secret commands, signing and all retries together.
    pub fn attempt(&self) -> Duration {
        self.share(4_000)
    }

    /// When an attempt that began with the call times out.
    pub fn attempt_end(&self) -> Instant {
        self.start + self.attempt()
    }

    /// The longest time of an attempt whose failure leaves a token that is still valid.
    pub fn refresh_attempt(&self) -> Duration {
        self.share(1_500)
    }

    /// What a shared cache may cost, unless another machine is waited for.
    pub fn shared_cache(&self) -> Duration {
        self.share(300).min(self.remaining())
    }

    /// With less time than this no attempt is begun.
    pub fn least_attempt(&self) -> Duration {
        self.share(400)
    }

    /// How long a process may hold the lock before another takes over: longer than its attempt can last.
    pub fn takeover(&self) -> Duration {
        self.share(4_300)
    }

    fn share(&self, of_default_ms: u32) -> Duration {
        self.total * of_default_ms / 9_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_scale_with_the_timeout() {
        let usual = Deadline::new(Instant::now(), DEFAULT);
        assert_eq!(usual.attempt(), Duration::from_secs(4));
        assert_eq!(usual.takeover(), Duration::from_millis(4_300));
        let patient = Deadline::new(Instant::now(), Duration::from_secs(90));
        assert_eq!(patient.attempt(), Duration::from_secs(40));
        assert_eq!(patient.refresh_attempt(), Duration::from_secs(15));
    }

    #[test]
    fn each_part_has_its_share_of_the_total() {
        let start = Instant::now();
        let usual = Deadline::new(start, DEFAULT);
        assert_eq!((usual.total(), usual.least_attempt()), (DEFAULT, Duration::from_millis(400)));
        assert_eq!(usual.refresh_attempt(), Duration::from_millis(1_500));
        assert_eq!(usual.attempt_end(), start + Duration::from_secs(4));
        let left = Deadline::new(start, Duration::from_secs(1_000)).remaining();
        assert!(left > Duration::from_secs(900) && left <= Duration::from_secs(1_000), "{left:?}");
        assert_eq!(Deadline::new(start, Duration::ZERO).remaining(), Duration::ZERO);
        assert_eq!(Deadline::new(start, Duration::MAX).total(), LONGEST);
    }
}
