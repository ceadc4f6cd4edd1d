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
        token.map(Ok).or_else(|| Some(Err(self.recorded_failure(record, &now)?)))
    }

    fn recorded_token(&self, record: &Record, now: &Timestamp, digest: &str) -> Option<CachedToken> {
        let token = record.token.clone()?;
        // A token that was issued since the call began is as new as any token of its own. `--refresh` asks for more: the
        // server may have issued the token long before its answer arrived.
        let new_since = if self.requirements.refresh { &token.requested } else { &token.issued };
        if new_since.is_between(self.began, now) {
            return Some(token);
        }
        match self.requirements.zone(Some(token), now, digest) {
            Zone::Fresh(token) | Zone::Ageing(token) => Some(token),
            Zone::Stale(_) => None,
        }
    }

    fn recorded_failure(&self, record: &Record, now: &Timestamp) -> Option<Error> {
        record.failures.iter().find_map(|failure| {
            // A call that starts in the millisecond after a failure did not wait for it.
            let came_meanwhile = failure.at.is_after(self.began, now);
            let is_shared = came_meanwhile && self.had_time_enough(failure);
            let is_repeated = !self.requirements.refresh && record.is_cooling_down(failure, now);
            if !(is_shared || is_repeated) || !self.would_fail_alike(failure, &record.salt) {
                return None;
            }
            Some(if is_shared { failure.to_error() } else { failure.to_repeated_error() })
        })
    }

    /// Whether the attempt had at least the time of this call. With more time it could have succeeded, unless the server
    /// refused.
    fn had_time_enough(&self, failure: &Failure) -> bool {
        let time = self.deadline.attempt().min(self.deadline.remaining());
        failure.kind != Kind::Unavailable || failure.budget_ms >= millis(time)
    }

    /// Whether this call would send the same, on the same way if that counts. Its secrets are read only for this.
    fn would_fail_alike(&self, failure: &Failure, salt: &str) -> bool {
        let is_same_way = |way: &String| *way == self.profile.surroundings(salt);
        let stamp = &failure.stamp;
        !stamp.sent.is_empty()
            && stamp.surroundings.as_ref().is_none_or(is_same_way)
            && stamp.sent == self.profile.sent(salt)
    }
}
