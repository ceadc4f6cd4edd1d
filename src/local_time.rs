//! Times for people: on their own clock, and counted from now.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock;

/// A time in the time zone of the user (`TZ`, else the system's), such as `2026-11-25 09:00:00 +02:00`.
fn local(wall_ms: u64) -> String {
    let at = Timestamp::from_second(i64::try_from(wall_ms / 1000).unwrap_or(i64::MAX)).unwrap_or(Timestamp::MAX);
    let offset = TimeZone::system().to_offset(at).seconds();
    let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
    let shifted = wall_ms.saturating_add_signed(i64::from(offset) * 1000);
    let text = clock::rfc3339(shifted).replace('T', " ").replace('Z', "");
    format!("{text} {sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// A time in both forms: `2026-11-25 09:00:00 +02:00 (in 3 h 12 min)`.
pub fn when(wall_ms: u64, now_ms: u64) -> String {
    format!("{} ({})", local(wall_ms), relative(wall_ms, now_ms))
}

/// A time counted from now: `in 3 h 12 min`, `5 min ago`, `now`.
fn relative(wall_ms: u64, now_ms: u64) -> String {
    let apart = rough(Duration::from_millis(wall_ms.abs_diff(now_ms)));
    match apart {
        None => "now".into(),
        Some(apart) if wall_ms > now_ms => format!("in {apart}"),
        Some(apart) => format!("{apart} ago"),
    }
}

/// A duration in its two largest units, rounded down; `None` if it is shorter than a second.
pub fn rough(time: Duration) -> Option<String> {
    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    const YEAR: u64 = 365 * DAY;
    let seconds = time.as_secs();
    match seconds {
        0 => None,
        1..MINUTE => Some(format!("{seconds} s")),
        MINUTE..HOUR => Some(format!("{} min", seconds / MINUTE)),
        _ if seconds < 2 * DAY => Some(format!("{} h {} min", seconds / HOUR, seconds % HOUR / MINUTE)),
        _ if seconds < 2 * YEAR => Some(format!("{} days", seconds / DAY)),
        _ => Some(format!("{} years", seconds / YEAR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_counted_from_now_in_both_directions() {
        let now: u64 = 1_795_590_000_000;
        for (seconds, text) in [
            (0_i64, "now"),
            (59, "in 59 s"),
            (60, "in 1 min"),
            (3 * 3600 + 12 * 60 + 59, "in 3 h 12 min"),
            (47 * 3600, "in 47 h 0 min"),
            (20 * 86_400 - 1, "in 19 days"),
            (729 * 86_400, "in 729 days"),
            (36_495 * 86_400, "in 99 years"),
            (-1, "1 s ago"),
            (-300, "5 min ago"),
            (-86_400 * 3, "3 days ago"),
        ] {
            assert_eq!(relative(now.checked_add_signed(seconds * 1000).unwrap(), now), text);
        }
        assert_eq!(relative(now + 999, now), "now");
    }

    #[test]
    fn no_time_is_too_far_away_to_be_shown() {
        for ms in [0, u64::MAX] {
            assert!(local(ms).len() >= "1970-01-01 00:00:00 +00:00".len(), "{}", local(ms));
        }
    }
}
