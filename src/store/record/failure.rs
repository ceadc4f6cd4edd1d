use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{Timestamp, millis, rfc3339};
use crate::error::{Error, Kind};

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

/// What a failure depends on, as digests with the record's salt. Only calls with the same digests get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Of the secrets that were sent; empty if no other call gets the failure.
    pub sent: String,
    /// Of the way to the endpoint; `None` if the endpoint replied.
    pub surroundings: Option<String>,
}

impl Failure {
    pub fn new(error: &Error, at: Timestamp, budget: Duration, stamp: Stamp) -> Self {
        Self {
            at,
            kind: error.kind,
            text: error.text.clone(),
            hints: error.hints.clone(),
            budget_ms: millis(budget),
            cool_down_ms: error.cool_down.map_or(0, millis),
            stamp,
        }
    }

    pub(super) fn is_cooling_down(&self, now: &Timestamp) -> bool {
        is_within(&self.at, self.cool_down_ms, now)
    }

    pub fn to_error(&self) -> Error {
        self.as_error(self.text.clone())
    }

    /// The error of a later call that gets this failure in place of a request. All such calls print the same time.
    pub fn to_repeated_error(&self) -> Error {
        let end = rfc3339(self.at.wall_ms.saturating_add(self.cool_down_ms));
        self.as_error(format!(
            "{}; the server is not asked again before {end}, unless the secret or the key changes, or with --refresh",
            self.text
        ))
    }

    fn as_error(&self, text: String) -> Error {
        let error = Error::new(self.kind, text);
        self.hints.iter().fold(error, |error, hint| error.hint(hint.clone()))
    }
}

pub(super) fn is_within(since: &Timestamp, pause_ms: u64, now: &Timestamp) -> bool {
    since.age(now).is_some_and(|age| age < Duration::from_millis(pause_ms))
}
