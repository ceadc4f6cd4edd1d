//! The record that a store keeps for an identity: its token, and the outcome of the last exchanges.

mod failure;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, millis};
use crate::random;
use crate::text::hex;
use crate::token::{Choice, Fields, Lifetime, Token};
use failure::is_within;
pub use failure::{Failure, Stamp};

/// The format that this program reads and writes. A record of another format is a miss.
const VERSION: u32 = 2;

/// How many failures and rejected tokens are kept.
const PLACES: usize = 4;

/// The shortest and the longest pause after failed refreshes.
const BACK_OFF: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(300));

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record {
    version: u32,
    /// Compared on reading, since the record's name is only a digest of it.
    identity: String,
    /// For the stamps of the failures.
    pub salt: String,
    pub token: Option<CachedToken>,
    pub exchange: Option<LastExchange>,
    /// The last failures, the latest first, one for each stamp.
    pub failures: Vec<Failure>,
    pub back_off: Option<BackOff>,
    /// Where the shared cache has this token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<SharedCopy>,
    /// Salted digests of the tokens that were rejected here last: a shared cache may still have them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rejected: Vec<String>,
}

impl Record {
    pub fn empty(identity: &str) -> Self {
        Self {
            version: VERSION,
            identity: identity.into(),
            salt: hex(&random::bytes::<16>()),
            token: None,
            exchange: None,
            failures: Vec::new(),
            back_off: None,
            shared: None,
            rejected: Vec::new(),
        }
    }

    /// The identity of a record of this format.
    pub fn identity(&self) -> Option<&str> {
        (self.version == VERSION).then_some(&self.identity)
    }

    /// Whether the record has this format and belongs to this identity.
    pub fn is_for(&self, identity: &str) -> bool {
        self.identity() == Some(identity)
    }

    pub fn note_token(&mut self, token: CachedToken, took: Duration) {
        self.exchange = Some(LastExchange { at: token.issued.clone(), took_ms: millis(took), sent: None });
        self.token = Some(token);
        self.back_off = None;
        self.shared = None;
    }

    /// Notes which secrets the last exchange sent, by their digest.
    pub fn note_sent(&mut self, sent: String) {
        if let Some(exchange) = &mut self.exchange {
            exchange.sent = Some(sent);
        }
    }

    /// Removes the token, which a server has rejected or is about to end, and remembers it by its digest.
    pub fn take_token(&mut self) -> Option<CachedToken> {
        self.shared = None;
        let token = self.token.take()?;
        self.rejected.insert(0, token.fields.digest(&self.salt));
        self.rejected.truncate(PLACES);
        Some(token)
    }

    pub fn was_rejected(&self, token: &CachedToken) -> bool {
        !self.rejected.is_empty() && self.rejected.contains(&token.fields.digest(&self.salt))
    }

    /// The token stays, since it may not have expired.
    pub fn note_failure(&mut self, failure: Failure) {
        let failures = self.back_off.as_ref().map_or(0, |back_off| back_off.failures);
        let pause = BACK_OFF.0.saturating_mul(1 << failures.min(8)).min(BACK_OFF.1);
        self.back_off = Some(BackOff {
            since: failure.at.clone(),
            pause_ms: millis(pause).max(failure.cool_down_ms),
            failures: failures.saturating_add(1),
        });
        self.add_failure(failure);
    }

    /// Adds a failure of another machine, whose stamp has this salt. A record without a file has a new salt each time.
    pub fn add_foreign_failure(&mut self, failure: Failure, salt: &str) {
        if self.failures.is_empty() && self.rejected.is_empty() {
            salt.clone_into(&mut self.salt);
        }
        if self.salt == salt {
            self.add_failure(failure);
        }
    }

    /// The last failure of a request with these secrets, by their digest.
    pub fn last_failure_of(&self, sent: &str) -> Option<&Failure> {
        self.failures.iter().find(|failure| failure.stamp.sent == sent)
    }

    fn add_failure(&mut self, failure: Failure) {
        self.failures.retain(|had| had.stamp != failure.stamp);
        self.failures.insert(0, failure);
        self.failures.truncate(PLACES);
    }

    /// Whether the last refresh failed, and the pause after it has not ended.
    pub fn is_backing_off(&self, now: &Timestamp) -> bool {
        self.back_off.as_ref().is_some_and(|back_off| is_within(&back_off.since, back_off.pause_ms, now))
    }

    /// Whether calls that begin now, and have the same stamp, get this failure. A token that was issued later ends it: a
    /// call that needs a new one tries again.
    pub fn is_cooling_down(&self, failure: &Failure, now: &Timestamp) -> bool {
        let is_latest = self.token.as_ref().is_none_or(|token| failure.at.is_since(&token.issued));
        is_latest && failure.is_cooling_down(now)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CachedToken {
    pub fields: Fields,
    /// Headers that its APIs need as well.
    pub headers: Vec<(String, String)>,
    /// What else the issuer gave that callers need, and that is no secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<(String, String)>,
    /// When the request for it began.
    pub requested: Timestamp,
    /// When the answer arrived.
    pub issued: Timestamp,
    /// Which value the endpoint accepted, for each of the profile's keys that have several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    lifetime_ms: u64,
    /// Whether the server gave the lifetime.
    stated: bool,
}

impl CachedToken {
    pub fn new(token: Token, requested: Timestamp, issued: Timestamp) -> Self {
        let stated = matches!(token.lifetime, Lifetime::Stated(_));
        let lifetime_ms = millis(token.lifetime.duration());
        Self {
            fields: token.fields,
            headers: token.headers,
            details: token.details,
            choices: token.choices,
            requested,
            issued,
            lifetime_ms,
            stated,
        }
    }

    pub fn lifetime(&self) -> Duration {
        Duration::from_millis(self.lifetime_ms)
    }

    /// The rest of its lifetime; zero if the clocks cannot tell.
    pub fn remaining(&self, now: &Timestamp) -> Duration {
        self.issued.age(now).map_or(Duration::ZERO, |age| self.lifetime().saturating_sub(age))
    }

    /// Whether it has expired. A token without a lifetime from the server never counts as expired.
    pub fn has_expired(&self, now: &Timestamp) -> bool {
        self.stated && self.remaining(now).is_zero()
    }

    /// When it expires by the wall clock, in milliseconds since 1970; `None` if the server gave no lifetime. It is counted
    /// from the exchange, so that every call prints the same time. If the wall clock was set since, it is counted from now.
    pub fn expires_at(&self, now: &Timestamp) -> Option<u64> {
        const CLOCKS_AGREE_MS: u64 = 2_000;
        let by_issue = self.issued.wall_ms.saturating_add(self.lifetime_ms);
        let remaining = self.remaining(now);
        let by_remaining = now.wall_ms.saturating_add(millis(remaining));
        let agree = by_issue.abs_diff(by_remaining) < CLOCKS_AGREE_MS;
        let at = match (agree, remaining.is_zero()) {
            (true, _) => by_issue,
            (false, true) => by_issue.min(now.wall_ms),
            (false, false) => by_remaining,
        };
        self.stated.then_some(at)
    }
}

/// Where the shared cache has a token, so that it can be dropped there without the profile's secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedCopy {
    /// The name of the token's record.
    pub token: String,
    /// What the record begins with.
    pub mark: Vec<u8>,
    /// The names of all records of the profile there, this one's among them.
    pub records: Vec<String>,
}

/// The last exchange that succeeded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LastExchange {
    /// When the answer arrived.
    pub at: Timestamp,
    /// How long secrets, signature and exchange took together.
    pub took_ms: u64,
    /// A digest, with the record's salt, of the secrets that were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent: Option<String>,
}

/// The pause after failed refreshes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackOff {
    since: Timestamp,
    pause_ms: u64,
    failures: u32,
}

#[cfg(test)]
mod tests;
