//! The one deadline of a call, and the shares that its parts have of it.

use std::time::{Duration, Instant};

/// The whole call, unless `--timeout` says otherwise. Bazel gives a helper 10 s.
pub const DEFAULT: Duration = Duration::from_secs(9);

/// When this call must have its answer. The shares are those of a call of 9 s and scale with it.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    end: Instant,
    total: Duration,
}

impl Deadline {
    /// A deadline that lies `total` after `start`.
    #[must_use]
    pub fn new(start: Instant, total: Duration) -> Self {
        Self { end: start.checked_add(total).unwrap_or(start), total }
    }

    /// What is left, 0 when it is over.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// The whole of it.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.total
    }

    /// An attempt's longest time: secret commands, signing and all retries together.
    #[must_use]
    pub fn attempt(&self) -> Duration {
        self.share(4_000)
    }

    /// When an attempt that began with the call would be over.
    #[must_use]
    pub fn attempt_end(&self) -> Instant {
        self.end.checked_sub(self.total.saturating_sub(self.attempt())).unwrap_or(self.end)
    }

    /// An attempt's longest time where a good token is there all the same.
    #[must_use]
    pub fn refresh_attempt(&self) -> Duration {
        self.share(1_500)
    }

    /// The shortest time in which an attempt is begun at all.
    #[must_use]
    pub fn least_attempt(&self) -> Duration {
        self.share(400)
    }

    /// How long a holder may be silent before another takes over: longer than its attempt can last.
    #[must_use]
    pub fn takeover(&self) -> Duration {
        self.share(4_300)
    }

    fn share(&self, of_default_ms: u32) -> Duration {
        let whole = u64::try_from(DEFAULT.as_millis()).unwrap_or(u64::MAX);
        let total = u64::try_from(self.total.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(total.saturating_mul(u64::from(of_default_ms)) / whole)
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
    fn each_part_has_its_share_of_what_is_left() {
        let start = Instant::now();
        let usual = Deadline::new(start, DEFAULT);
        assert_eq!((usual.total(), usual.least_attempt()), (DEFAULT, Duration::from_millis(400)));
        assert_eq!(usual.refresh_attempt(), Duration::from_millis(1_500));
        assert_eq!(usual.attempt_end(), start + Duration::from_secs(4));
        let left = Deadline::new(start, Duration::from_secs(1_000)).remaining();
        assert!(left > Duration::from_secs(900) && left <= Duration::from_secs(1_000), "{left:?}");
        assert_eq!(Deadline::new(start, Duration::ZERO).remaining(), Duration::ZERO);
        // A time that no clock can hold is over at once, and nothing overflows.
        let absurd = Deadline::new(start, Duration::MAX);
        assert_eq!((absurd.remaining(), absurd.total()), (Duration::ZERO, Duration::MAX));
        assert!(absurd.attempt() > Duration::from_secs(1_000_000));
    }
}
