//! Whether the outcome that another process recorded answers this call.

use super::TokenSource;
use crate::clock::{self, Timestamp, millis};
use crate::error::{Error, Kind};
use crate::freshness::Zone;
use crate::store::{CachedToken, Failure, Record, Store};

impl TokenSource<'_> {
    pub(super) fn recorded(&self, record: &Record, store: &dyn Store) -> Option<Result<CachedToken, Error>> {
        let now = clock::now();
        let token = self.recorded_token(record, &now, store.digest());
        token.map(Ok).or_else(|| Some(Err(self.recorded_failure(record, &now)?.to_error())))
    }

    fn recorded_token(&self, record: &Record, now: &Timestamp, digest: &str) -> Option<CachedToken> {
        let token = record.token.clone()?;
        // A token that was issued since the call began is as new as any token of its own.
        if token.issued.is_between(self.began, now) {
            return Some(token);
        }
        match self.requirements.zone(Some(token), now, digest) {
            Zone::Fresh(token) | Zone::Ageing(token) => Some(token),
            Zone::Stale(_) => None,
        }
    }

    fn recorded_failure<'r>(&self, record: &'r Record, now: &Timestamp) -> Option<&'r Failure> {
        let failure = record.failure.as_ref()?;
        let is_shared = failure.at.is_between(self.began, now) && self.had_time_enough(failure);
        let is_cooling_down = !self.requirements.refresh && record.is_cooling_down(now);
        ((is_shared || is_cooling_down) && self.would_fail_alike(failure)).then_some(failure)
    }

    /// An attempt that had less time than this call has could have succeeded with more, unless the server refused.
    fn had_time_enough(&self, failure: &Failure) -> bool {
        let time = self.deadline.attempt().min(self.deadline.remaining());
        failure.kind != Kind::Unavailable || failure.budget_ms >= millis(time)
    }

    /// Whether this call would send the same. A secret command may depend on the other process's environment, and have
    /// failed there alone.
    fn would_fail_alike(&self, failure: &Failure) -> bool {
        let is_local = failure.kind == Kind::Setup && self.profile.runs_commands();
        !is_local && self.profile.stamp(&failure.salt) == failure.stamp
    }
}
