//! One attempt to get a token, whose outcome is recorded for the other processes.

use std::time::{Duration, Instant};

use super::{Purpose, TokenSource};
use crate::clock;
use crate::error::{Error, Kind};
use crate::grant::Attempt;
use crate::profile::locate::CACHE_DIR;
use crate::store::{CachedToken, Failure, Guard, Record, Saved, Stamp, Store};

impl TokenSource<'_> {
    /// Runs the grant. Without a guard the record is neither read nor written.
    pub(super) fn request(&self, guard: Option<&dyn Guard>, purpose: Purpose) -> Result<CachedToken, Error> {
        self.log.say(format!(
            "requesting a token by {} for the profile {}",
            self.profile.schema.grant,
            self.profile.place.name()
        ));
        let started = Instant::now();
        let budget = self.budget(purpose);
        let choices = guard.and_then(|guard| guard.load().token).map(|token| token.choices).unwrap_or_default();
        let attempt = Attempt {
            profile: self.profile,
            choices: &choices,
            end: started + budget,
            awaited: matches!(purpose, Purpose::Need),
            log: self.log,
        };
        let outcome = self.grant.request(&attempt).map(|token| CachedToken::new(token, clock::now()));
        match outcome.and_then(|token| accepted(token, purpose)) {
            Ok(token) => {
                self.save(guard, &|record| record.note_token(token.clone(), started.elapsed()));
                Ok(token)
            }
            Err(error) if error.is_personal => Err(error),
            Err(error) => {
                let at = clock::now();
                let failure = |salt: &str| {
                    let surroundings = (!error.is_answer).then(|| self.profile.surroundings(salt));
                    let stamp = Stamp { sent: self.profile.sent(salt), surroundings };
                    Failure::new(&error, at.clone(), budget, stamp)
                };
                let is_saved = self.save(guard, &|record| record.note_failure(failure(&record.salt)));
                // Without a record the next call cannot know of the cool-down.
                Err(if is_saved { failure("").to_error() } else { error })
            }
        }
    }

    fn budget(&self, purpose: Purpose) -> Duration {
        let share = match purpose {
            Purpose::Need => self.deadline.attempt(),
            Purpose::Ahead(_) => self.deadline.refresh_attempt(),
        };
        share.min(self.deadline.remaining())
    }

    /// Whether the record was saved. If not, a later call makes one more exchange; this call still has its answer.
    fn save(&self, guard: Option<&dyn Guard>, change: &dyn Fn(&mut Record)) -> bool {
        match guard.map(|guard| guard.save(change)) {
            None => {}
            Some(Ok(Saved::Yes)) => return true,
            Some(Ok(Saved::Overtaken)) => self.log.say("not cached: another process took over"),
            Some(Err(error)) => match self.store.and_then(Store::trouble) {
                Some(trouble) => {
                    self.log.warn_always(format!("not cached: {trouble}; set {CACHE_DIR} to another directory"));
                }
                None => self.log.warn(format!("not cached: {error}")),
            },
        }
        false
    }
}

fn accepted(token: CachedToken, purpose: Purpose) -> Result<CachedToken, Error> {
    match purpose {
        Purpose::Ahead(cached) if token.lifetime() < cached.remaining(&token.issued) => {
            Err(Error::new(Kind::Unavailable, "the endpoint's new token expires sooner than the cached one"))
        }
        _ => Ok(token),
    }
}
