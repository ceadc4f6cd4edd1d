//! The story of a token. A fresh cached token is returned. Otherwise one process requests a new one, and all others get
//! its answer, good or bad. While the cached token is still valid, no caller waits for the next one.

mod attempt;
mod recorded;

use std::time::Duration;

use crate::clock::{self, Timestamp, spoken};
use crate::deadline::Deadline;
use crate::error::{Error, Kind, SharedBy};
use crate::freshness::{MinTtl, Requirements, Zone};
use crate::grant::Grant;
use crate::log::Log;
use crate::profile::Profile;
use crate::progress::Progress;
use crate::store::{CachedToken, Claim, Record, Store};

/// Where a call's token comes from.
pub struct TokenSource<'a> {
    pub profile: &'a Profile,
    pub grant: &'static dyn Grant,
    /// `None` with `--no-cache`.
    pub store: Option<&'a dyn Store>,
    /// When the call began.
    pub began: &'a Timestamp,
    pub deadline: &'a Deadline,
    pub requirements: Requirements,
    pub log: &'a Log,
}

/// Why a token is requested.
#[derive(Clone, Copy)]
enum Urgency<'a> {
    /// The caller waits for it.
    Need,
    /// This cached token is still valid: the attempt is short, and a token that expires sooner is not accepted.
    Ahead(&'a CachedToken),
}

impl TokenSource<'_> {
    /// A token that meets the requirements.
    pub fn token(&self) -> Result<CachedToken, Error> {
        let token = if let Some(store) = self.store {
            self.token_from(store)?
        } else {
            self.log.say("requesting a token without the cache");
            let deadline = self.deadline.later(self.profile.run_interactive()?);
            TokenSource { deadline: &deadline, ..*self }
                .request(None, Urgency::Need)
                .and_then(|new| self.promised(new))?
        };
        // This process may have been stopped, or the machine asleep, since the token was checked.
        if token.has_expired(&clock::now()) { Err(self.expired()) } else { Ok(token) }
    }

    fn token_from(&self, store: &dyn Store) -> Result<CachedToken, Error> {
        let mut record = store.load();
        match self.requirements.zone(record.token.take(), self.began, store.digest()) {
            Zone::Fresh(cached) => {
                self.log.say("the cached token is fresh");
                Ok(cached)
            }
            Zone::Ageing(cached) => self.refresh_ahead(store, cached, &record),
            // Another token would live no longer.
            Zone::Stale(Some(cached)) if self.is_new_but_short(&cached) => self.promised(cached),
            Zone::Stale(cached) => self.wait_or_request(store, cached).and_then(|new| self.promised(new)),
        }
    }

    /// One caller tries briefly to get the next token. All others return the cached one, and so does this caller if the
    /// attempt fails.
    fn refresh_ahead(&self, store: &dyn Store, cached: CachedToken, record: &Record) -> Result<CachedToken, Error> {
        self.log.say("the cached token expires soon");
        if record.is_backing_off(self.began) {
            self.log.say("not refreshed: the last attempt failed a short while ago");
            return Ok(cached);
        }
        if self.profile.is_interactive() {
            self.log.say("not refreshed: its secret command asks the user");
            return Ok(cached);
        }
        let Some(guard) = store.try_claim(self.deadline) else {
            self.log.say("not refreshed: another process holds the lock");
            return Ok(cached);
        };
        let now = clock::now();
        let mut record = guard.load();
        let cached = match self.requirements.zone(record.token.take(), &now, store.digest()) {
            Zone::Fresh(new) => return Ok(new),
            Zone::Ageing(new) => new,
            Zone::Stale(_) => cached,
        };
        if record.is_backing_off(&now) {
            return Ok(cached);
        }
        self.request(Some(&*guard), Urgency::Ahead(&cached)).or_else(|error| {
            self.log.warn(format!("the refresh failed, the cached token is still valid: {}", error.text));
            Ok(cached)
        })
    }

    /// Requests a token, or waits for the process that does. If that fails, a cached token that is still valid is
    /// returned, unless the user asked for a longer life or a newer token.
    fn wait_or_request(&self, store: &dyn Store, cached: Option<CachedToken>) -> Result<CachedToken, Error> {
        self.log.say("a new token is needed");
        let asked = self.ask(store, cached.as_ref());
        let new = asked.and_then(|(_turn, time)| {
            let deadline = self.deadline.later(time);
            TokenSource { deadline: &deadline, ..*self }.claim_and_request(store)
        });
        let spare = cached.filter(|cached| !cached.remaining(&clock::now()).is_zero());
        match (new, spare, self.requirements.min_ttl) {
            (Err(error), Some(cached), MinTtl::Preferred(_))
                if !self.requirements.refresh && error.kind != Kind::Interrupted =>
            {
                self.log.warn(format!("no new token, the cached one is still valid: {}", error.text));
                Ok(cached)
            }
            (new, ..) => new,
        }
    }

    fn claim_and_request(&self, store: &dyn Store) -> Result<CachedToken, Error> {
        loop {
            let mut answer = None;
            let waiting = self.progress(|| {
                format!("waiting for another process that is requesting a token for {}", self.profile.place.name())
            });
            let claim = store.claim(self.deadline, &mut |record| {
                answer = self.recorded(record, store);
                answer.is_some()
            });
            drop(waiting);
            if let Some(answer) = answer {
                self.log.say("answered by a recorded exchange");
                return answer;
            }
            let guard = match claim {
                Claim::Mine(guard) => guard,
                Claim::Locked => return Err(self.timed_out("another process held the lock throughout")),
                Claim::Answered | Claim::TooLate => {
                    return Err(self.timed_out("too little time was left for a request"));
                }
            };
            match self.request(Some(&*guard), Urgency::Need) {
                // This process was stopped and another one has taken over: its answer counts.
                Err(error)
                    if guard.is_late()
                        && error.shared_by != SharedBy::NoOther
                        && !self.deadline.remaining().is_zero() =>
                {
                    self.log.say("another process took over");
                }
                // A process that runs without locks may have succeeded. An interrupted user wants no token.
                Err(error) if error.kind != Kind::Interrupted => {
                    return self.recorded(&store.load(), store).and_then(Result::ok).ok_or(error);
                }
                outcome => return outcome,
            }
        }
    }

    /// Tells a user at a terminal what takes long, unless `--verbose` tells it already.
    fn progress(&self, what: impl FnOnce() -> String) -> Option<Progress> {
        if self.log.is_verbose() { None } else { Progress::start(self.deadline, what) }
    }

    /// Whether the server issued this token moments ago, and it lives shorter than `--min-ttl`.
    fn is_new_but_short(&self, cached: &CachedToken) -> bool {
        const MOMENTS: Duration = Duration::from_secs(10);
        let is_short = matches!(self.requirements.min_ttl, MinTtl::Promised(least) if cached.lifetime() < least);
        is_short && !self.requirements.refresh && cached.issued.age(self.began).is_some_and(|age| age < MOMENTS)
    }

    /// The token, if it lives as long as `--min-ttl` demands.
    fn promised(&self, token: CachedToken) -> Result<CachedToken, Error> {
        match self.requirements.min_ttl {
            MinTtl::Promised(least) if token.remaining(&clock::now()) < least => {
                let lifetime = spoken(Duration::from_secs(token.lifetime().as_secs()));
                let (place, least) = (&self.profile.place, spoken(least));
                Err(Error::new(
                    Kind::MinTtl,
                    format!("the server's tokens for {place} live {lifetime}, and --min-ttl asks for {least}"),
                )
                .hint("lower --min-ttl or JWT_CREDENTIAL_MIN_TTL"))
            }
            _ => Ok(token),
        }
    }

    fn expired(&self) -> Error {
        let text = format!("the token for {} expired before it could be printed", self.profile.place);
        Error::new(Kind::Unavailable, text)
            .hint("try again: this process was stopped, or the server's tokens have a very short life")
    }

    fn timed_out(&self, why: &str) -> Error {
        let total = spoken(self.deadline.total());
        let text = format!("timed out after {total} without a token for {}: {why}", self.profile.place);
        Error::new(Kind::Unavailable, text)
            .hint("try again, or give more time with --timeout or JWT_CREDENTIAL_TIMEOUT")
    }
}
