//! The record that a store keeps for an identity: its token, and the outcome of the last exchanges.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{self, Timestamp, millis};
use crate::error::{Error, Kind};
use crate::random;
use crate::text::hex;
use crate::token::{Choice, Fields, Lifetime, Token};

/// The format that this program reads and writes. A record of another format is a miss.
const VERSION: u32 = 2;

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
        }
    }

    /// Whether the record has this format and belongs to this identity.
    pub fn is_for(&self, identity: &str) -> bool {
        self.version == VERSION && self.identity == identity
    }

    pub fn note_token(&mut self, token: CachedToken, took: Duration) {
        self.exchange = Some(LastExchange { at: token.issued.clone(), took_ms: millis(took) });
        self.token = Some(token);
        self.back_off = None;
    }

    /// The token stays, since it may not have expired.
    pub fn note_failure(&mut self, failure: Failure) {
        const PLACES: usize = 4;
        let failures = self.back_off.as_ref().map_or(0, |back_off| back_off.failures);
        let pause = BACK_OFF.0.saturating_mul(1 << failures.min(8)).min(BACK_OFF.1);
        self.back_off = Some(BackOff {
            since: failure.at.clone(),
            pause_ms: millis(pause).max(failure.cool_down_ms),
            failures: failures.saturating_add(1),
        });
        self.failures.retain(|had| had.stamp != failure.stamp);
        self.failures.insert(0, failure);
        self.failures.truncate(PLACES);
    }

    /// Whether the last refresh failed, and the pause after it has not ended.
    pub fn is_backing_off(&self, now: &Timestamp) -> bool {
        self.back_off.as_ref().is_some_and(|back_off| is_within(&back_off.since, back_off.pause_ms, now))
    }

    /// Whether calls that begin now, and would send the same, get this failure. A token that was issued after it shows
    /// that the cause is gone.
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
    pub fn new(token: Token, issued: Timestamp) -> Self {
        let stated = matches!(token.lifetime, Lifetime::Stated(_));
        let lifetime_ms = millis(token.lifetime.duration());
        Self { fields: token.fields, headers: token.headers, choices: token.choices, issued, lifetime_ms, stated }
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
        let by_remaining = now.wall_ms.saturating_add(millis(self.remaining(now)));
        let agree = by_issue.abs_diff(by_remaining) < CLOCKS_AGREE_MS;
        self.stated.then_some(if agree { by_issue } else { by_remaining })
    }
}

/// The last exchange that succeeded.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LastExchange {
    /// When the answer arrived.
    pub at: Timestamp,
    /// How long secrets, signature and exchange took together.
    pub took_ms: u64,
}

/// An exchange that failed, and which later calls get the same failure.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Failure {
    pub at: Timestamp,
    pub kind: Kind,
    pub text: String,
    pub hints: Vec<String>,
    /// How much time the attempt had.
    pub budget_ms: u64,
    /// How long later calls get the same failure.
    pub cool_down_ms: u64,
    pub stamp: Stamp,
}

/// What a failure depends on, as digests with the record's salt. It is the answer only of calls with the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Of the secrets that were sent.
    pub sent: String,
    /// Of this machine's settings for the network; `None` if the endpoint answered.
    pub surroundings: Option<String>,
}

impl Failure {
    /// If the error has a cool-down, a hint says when it ends: all processes that share the failure print the same time.
    pub fn new(error: &Error, at: Timestamp, budget: Duration, stamp: Stamp) -> Self {
        let end = error.cool_down.map(|pause| clock::rfc3339(at.wall_ms.saturating_add(millis(pause))));
        let end = end.map(|end| {
            format!(
                "the endpoint is not asked again before {end}, unless the secret or the key changes, or with --refresh"
            )
        });
        Self {
            at,
            kind: error.kind,
            text: error.text.clone(),
            hints: error.hints.iter().cloned().chain(end).collect(),
            budget_ms: millis(budget),
            cool_down_ms: error.cool_down.map_or(0, millis),
            stamp,
        }
    }

    /// Whether the endpoint answered.
    pub fn is_answer(&self) -> bool {
        self.stamp.surroundings.is_none()
    }

    fn is_cooling_down(&self, now: &Timestamp) -> bool {
        is_within(&self.at, self.cool_down_ms, now)
    }

    pub fn to_error(&self) -> Error {
        let error = Error::new(self.kind, self.text.clone());
        self.hints.iter().fold(error, |error, hint| error.hint(hint.clone()))
    }
}

/// The pause after failed refreshes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct BackOff {
    since: Timestamp,
    pause_ms: u64,
    failures: u32,
}

fn is_within(since: &Timestamp, pause_ms: u64, now: &Timestamp) -> bool {
    since.age(now).is_some_and(|age| age < Duration::from_millis(pause_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::SecretText;

    const HOUR: Duration = Duration::from_secs(3600);

    fn at(wall_ms: u64) -> Timestamp {
        Timestamp { wall_ms, boot_ms: 0, boot_id: String::new() }
    }

    fn cached(lifetime: Lifetime) -> CachedToken {
        let fields = Fields::of_token(SecretText::parse("token".into()).unwrap());
        CachedToken::new(Token { fields, headers: Vec::new(), lifetime, choices: Vec::new() }, at(1_000_000))
    }

    fn failure(at: Timestamp, cool_down_ms: u64) -> Failure {
        let (text, hints) = ("no luck".into(), vec!["try".into(), "again".into()]);
        let stamp = Stamp { sent: String::new(), surroundings: None };
        Failure { at, kind: Kind::Refused, text, hints, budget_ms: 4_000, cool_down_ms, stamp }
    }

    #[test]
    fn a_record_is_of_this_form_and_this_identity() {
        let record = Record::empty("one");
        assert!(record.is_for("one") && !record.is_for("two") && !record.is_for(""));
        let other = Record { version: VERSION + 1, ..record };
        assert!(!other.is_for("one") && !other.is_for("two"));
    }

    #[test]
    fn the_rest_of_a_life_ends_to_the_millisecond() {
        let stated = cached(Lifetime::Stated(HOUR));
        assert_eq!((stated.lifetime(), stated.remaining(&at(1_000_000))), (HOUR, HOUR));
        assert_eq!(stated.remaining(&at(4_599_999)), Duration::from_millis(1));
        assert!(
            !stated.has_expired(&at(4_599_999))
                && stated.has_expired(&at(4_600_000))
                && stated.has_expired(&at(u64::MAX))
        );
        assert!(stated.has_expired(&at(0)), "from the future: no clock can say what is left");
        assert!(!cached(Lifetime::Assumed(HOUR)).has_expired(&at(u64::MAX)));
    }

    #[test]
    fn the_end_counts_from_the_issue_unless_a_clock_was_set() {
        let issued = Timestamp { wall_ms: 1_000_000, boot_ms: 5_000, boot_id: "a".into() };
        let stated = CachedToken { issued, ..cached(Lifetime::Stated(HOUR)) };
        // Ten seconds later by the boot clock, and this much more by the wall clock.
        let after = |more: i64| Timestamp {
            wall_ms: 1_010_000_u64.saturating_add_signed(more),
            boot_ms: 15_000,
            boot_id: "a".into(),
        };
        for (more, end) in [
            (0, 4_600_000),
            (-1_999, 4_600_000),
            (-2_000, 4_598_000),
            (-60_000, 4_540_000),
            // Set forward.
            (1_999, 4_600_000),
            (60_000, 4_600_000),
        ] {
            assert_eq!(stated.expires_at(&after(more)), Some(end), "{more}");
        }
        assert_eq!(cached(Lifetime::Assumed(HOUR)).expires_at(&at(1_000_000)), None);
    }

    #[test]
    fn failures_make_longer_pauses_and_a_token_ends_them() {
        let mut record = Record::empty("one");
        assert!(!record.is_backing_off(&at(1_000)));
        for (number, pause) in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 300), (6, 300), (40, 300)] {
            let failures = number - 1;
            record.back_off = (number > 1).then(|| BackOff { since: at(0), pause_ms: 0, failures });
            record.note_failure(failure(at(1_000), 0));
            let end = 1_000 + pause * 1_000;
            assert!(record.is_backing_off(&at(1_000)) && record.is_backing_off(&at(end - 1)), "{number}");
            assert!(!record.is_backing_off(&at(end)), "{number}");
            assert_eq!(record.back_off.as_ref().map(|back_off| back_off.failures), Some(number));
        }
        record.note_failure(failure(at(1_000), 400_000));
        assert!(record.is_backing_off(&at(400_999)), "the endpoint asked for longer");
        record.note_token(cached(Lifetime::Stated(HOUR)), Duration::from_millis(1_234));
        assert!(!record.is_backing_off(&at(1_000)) && record.token.is_some());
        assert_eq!(record.exchange.map(|exchange| (exchange.at, exchange.took_ms)), Some((at(1_000_000), 1_234)));
        assert_eq!(record.failures.len(), 1, "for status");
    }

    #[test]
    fn a_failure_cools_down_and_gives_the_same_error() {
        let failed = failure(at(1_000), 10_000);
        assert!(failed.is_cooling_down(&at(1_000)) && failed.is_cooling_down(&at(10_999)));
        assert!(!failed.is_cooling_down(&at(11_000)) && !failed.is_cooling_down(&at(0)));
        let error = failed.to_error();
        assert_eq!((error.kind, error.text.as_str()), (Kind::Refused, "no luck"));
        assert_eq!(error.hints, ["try", "again"]);
    }

    #[test]
    fn a_record_holds_the_last_four_failures_one_for_each_stamp() {
        let mut record = Record::empty("one");
        for (number, sent) in ["a", "b", "a", "c", "d", "e"].into_iter().enumerate() {
            let stamp = Stamp { sent: sent.into(), surroundings: None };
            record.note_failure(Failure { stamp, ..failure(at(number as u64), 0) });
        }
        let sent: Vec<_> = record.failures.iter().map(|failure| failure.stamp.sent.as_str()).collect();
        assert_eq!(sent, ["e", "d", "c", "a"]);
    }
}
