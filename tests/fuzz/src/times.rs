//! Durations and dates from users, and times from a cache or a clock.

use std::time::{Duration, Instant};

use jwt_credential::clock::{self, Timestamp};
use jwt_credential::deadline::Deadline;
use jwt_credential::profile::schema;
use jwt_credential::token::Lifetime;

use crate::target::texts;

pub fn durations() -> Vec<Vec<u8>> {
    texts(&["90", "90s", "10m", "1h 30m", "584942417years", "18446744073709551615", "1.5h", "2027-08-27", "-1", "0s"])
}

/// A duration is a number of seconds or its own canonical spelling; no share of a deadline is longer than the deadline.
pub fn duration(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(day) = schema::day(text) {
        let digits: String = day.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(digits, "0000-00-00");
        let end = clock::end_of_day(&day).expect("a day ends");
        assert_eq!(clock::rfc3339(end), format!("{day}T23:59:59Z"));
        let _ = clock::has_ended(&day);
    }
    let Ok(parsed) = clock::parse_duration(text) else { return };
    let digits = text.trim();
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        assert_eq!(parsed.subsec_nanos(), 0);
        assert_eq!(
            parsed.as_secs().to_string(),
            Some(digits.trim_start_matches('0')).filter(|d| !d.is_empty()).unwrap_or("0")
        );
    }
    let whole = Duration::from_millis(clock::millis(parsed));
    assert_eq!(clock::parse_duration(&clock::spoken(parsed)), Ok(whole), "{}", clock::spoken(parsed));
    let deadline = Deadline::new(Instant::now(), parsed);
    let shares = [deadline.attempt(), deadline.refresh_attempt(), deadline.least_attempt(), deadline.takeover()];
    assert!(shares.iter().all(|share| *share <= parsed) && deadline.remaining() <= parsed);
    assert!(
        deadline.attempt() < deadline.takeover()
            || deadline.takeover() < Duration::from_millis(10)
            || parsed.as_secs() > 1 << 40
    );
    let _ = deadline.attempt_end();
}

pub fn moments() -> Vec<Vec<u8>> {
    let numbers = [[0, u64::MAX, 1, 2, 3], [1_795_590_000_999, 5, 1_795_590_060_999, 9, 86_400_000], [7; 5]];
    numbers.iter().map(|five| five.iter().flat_map(|number| number.to_le_bytes()).collect()).collect()
}

/// Five numbers: two times on both clocks, and a lifetime. If the last one is odd, both times are of the same boot.
pub fn moment(bytes: &[u8]) {
    let Some((numbers, _)) = bytes.as_chunks::<8>().0.split_at_checked(5) else { return };
    let [wall, boot, later_wall, later_boot, life] = [0, 1, 2, 3, 4].map(|at| u64::from_le_bytes(numbers[at]));
    let start = |name: &str| if life % 2 == 1 { "one".to_owned() } else { name.to_owned() };
    let then = Timestamp { wall_ms: wall, boot_ms: boot, boot_id: start("one") };
    let now = Timestamp { wall_ms: later_wall, boot_ms: later_boot, boot_id: start("two") };
    let by_wall = later_wall.checked_sub(wall);
    let by_boot = later_boot.checked_sub(boot).filter(|_| life % 2 == 1);
    let age = then.age(&now);
    assert_eq!(age.map(clock::millis), [by_wall, by_boot].into_iter().flatten().max());
    assert!(then.is_since(&then) && (then.is_since(&now) || now.is_since(&then)), "one of two is the later one");
    let told = clock::rfc3339(wall);
    assert!(told.len() == 20 && told.ends_with('Z'));
    let life = Duration::from_millis(life);
    let left = Lifetime::Stated(life).less(age.unwrap_or_default()).duration();
    assert!(left <= life);
}
