//! What a cached token is good for: the three zones of its life.

use std::time::Duration;

use crate::clock::Moment;
use crate::store::Kept;

/// What a caller wants of a token.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The token lives at least this long.
    pub min_ttl: MinTtl,
    /// Only a token that was minted after the call began.
    pub refresh: bool,
}

/// How long a token that is handed out must live.
#[derive(Clone, Copy, Debug)]
pub enum MinTtl {
    /// As long as this if it can be had.
    Preferred(Duration),
    /// As long as this, or an error.
    Promised(Duration),
}

/// What a cached token is good for.
pub enum Zone {
    /// Print it.
    Fresh(Kept),
    /// Print it, but somebody should see to the next one.
    Ageing(Kept),
    /// A new one is needed. The old one may do if none can be had.
    Wanting(Option<Kept>),
}

impl Wish {
    /// What a token is good for now. `spread` names identity and cache, so that not all refresh in the same second.
    #[must_use]
    pub fn zone(&self, token: Option<&Kept>, now: &Moment, spread: &str) -> Zone {
        let Some(token) = token else { return Zone::Wanting(None) };
        let remaining = token.remaining(now);
        if self.refresh || remaining < self.least(token) || remaining.is_zero() {
            Zone::Wanting(Some(token.clone()))
        } else if remaining < refresh_margin(token.lifetime(), spread) {
            Zone::Ageing(token.clone())
        } else {
            Zone::Fresh(token.clone())
        }
    }

    /// The life that a cached token must have left. A preference gives way where tokens live too short for it,
    /// or every call would mint.
    fn least(&self, token: &Kept) -> Duration {
        match self.min_ttl {
            MinTtl::Promised(least) => least,
            MinTtl::Preferred(least) => least.min(token.lifetime() / 2),
        }
    }
}

/// When the next token is seen to: a tenth of the life before its end, 5 min at least, half the life at most;
/// ± 10 % by identity and host, so that a fleet does not refresh in the same second.
fn refresh_margin(lifetime: Duration, spread: &str) -> Duration {
    let margin = (lifetime / 10).max(Duration::from_secs(300)).min(lifetime / 2);
    let host = rustix::system::uname();
    // FNV-1a: spread is all that is asked of it.
    let hash = spread
        .bytes()
        .chain(host.nodename().to_bytes().iter().copied())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    margin * (900 + hash % 201) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refresh_margin_is_a_tenth_within_its_bounds() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (life, margin) in [(minutes(1440), minutes(144)), (minutes(30), minutes(5)), (minutes(4), minutes(2))] {
            let had = refresh_margin(life, "a stem");
            assert!(had >= margin * 9 / 10 && had <= margin * 11 / 10, "{life:?}: {had:?}");
        }
    }
}
