//! The story. A fresh cached token is printed. Otherwise one process requests a new one, and all others get its answer,
//! good or bad. While the cached token is still valid, no caller waits for the next one.

use std::time::{Duration, Instant};

use crate::clock::{self, Timestamp, millis, spoken};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Requirements, Zone};
use crate::grant::{Grant, Mint};
use crate::log::Log;
use crate::profile::Profile;
use crate::random;
use crate::store::{CachedToken, Claim, Failure, Guard, Record, Saved, Store};
use crate::text::hex;

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
enum Purpose<'a> {
    /// The caller waits for it.
    Need,
    /// The cached token is still valid: the attempt is short, and a token that expires sooner is not accepted.
    Ahead(&'a CachedToken),
}

impl TokenSource<'_> {
    /// A token that meets the requirements.
    pub fn token(&self) -> Result<CachedToken, Error> {
        let kept = match self.store {
            None => {
                self.log.say("minting without the cache");
                self.mint(None, Purpose::Need).and_then(|kept| self.keeps_promise(kept))
            }
            Some(store) => self.from(store),
        }?;
        // This process may have been stopped, or the machine asleep, since the token was found good.
        if kept.has_ended(&clock::now()) { Err(self.ended()) } else { Ok(kept) }
    }

    fn from(&self, store: &dyn Store) -> Result<CachedToken, Error> {
        let mut record = store.load();
        match self.requirements.zone(record.token.take(), self.began, store.digest()) {
            Zone::Fresh(kept) => {
                self.log.say("the cached token is fresh");
                Ok(kept)
            }
            Zone::Ageing(kept) => self.refresh_ahead(store, kept, &record),
            // Another one would be no better.
            Zone::Stale(Some(kept)) if self.has_just_disappointed(&kept) => self.keeps_promise(kept),
            Zone::Stale(old) => self.wait_or_mint(store, old).and_then(|kept| self.keeps_promise(kept)),
        }
    }

    /// One caller tries briefly to get the next token. All others print the cached one, and so does this caller if it
    /// fails.
    fn refresh_ahead(&self, store: &dyn Store, kept: CachedToken, record: &Record) -> Result<CachedToken, Error> {
        self.log.say("the cached token nears its end");
        if record.is_backing_off(self.began) {
            self.log.say("not refreshed: the last try failed a short while ago");
            return Ok(kept);
        }
        let Some(guard) = store.try_claim(self.deadline) else {
            self.log.say("not refreshed: another process is at it");
            return Ok(kept);
        };
        let now = clock::now();
        let mut record = guard.load();
        match self.requirements.zone(record.token.take(), &now, store.digest()) {
            Zone::Fresh(new) => return Ok(new),
            _ if record.is_backing_off(&now) => return Ok(kept),
            _ => {}
        }
        self.mint(Some(&*guard), Purpose::Ahead(&kept)).or_else(|error| {
            self.log.warn(format!("refreshing failed, the good token is printed: {}", error.text));
            Ok(kept)
        })
    }

    /// Requests a token, or waits for the process that does. If that fails, a token that is still valid is printed, unless
    /// the user asked for a longer life or a newer token.
    fn wait_or_mint(&self, store: &dyn Store, old: Option<CachedToken>) -> Result<CachedToken, Error> {
        self.log.say("a new token is needed");
        let minted = self.claim_or_mint(store);
        let spare = old.filter(|old| !old.remaining(&clock::now()).is_zero());
        match (minted, spare, self.requirements.min_ttl) {
            (Err(error), Some(old), MinTtl::Preferred(_))
                if !self.requirements.refresh && error.kind != Kind::Interrupted =>
            {
                self.log.warn(format!("minting failed, the old token is still good: {}", error.text));
                Ok(old)
            }
            (minted, ..) => minted,
        }
    }

    fn claim_or_mint(&self, store: &dyn Store) -> Result<CachedToken, Error> {
        loop {
            let mut answer = None;
            let claim = store.claim(self.deadline, &mut |record| {
                answer = self.answer(record, store);
                answer.is_some()
            });
            if let Some(answer) = answer {
                self.log.say("answered by an exchange that is on record");
                return answer;
            }
            let Claim::Mine(guard) = claim else { return Err(self.too_late()) };
            match self.mint(Some(&*guard), Purpose::Need) {
                // This process was stopped and another one has taken over: its answer counts.
                Err(error) if guard.is_late() && !error.is_personal && !self.deadline.remaining().is_zero() => {
                    self.log.say("another process went on meanwhile");
                }
                // A process that runs without locks may have succeeded. An interrupted user wants no token.
                Err(error) if error.kind != Kind::Interrupted => {
                    return self.answer(&store.load(), store).and_then(Result::ok).ok_or(error);
                }
                minted => return minted,
            }
        }
    }

    /// Whether a record that appears while this call waits is its answer.
    fn answer(&self, record: &Record, store: &dyn Store) -> Option<Result<CachedToken, Error>> {
        let (token, now) = (record.token.as_ref(), clock::now());
        if let Some(token) = token.filter(|token| token.minted.is_between(self.began, &now)) {
            return Some(Ok(token.clone()));
        }
        if let Zone::Fresh(token) | Zone::Ageing(token) = self.requirements.zone(token.cloned(), &now, store.digest()) {
            return Some(Ok(token));
        }
        let failure = record.failure.as_ref()?;
        let came_meanwhile = failure.at.is_between(self.began, &now);
        // A token that was issued after the failure shows that the failure no longer holds.
        let is_latest = token.is_none_or(|token| failure.at.is_since(&token.minted));
        let cools_down = !self.requirements.refresh && is_latest && failure.is_cooling_down(&now);
        // An attempt that had less time than this call has could have succeeded with more, unless the server refused.
        let mine = self.deadline.attempt().min(self.deadline.remaining());
        let had_time = failure.kind != Kind::Unavailable || failure.budget_ms >= millis(mine);
        // A secret command may depend on the other process's environment, and have failed there alone.
        let is_general = failure.kind != Kind::Setup || !self.profile.runs_commands();
        let holds = is_general && (cools_down || (came_meanwhile && had_time));
        (holds && self.profile.stamp(&failure.salt) == failure.stamp).then(|| Err(failure.to_error()))
    }

    /// Runs the grant, and records the outcome for the other processes.
    fn mint(&self, guard: Option<&dyn Guard>, purpose: Purpose) -> Result<CachedToken, Error> {
        let (share, awaited) = match purpose {
            Purpose::Need => (self.deadline.attempt(), true),
            Purpose::Ahead(_) => (self.deadline.refresh_attempt(), false),
        };
        let budget = share.min(self.deadline.remaining());
        let salt = hex(&random::bytes::<16>());
        // Before any file is read, so that a change during the attempt is noticed.
        let stamp = self.profile.stamp(&salt);
        let started = Instant::now();
        let choices = guard.and_then(|guard| guard.load().token).map(|token| token.choices).unwrap_or_default();
        let mint = Mint { choices: &choices, profile: self.profile, end: started + budget, awaited, log: self.log };
        self.log.say(format!("minting by {} for the profile {}", self.profile.schema.grant, self.profile.place.name()));
        let error = match self.grant.mint(&mint) {
            Ok(token) => {
                let new = CachedToken::new(token, clock::now());
                match purpose {
                    Purpose::Ahead(old) if new.lifetime() < old.remaining(&new.minted) => {
                        Error::new(Kind::Unavailable, "the endpoint's new token ends sooner than the one that is there")
                    }
                    _ => {
                        self.save(guard, &|record| record.note_token(new.clone(), started.elapsed()));
                        return Ok(new);
                    }
                }
            }
            Err(error) if error.is_personal => return Err(error),
            Err(error) => error,
        };
        let at = clock::now();
        let told = telling_until(error.clone(), &at);
        let failure = Failure {
            at,
            kind: told.kind,
            text: told.text.clone(),
            hints: told.hints.clone(),
            budget_ms: millis(budget),
            cool_down_ms: told.cool_down.map_or(0, millis),
            stamp,
            salt,
        };
        // The time in the error holds only if the next call can read the record.
        Err(if self.save(guard, &|record| record.note_failure(failure.clone())) { told } else { error })
    }

    /// Whether the record was saved. If not, a later call makes one exchange more; this call still has its answer.
    fn save(&self, guard: Option<&dyn Guard>, change: &dyn Fn(&mut Record)) -> bool {
        let Some(guard) = guard else { return false };
        match guard.save(change) {
            Ok(Saved::Yes) => return true,
            Ok(Saved::Overtaken) => self.log.say("not cached: another process went on meanwhile"),
            Err(error) => match self.store.and_then(Store::trouble) {
                Some(trouble) => self.log.warn_always(format!("not cached: {trouble}")),
                None => self.log.warn(format!("not cached: {error}")),
            },
        }
        false
    }

    /// Whether the server issued a token moments ago that lives shorter than `--min-ttl`: another would be no better.
    fn has_just_disappointed(&self, kept: &CachedToken) -> bool {
        const JUST: Duration = Duration::from_secs(10);
        let is_short = matches!(self.requirements.min_ttl, MinTtl::Promised(least) if kept.lifetime() < least);
        is_short && !self.requirements.refresh && kept.minted.age(self.began).is_some_and(|age| age < JUST)
    }

    fn keeps_promise(&self, kept: CachedToken) -> Result<CachedToken, Error> {
        match self.requirements.min_ttl {
            MinTtl::Promised(least) if kept.remaining(&clock::now()) < least => {
                let lifetime = spoken(Duration::from_secs(kept.lifetime().as_secs()));
                let least = spoken(least);
                Err(Error::new(
                    Kind::MinTtl,
                    format!("the endpoint's tokens for {} live {lifetime}, shorter than the {least} that --min-ttl asks for", self.profile.place),
                )
                .hint("ask for less with --min-ttl (JWT_CREDENTIAL_MIN_TTL)"))
            }
            _ => Ok(kept),
        }
    }

    fn ended(&self) -> Error {
        Error::new(
            Kind::Unavailable,
            format!("the token for {} ended before it could be handed out", self.profile.place),
        )
        .hint("try again: this process was stopped, or the endpoint's tokens live very short")
    }

    fn too_late(&self) -> Error {
        let total = spoken(self.deadline.total());
        Error::new(
            Kind::Unavailable,
            format!("no token for {} in {total}: another process was at it all that time", self.profile.place),
        )
        .hint("try again; give it longer with --timeout (JWT_CREDENTIAL_TIMEOUT)")
    }
}

/// Adds the end of the cool-down to the error, so that all processes that share it print the same words.
fn telling_until(error: Error, at: &Timestamp) -> Error {
    match error.cool_down {
        Some(pause) => {
            let until = clock::rfc3339(at.wall_ms.saturating_add(millis(pause)));
            error.hint(format!(
                "the endpoint is not asked again before {until}, unless the profile, or a file or variable it names, changes, or with --refresh"
            ))
        }
        None => error,
    }
}
