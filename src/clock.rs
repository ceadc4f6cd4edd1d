//! Time that processes share: the wall clock, which can be set, and the boot clock, which cannot.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::sys;

/// A time on both clocks. `boot_ms` is comparable only under the same `boot_id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timestamp {
    /// Milliseconds since 1970 by the wall clock.
    pub wall_ms: u64,
    /// Milliseconds since the machine started, its sleep included; 0 on a system without a `boot_id`.
    pub boot_ms: u64,
    /// Identifies this start of the machine; empty on a system without such a name.
    pub boot_id: String,
}

pub fn now() -> Timestamp {
    static BOOT_ID: OnceLock<String> = OnceLock::new();
    let boot_id = BOOT_ID.get_or_init(sys::boot_id).clone();
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    let wall_ms = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, millis);
    let boot_ms = if boot_id.is_empty() { 0 } else { millis(sys::time_since_boot()) };
    Timestamp { wall_ms, boot_ms, boot_id }
}

impl Timestamp {
    /// The time until `now`. The larger of both clocks' answers counts, since a wall clock can be set back and a boot clock
    /// restarts. `None`: by both clocks this is in the future.
    pub fn age(&self, now: &Timestamp) -> Option<Duration> {
        let by_wall = now.wall_ms.checked_sub(self.wall_ms);
        let by_boot = self.same_boot(now).then(|| now.boot_ms.checked_sub(self.boot_ms)).flatten();
        by_wall.max(by_boot).map(Duration::from_millis)
    }

    /// Whether this is `other` or later, by the boot clock if both have it.
    pub fn is_since(&self, other: &Timestamp) -> bool {
        if self.same_boot(other) { self.boot_ms >= other.boot_ms } else { self.wall_ms >= other.wall_ms }
    }

    /// Whether this is between `other` and `now`. A time that a wrong clock dated ahead is not.
    pub fn is_between(&self, other: &Timestamp, now: &Timestamp) -> bool {
        self.is_since(other) && now.is_since(self)
    }

    /// Whether this is between `other` and `now`, and not in the millisecond of `other`.
    pub fn is_after(&self, other: &Timestamp, now: &Timestamp) -> bool {
        self.is_between(other, now) && !other.is_since(self)
    }

    /// The time since then, including the time that this process was stopped or the machine slept: by the boot clock if
    /// there is one.
    pub fn elapsed(&self) -> Duration {
        let now = now();
        let (then, now) = if self.same_boot(&now) { (self.boot_ms, now.boot_ms) } else { (self.wall_ms, now.wall_ms) };
        Duration::from_millis(now.saturating_sub(then))
    }

    /// This much earlier, on both clocks.
    pub fn earlier(&self, time: Duration) -> Self {
        let by = |ms: u64| ms.saturating_sub(millis(time));
        Self { wall_ms: by(self.wall_ms), boot_ms: by(self.boot_ms), boot_id: self.boot_id.clone() }
    }

    fn same_boot(&self, other: &Timestamp) -> bool {
        !self.boot_id.is_empty() && self.boot_id == other.boot_id
    }
}

/// A time as RFC 3339 in UTC and whole seconds.
pub fn rfc3339(wall_ms: u64) -> String {
    // humantime panics after the year 9999.
    const LAST: u64 = 253_402_300_799;
    let at = UNIX_EPOCH + Duration::from_secs((wall_ms / 1000).min(LAST));
    humantime::format_rfc3339_seconds(at).to_string()
}

/// A time in RFC 3339, in milliseconds since 1970. It may have an offset from UTC.
pub fn parse_rfc3339(text: &str) -> Option<u64> {
    // humantime reads UTC only.
    let (time, offset_minutes) = match text.len().checked_sub(6).and_then(|at| text.split_at_checked(at)) {
        Some((time, offset)) if offset.starts_with(['+', '-']) => {
            let (hours, minutes) = offset[1..].split_once(':')?;
            let minutes = 60 * hours.parse::<i64>().ok()? + minutes.parse::<i64>().ok()?;
            (format!("{time}Z"), if offset.starts_with('-') { -minutes } else { minutes })
        }
        _ => (text.to_owned(), 0),
    };
    let at = humantime::parse_rfc3339(&time).ok()?.duration_since(UNIX_EPOCH).ok().map(millis)?;
    at.checked_add_signed(-60_000 * offset_minutes)
}

/// The last second of a day such as `2027-08-27` in UTC, in milliseconds since 1970.
pub fn end_of_day(day: &str) -> Option<u64> {
    parse_rfc3339(&format!("{day}T23:59:59Z"))
}

/// Whether a day such as `2027-08-27` has ended in UTC.
pub fn has_ended(day: &str) -> bool {
    end_of_day(day).is_some_and(|end| end < now().wall_ms)
}

pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A duration as `4s 300ms`.
pub fn spoken(time: Duration) -> String {
    const UNITS: [(u64, &str); 5] = [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1000, "s"), (1, "ms")];
    let mut rest = millis(time);
    let mut words = Vec::new();
    for (length, unit) in UNITS {
        if rest >= length {
            words.push(format!("{}{unit}", rest / length));
        }
        rest %= length;
    }
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// Parses `90s`, `10m` or `1h30m`. A bare number is an error, since it could mean seconds, milliseconds or minutes.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    let text = text.trim();
    humantime::parse_duration(text).map_err(|_| match text.parse::<f64>() {
        Ok(_) => "needs a unit, such as 90s, 10m or 1h".into(),
        Err(_) => "is not a duration such as 90s, 10m or 1h".into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(wall_ms: u64, boot_ms: u64, boot_id: &str) -> Timestamp {
        Timestamp { wall_ms, boot_ms, boot_id: boot_id.into() }
    }

    #[test]
    fn the_larger_clock_tells_the_age() {
        let then = at(1_000_000, 5_000, "a");
        assert_eq!(then.age(&at(1_060_000, 7_000, "a")), Some(Duration::from_secs(60)), "wall set forward");
        assert_eq!(then.age(&at(0, 65_000, "a")), Some(Duration::from_secs(60)), "wall set back");
        assert_eq!(then.age(&at(1_060_000, 1, "b")), Some(Duration::from_secs(60)), "another start");
        assert_eq!(then.age(&at(0, 99_000, "b")), None, "from the future of another start");
        assert_eq!(then.age(&at(0, 1, "a")), None, "from the future on both clocks");
        assert_eq!(then.age(&at(1_060_000, 9, "")), Some(Duration::from_secs(60)), "no boot clock");
    }

    #[test]
    fn the_boot_clock_orders_times_if_both_have_it() {
        assert!(at(0, 10, "a").is_since(&at(1_000, 9, "a")));
        assert!(!at(2_000, 8, "a").is_since(&at(1_000, 9, "a")));
        assert!(at(1_000, 1, "b").is_since(&at(1_000, 9, "a")));
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(rfc3339(1_795_590_000_999), "2026-11-25T07:00:00Z");
        assert_eq!(rfc3339(u64::MAX), "9999-12-31T23:59:59Z");
    }

    #[test]
    fn times_with_and_without_an_offset_are_read() {
        for (text, ms) in [
            ("2026-11-25T07:00:00Z", Some(1_795_590_000_000)),
            ("2026-11-25T07:00:00.25Z", Some(1_795_590_000_250)),
            ("2026-11-25T09:30:00+02:30", Some(1_795_590_000_000)),
            ("2026-11-25T02:00:00-05:00", Some(1_795_590_000_000)),
            ("1970-01-01T00:00:00+01:00", None),
            ("2026-11-25", None),
            ("-05:00", None),
            ("", None),
            ("é", None),
        ] {
            assert_eq!(parse_rfc3339(text), ms, "{text}");
        }
    }

    #[test]
    fn durations_have_units() {
        for (text, seconds) in [("90s", 90), ("10m", 600), ("1h", 3600), ("1h 30m", 5400)] {
            assert_eq!(parse_duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in ["", "90", "1.5", "-1", "soon", "1.5.2", "1 parsec"] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn without_a_boot_clock_the_wall_clock_orders_times() {
        assert!(!at(1_000, 9, "").is_since(&at(2_000, 8, "")));
        assert!(at(2_000, 8, "").is_since(&at(1_000, 9, "")));
        for same in [at(1_000, 9, "a"), at(1_000, 9, "")] {
            assert!(same.is_since(&same.clone()));
            assert_eq!(same.age(&same), Some(Duration::ZERO));
        }
        assert!(at(1_000, 9, "a").is_since(&at(1_000, 5, "b")));
    }

    #[test]
    fn now_is_the_time_of_the_system_clock() {
        let elapsed = || millis(UNIX_EPOCH.elapsed().unwrap());
        for _ in 0..20 {
            let (before, now, after) = (elapsed(), now(), elapsed());
            // A reading is cut to the millisecond.
            assert!((before..=after).contains(&now.wall_ms), "{before} {now:?} {after}");
            std::thread::sleep(Duration::from_millis(3));
        }
    }

    #[test]
    fn a_day_ends_with_its_last_second() {
        assert_eq!(end_of_day("2027-08-27"), Some(1_819_411_199_000));
        assert_eq!(end_of_day("1970-01-01"), Some(86_399_000));
        for none in ["", "2027-13-01", "2027-02-30", "soon", "2027-08-27T00:00:00Z"] {
            assert_eq!(end_of_day(none), None, "{none}");
            assert!(!has_ended(none), "{none}");
        }
        assert!(has_ended("1999-12-31") && !has_ended("9999-12-31"));
    }

    #[test]
    fn durations_are_exact_to_the_millisecond() {
        assert_eq!((millis(Duration::from_secs(9)), millis(Duration::MAX)), (9_000, u64::MAX));
        assert_eq!(spoken(Duration::new(4, 300_000_001)), "4s 300ms");
    }

    #[test]
    fn a_time_that_is_dated_ahead_is_not_in_the_past() {
        let times = [at(1_000, 9, "a"), at(1_000, 10, "a"), at(1_000, 11, "a"), at(1_000, 12, "a")];
        assert!(times[1].is_between(&times[0], &times[2]));
        assert!(times[1].is_between(&times[1], &times[1]));
        assert!(!times[0].is_between(&times[1], &times[2]), "before it");
        assert!(!times[3].is_between(&times[1], &times[2]), "dated ahead");
    }

    #[test]
    fn elapsed_time_is_measured_by_the_boot_clock() {
        let real = now();
        // Windows and macOS have no boot clock. On Linux, `meta::cost` shows that it is read.
        if real.boot_id.is_empty() {
            return;
        }
        for (then, seconds) in [
            (Timestamp { wall_ms: 0, ..real.clone() }, 0),
            (Timestamp { wall_ms: real.wall_ms - 60_000, boot_id: String::new(), ..real.clone() }, 60),
            (Timestamp { wall_ms: real.wall_ms + 60_000, boot_id: "another start".into(), ..real.clone() }, 0),
        ] {
            let elapsed = then.elapsed().as_secs();
            assert!(elapsed >= seconds && elapsed < seconds + 30, "{then:?}: {elapsed} s");
        }
    }
}
