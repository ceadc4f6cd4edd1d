//! The cache record, with any content that a disk may return.

use std::time::Duration;

use jwt_credential::clock::{self, Timestamp};
use jwt_credential::error::{Error, Kind};
use jwt_credential::freshness::{MinTtl, Requirements, Zone};
use jwt_credential::store::{CachedToken, Failure, Record, Stamp};
use jwt_credential::token::{ACCESS_TOKEN, Choice, Fields, Lifetime, SecretText, Token};

use crate::text::is_harmless;
use crate::token::is_token;

pub fn seeds() -> Vec<Vec<u8>> {
    let at = Timestamp { wall_ms: 1_795_590_000_000, boot_ms: 5_000, boot_id: "a start".into() };
    let token = |lifetime| Token {
        fields: Fields::of_token(SecretText::parse("token-1".into()).expect("a token")),
        headers: vec![("x-api-key".into(), "a key".into())],
        details: Vec::new(),
        lifetime,
        choices: vec![Choice { key: "client_secret".into(), taken: "aa".into(), refused: vec!["bb".into()] }],
    };
    let failure = Failure {
        at: at.clone(),
        kind: Kind::Refused,
        text: "it was refused".into(),
        hints: vec!["a hint".into()],
        budget_ms: 4_000,
        cool_down_ms: 10_000,
        stamp: Stamp { sent: "cc".into(), surroundings: Some("dd".into()) },
    };
    let with = |lifetime| {
        let mut record = Record::empty("an identity");
        record.note_failure(failure.clone());
        record.note_token(CachedToken::new(token(lifetime), at.clone(), at.clone()), Duration::from_millis(300));
        record.note_failure(failure.clone());
        serde_json::to_vec(&record).expect("a record")
    };
    let lives = [Lifetime::Stated(Duration::from_secs(86_399)), Lifetime::Assumed(Duration::from_secs(300))];
    lives.map(with).into_iter().chain([serde_json::to_vec(&Record::empty("")).expect("a record")]).collect()
}

/// A record is written as it was read. Its token can be printed in every format, and no clock extends its lifetime.
pub fn run(bytes: &[u8]) {
    let Ok(record) = serde_json::from_slice::<Record>(bytes) else { return };
    let written = serde_json::to_vec(&record).expect("a record that was read");
    let again: Record = serde_json::from_slice(&written).expect("a record that was written");
    assert_eq!(serde_json::to_vec(&again).expect("the same"), written);
    assert!(record.is_for("an identity") != record.is_for("another one") || !record.is_for("another one"));
    let edges =
        [0, 1_795_590_000_000, u64::MAX].map(|ms| Timestamp { wall_ms: ms, boot_ms: ms, boot_id: "a start".into() });
    for now in edges.iter().chain(record.token.as_ref().map(|cached| &cached.issued)) {
        let _ = record.is_backing_off(now);
        if let Some(cached) = &record.token {
            judge(cached, now);
        }
        for failure in &record.failures {
            let _ = record.is_cooling_down(failure, now);
            assert!(failure.to_error().lines().lines().all(is_harmless));
        }
    }
    let mut later = record;
    for _ in 0..3 {
        later.note_failure(failed(later.failures.first()));
    }
}

fn judge(cached: &CachedToken, now: &Timestamp) {
    assert!(is_token(cached.fields.get(ACCESS_TOKEN).unwrap_or("token")));
    assert!(cached.remaining(now) <= cached.lifetime());
    let end = cached.expires_at(now);
    assert_eq!(end.map(|end| clock::rfc3339(end).len()), end.map(|_| 20));
    for refresh in [false, true] {
        for min_ttl in [MinTtl::Preferred(Duration::from_secs(60)), MinTtl::Promised(Duration::from_secs(60))] {
            match (Requirements { min_ttl, refresh }).zone(Some(cached.clone()), now, "a stem") {
                Zone::Stale(_) => {}
                Zone::Fresh(_) | Zone::Ageing(_) => {
                    assert!(!refresh && !cached.remaining(now).is_zero() && !cached.has_expired(now), "expired");
                    assert!(
                        matches!(min_ttl, MinTtl::Preferred(_)) || cached.remaining(now) >= Duration::from_secs(60)
                    );
                }
            }
        }
    }
}

/// The last failure again, or a first one.
fn failed(last: Option<&Failure>) -> Failure {
    let error = Error::new(Kind::Unavailable, "it failed");
    last.cloned().unwrap_or_else(|| Failure {
        at: clock::now(),
        kind: error.kind,
        text: error.text,
        hints: Vec::new(),
        budget_ms: 0,
        cool_down_ms: u64::MAX,
        stamp: Stamp { sent: String::new(), surroundings: None },
    })
}
