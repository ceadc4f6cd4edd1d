//! One attempt to get a token, whose outcome is recorded for the other processes.

use std::time::{Duration, Instant};

use super::{TokenSource, Urgency};
use crate::clock;
use crate::error::{Error, Kind, SharedBy};
use crate::grant::Attempt;
use crate::profile::locate::CACHE_DIR;
use crate::store::{CachedToken, Failure, Guard, Record, Saved, Stamp, Store, Turn};
use crate::token::Choice;

impl TokenSource<'_> {
    /// Runs the grant. Without a guard the record is neither read nor written.
    pub(super) fn request(&self, guard: Option<&dyn Guard>, urgency: Urgency) -> Result<CachedToken, Error> {
        self.log.say(format!(
            "requesting a token by {} for the profile {}",
            self.profile.schema.name,
            self.profile.place.name()
        ));
        let (requested, started) = (clock::now(), Instant::now());
        let budget = self.budget(urgency);
        let choices = guard.and_then(|guard| guard.load().token).map(|token| token.choices).unwrap_or_default();
        let attempt = self.attempt(&choices, started + budget, urgency);
        let requesting = self.progress(|| format!("requesting a token from {}", self.endpoint()));
        let outcome = self.grant.request(&attempt).map(|token| CachedToken::new(token, requested, clock::now()));
        drop(requesting);
        match outcome.and_then(|token| accepted(token, urgency)) {
            Ok(token) => {
                self.save(guard, &|record| {
                    record.note_token(token.clone(), started.elapsed());
                    record.note_sent(self.profile.sent(&record.salt));
                });
                Ok(token)
            }
            // A user who pressed Ctrl-C has shown nothing about the credential.
            Err(error) if error.kind == Kind::Interrupted => Err(error),
            Err(error) => {
                let at = clock::now();
                self.save(guard, &|record| {
                    let stamp = self.stamp(error.shared_by, &record.salt);
                    record.note_failure(Failure::new(&error, at.clone(), budget, stamp));
                });
                Err(error)
            }
        }
    }

    /// The endpoint's host, for the user.
    fn endpoint(&self) -> String {
        let origin = self.profile.text(self.profile.schema.endpoint_key).ok().flatten();
        origin.map_or_else(
            || self.profile.schema.name.to_owned(),
            |origin| origin.split_once("://").map_or(origin.clone(), |(_, host)| host.to_owned()),
        )
    }

    fn stamp(&self, shared_by: SharedBy, salt: &str) -> Stamp {
        match shared_by {
            SharedBy::NoOther => Stamp { sent: String::new(), surroundings: None },
            SharedBy::SameRequest => Stamp { sent: self.profile.sent(salt), surroundings: None },
            SharedBy::SameWay => {
                Stamp { sent: self.profile.sent(salt), surroundings: Some(self.profile.surroundings(salt)) }
            }
        }
    }

    /// Lets the user type what only they know, before the lock is taken: a question would hold up all other calls. One
    /// process asks, and the others wait for its token while it has the returned turn. The time is that of commands which
    /// asked the user: the deadline does not count it.
    pub(super) fn ask(
        &self,
        store: &dyn Store,
        cached: Option<&CachedToken>,
    ) -> Result<(Option<Turn>, Duration), Error> {
        let is_interactive = self.profile.is_interactive();
        if !is_interactive && !self.grant.asks(self.profile) {
            return Ok((None, Duration::ZERO));
        }
        let mut is_answer = |record: &Record| self.recorded(record, store).is_some();
        let Some(turn) = store.claim_turn(self.deadline, &mut is_answer) else {
            return Ok((None, Duration::ZERO));
        };
        let time = self.profile.run_interactive()?;
        if !self.grant.asks(self.profile) {
            return Ok((Some(turn), time));
        }
        let choices = cached.map(|cached| cached.choices.as_slice()).unwrap_or_default();
        let end = Instant::now() + self.budget(Urgency::Need);
        match self.grant.ask(&self.attempt(choices, end, Urgency::Need)) {
            Err(error) if error.shared_by == SharedBy::NoOther => Err(error),
            // An error that concerns other calls as well is left to the attempt, which records it.
            _ => Ok((Some(turn), time)),
        }
    }

    fn attempt<'b>(&'b self, choices: &'b [Choice], end: Instant, urgency: Urgency) -> Attempt<'b> {
        Attempt {
            profile: self.profile,
            choices,
            end,
            timeout: self.deadline.total(),
            awaited: matches!(urgency, Urgency::Need),
            audience: None,
            log: self.log,
        }
    }

    fn budget(&self, urgency: Urgency) -> Duration {
        let share = match urgency {
            Urgency::Need => self.deadline.attempt(),
            Urgency::Ahead(_) => self.deadline.refresh_attempt(),
        };
        share.min(self.deadline.remaining())
    }

    /// Saves the record. If that fails, a later call makes one more exchange; this call still has its answer.
    fn save(&self, guard: Option<&dyn Guard>, change: &dyn Fn(&mut Record)) {
        match guard.map(|guard| guard.save(change)) {
            None | Some(Ok(Saved::Yes)) => {}
            Some(Ok(Saved::Overtaken)) => self.log.say("not cached: another process took over"),
            Some(Err(error)) => match self.store.and_then(Store::trouble) {
                Some(trouble) => {
                    self.log.warn_always(format!("not cached: {trouble}; set {CACHE_DIR} to another directory"));
                }
                None => self.log.warn(format!("not cached: {error}")),
            },
        }
    }
}

fn accepted(token: CachedToken, urgency: Urgency) -> Result<CachedToken, Error> {
    match urgency {
        Urgency::Ahead(cached) if token.lifetime() < cached.remaining(&token.issued) => {
            Err(Error::new(Kind::Unavailable, "the server's new token expires sooner than the cached one"))
        }
        _ => Ok(token),
    }
}
