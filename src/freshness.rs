//! The three zones of a cached token's life.

use std::sync::OnceLock;
use std::time::Duration;

use crate::clock::Timestamp;
use crate::store::CachedToken;
use crate::sys;

/// What a call demands of a token.
#[derive(Clone, Copy, Debug)]
pub struct Requirements {
    pub min_ttl: MinTtl,
    /// Only a token that was requested after the call began.
    pub refresh: bool,
}

/// How long the token must still be valid.
#[derive(Clone, Copy, Debug)]
pub enum MinTtl {
    /// This long if the server's tokens live that long.
    Preferred(Duration),
    /// This long, or it is an error.
    Promised(Duration),
}

pub enum Zone {
    /// Return it.
    Fresh(CachedToken),
    /// Return it, but one caller should refresh it.
    Ageing(CachedToken),
    /// Request a new token. This one is returned if that fails and it is still valid.
    Stale(Option<CachedToken>),
}

impl Requirements {
    /// The zone of a token now. `spread` differs by identity, so that a fleet does not refresh in the same second.
    pub fn zone(&self, token: Option<CachedToken>, now: &Timestamp, spread: &str) -> Zone {
        let Some(token) = token else { return Zone::Stale(None) };
        let remaining = token.remaining(now);
        if self.refresh || remaining < self.least(&token) || remaining.is_zero() {
            Zone::Stale(Some(token))
        } else if remaining < refresh_margin(token.lifetime(), spread) {
            Zone::Ageing(token)
        } else {
            Zone::Fresh(token)
        }
    }

    /// How long the token stays fresh.
    pub fn fresh_for(&self, token: &CachedToken, now: &Timestamp, spread: &str) -> Duration {
        let end = refresh_margin(token.lifetime(), spread).max(self.least(token));
        token.remaining(now).saturating_sub(end)
    }

    /// The validity that a cached token must have left. A preference gives way if the server's tokens are too short-lived
    /// for it: otherwise every call would request one.
    fn least(&self, token: &CachedToken) -> Duration {
        match self.min_ttl {
            MinTtl::Promised(least) => least,
            MinTtl::Preferred(least) => least.min(token.lifetime() / 2),
        }
    }
}

/// How long before expiry a token is refreshed: a tenth of its life, at least 5 min, at most half its life, ± 10 % by
/// identity and host.
fn refresh_margin(lifetime: Duration, spread: &str) -> Duration {
    static HOST: OnceLock<Vec<u8>> = OnceLock::new();
    let margin = (lifetime / 10).max(Duration::from_secs(300)).min(lifetime / 2);
    // FNV-1a: the hash only has to spread.
    let hash = spread
        .bytes()
        .chain(HOST.get_or_init(sys::host_name).iter().copied())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    margin * (900 + hash % 201) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::millis;
    use crate::token::{Fields, Lifetime, SecretText, Token};

    #[test]
    fn the_refresh_margin_is_a_tenth_within_its_bounds() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (life, margin) in [(minutes(1440), minutes(144)), (minutes(30), minutes(5)), (minutes(4), minutes(2))] {
            let had = refresh_margin(life, "a stem");
            assert!(had >= margin * 9 / 10 && had <= margin * 11 / 10, "{life:?}: {had:?}");
        }
    }

    /// The zone of a token of this life with this much left.
    fn zone(min_ttl: MinTtl, refresh: bool, life: Duration, left: Duration) -> &'static str {
        let issued = Timestamp { wall_ms: 1_000_000, boot_ms: 0, boot_id: String::new() };
        let now = Timestamp { wall_ms: issued.wall_ms + millis(life.saturating_sub(left)), ..issued.clone() };
        let fields = Fields::of_token(SecretText::parse("token".into()).unwrap());
        let token = Token {
            fields,
            headers: Vec::new(),
            details: Vec::new(),
            lifetime: Lifetime::Stated(life),
            choices: Vec::new(),
        };
        let cached = CachedToken::new(token, issued.clone(), issued);
        match (Requirements { min_ttl, refresh }).zone(Some(cached), &now, "a stem") {
            Zone::Fresh(_) => "fresh",
            Zone::Ageing(_) => "ageing",
            Zone::Stale(old) => {
                assert!(old.is_some());
                "stale"
            }
        }
    }

    #[test]
    fn the_zones_meet_to_the_millisecond() {
        let (hour, ms) = (Duration::from_secs(3600), Duration::from_millis(1));
        let margin = Duration::from_millis(millis(refresh_margin(hour, "a stem")));
        let preferred = MinTtl::Preferred(Duration::from_secs(60));
        for (left, expected) in [
            (hour, "fresh"),
            (margin, "fresh"),
            (margin.saturating_sub(ms), "ageing"),
            (Duration::from_secs(60), "ageing"),
            (Duration::from_millis(59_999), "stale"),
            (Duration::ZERO, "stale"),
        ] {
            assert_eq!(zone(preferred, false, hour, left), expected, "{left:?}");
            assert_eq!(zone(preferred, true, hour, left), "stale", "--refresh, {left:?}");
        }
        let promised = MinTtl::Promised(Duration::from_secs(3000));
        assert_eq!(zone(promised, false, hour, Duration::from_secs(3000)), "fresh");
        assert_eq!(zone(promised, false, hour, Duration::from_millis(2_999_999)), "stale");
        assert_eq!(zone(MinTtl::Promised(Duration::ZERO), false, hour, ms), "ageing");
        assert_eq!(zone(MinTtl::Promised(Duration::ZERO), false, hour, Duration::ZERO), "stale", "expired");
    }

    #[test]
    fn a_preference_gives_way_at_half_of_a_short_life_and_a_promise_never() {
        let (life, half) = (Duration::from_secs(40), Duration::from_secs(20));
        let minute = Duration::from_secs(60);
        assert_ne!(zone(MinTtl::Preferred(minute), false, life, half), "stale");
        assert_eq!(zone(MinTtl::Preferred(minute), false, life, Duration::from_millis(19_999)), "stale");
        assert_eq!(zone(MinTtl::Promised(minute), false, life, life), "stale");
    }

    #[test]
    fn the_margin_is_spread_over_a_fifth_by_identity() {
        let day = Duration::from_secs(86_400);
        let margins: Vec<f64> = (0..2000)
            .map(|n| refresh_margin(day, &format!("stem {n}")).as_secs_f64() / (day.as_secs_f64() / 10.0))
            .collect();
        assert!(margins.iter().all(|share| (0.9..=1.1).contains(share)));
        for tenth in 0..10 {
            let from = 0.9 + 0.02 * f64::from(tenth);
            let here = margins.iter().filter(|share| (from..from + 0.02).contains(*share)).count();
            assert!((100..=300).contains(&here), "{here} of 2000 from {from:.2}");
        }
        assert_eq!(refresh_margin(day, "a"), refresh_margin(day, "a"), "the same in every call");
    }
}
