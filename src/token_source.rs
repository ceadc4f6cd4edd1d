//! The story: a token that is fresh enough is printed. Else one process mints and all others have its answer,
//! good or bad; and while a token is still good, nobody waits for the next one.

use std::time::{Duration, Instant};

use crate::clock::{self, Moment, millis, spoken};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Wish, Zone};
use crate::grant::{Grant, Mint};
use crate::log::Log;
use crate::profile::Profile;
use crate::random;
use crate::store::{Claim, Failure, Guard, Kept, Record, Saved, Store};
use crate::text::hex;

/// Where a call's token comes from.
pub struct TokenSource<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// Its grant.
    pub grant: &'static dyn Grant,
    /// Where its tokens are kept; `None` with `--no-cache`.
    pub store: Option<&'a dyn Store>,
    /// When the call began.
    pub began: &'a Moment,
    /// When it must be over.
    pub deadline: &'a Deadline,
    /// What is wanted.
    pub wish: Wish,
    /// Who is told what is being done.
    pub log: &'a Log,
}

/// Why a token is minted.
#[derive(Clone, Copy)]
enum Purpose<'a> {
    /// Somebody waits for it.
    Need,
    /// This one is still good: the attempt is a brief one, and a token that is no better is not taken.
    Ahead(&'a Kept),
}

impl TokenSource<'_> {
    /// A token as the wish wants it.
    pub fn token(&self) -> Result<Kept, Error> {
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

    fn from(&self, store: &dyn Store) -> Result<Kept, Error> {
        let mut record = store.load();
        match self.wish.zone(record.token.take(), self.began, store.digest()) {
            Zone::Fresh(kept) => {
                self.log.say("the cached token is fresh");
                Ok(kept)
            }
            Zone::Ageing(kept) => self.refresh_ahead(store, kept, &record),
            // Another one would be no better.
            Zone::Wanting(Some(kept)) if self.has_just_disappointed(&kept) => self.keeps_promise(kept),
            Zone::Wanting(old) => self.wait_or_mint(store, old).and_then(|kept| self.keeps_promise(kept)),
        }
    }

    /// One caller sees to the next token, briefly; everyone else, and that one if it fails, has the good one.
    fn refresh_ahead(&self, store: &dyn Store, kept: Kept, record: &Record) -> Result<Kept, Error> {
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
        match self.wish.zone(record.token.take(), &now, store.digest()) {
            Zone::Fresh(new) => return Ok(new),
            _ if record.is_backing_off(&now) => return Ok(kept),
            _ => {}
        }
        self.mint(Some(&*guard), Purpose::Ahead(&kept)).or_else(|error| {
            self.log.warn(format!("refreshing failed, the good token is printed: {}", error.text));
            Ok(kept)
        })
    }

    /// Mints, or has the answer of whoever does. The old token is better than none while it is good, unless a
    /// longer life or a newer token was asked for.
    fn wait_or_mint(&self, store: &dyn Store, old: Option<Kept>) -> Result<Kept, Error> {
        self.log.say("a new token is needed");
        let minted = self.claim_or_mint(store);
        let spare = old.filter(|old| !old.remaining(&clock::now()).is_zero());
        match (minted, spare, self.wish.min_ttl) {
            (Err(error), Some(old), MinTtl::Preferred(_)) if !self.wish.refresh && error.kind != Kind::Interrupted => {
                self.log.warn(format!("minting failed, the old token is still good: {}", error.text));
                Ok(old)
            }
            (minted, ..) => minted,
        }
    }

    fn claim_or_mint(&self, store: &dyn Store) -> Result<Kept, Error> {
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
                // This process was stopped, and others went on without it: theirs is the answer.
                Err(error) if guard.is_late() && !error.is_personal && !self.deadline.remaining().is_zero() => {
                    self.log.say("another process went on meanwhile");
                }
                // One that minted without locks may have had more luck; whoever was interrupted wants no token.
                Err(error) if error.kind != Kind::Interrupted => {
                    return self.answer(&store.load(), store).and_then(Result::ok).ok_or(error);
                }
                minted => return minted,
            }
        }
    }

    /// Whether a record that appears while this call waits is its answer.
    fn answer(&self, record: &Record, store: &dyn Store) -> Option<Result<Kept, Error>> {
        let (token, now) = (record.token.as_ref(), clock::now());
        if let Some(token) = token.filter(|token| token.minted.is_between(self.began, &now)) {
            return Some(Ok(token.clone()));
        }
        if let Zone::Fresh(token) | Zone::Ageing(token) = self.wish.zone(token.cloned(), &now, store.digest()) {
            return Some(Ok(token));
        }
        let failure = record.failure.as_ref()?;
        let came_meanwhile = failure.at.is_between(self.began, &now);
        // A token that came after the failure proves it out of date.
        let is_latest = token.is_none_or(|token| failure.at.is_since(&token.minted));
        let cools_down = !self.wish.refresh && is_latest && failure.is_cooling_down(&now);
        // An attempt that had less time than this call has is no answer to it, but for a refusal.
        let mine = self.deadline.attempt().min(self.deadline.remaining());
        let had_time = failure.kind != Kind::Unavailable || failure.budget_ms >= millis(mine);
        // What a command needs of its surroundings, nobody knows: it may have failed in the other process alone.
        let is_general = failure.kind != Kind::Setup || !self.profile.runs_commands();
        let holds = is_general && (cools_down || (came_meanwhile && had_time));
        (holds && self.profile.stamp(&failure.salt) == failure.stamp).then(|| Err(failure.to_error()))
    }

    /// Runs the grant, and notes what came of it for everybody.
    fn mint(&self, guard: Option<&dyn Guard>, purpose: Purpose) -> Result<Kept, Error> {
        let (share, awaited) = match purpose {
            Purpose::Need => (self.deadline.attempt(), true),
            Purpose::Ahead(_) => (self.deadline.refresh_attempt(), false),
        };
        let budget = share.min(self.deadline.remaining());
        let salt = hex(&random::bytes::<16>());
        // Before any file is read: a change during the attempt must count as one.
        let stamp = self.profile.stamp(&salt);
        let started = Instant::now();
        let choices = guard.and_then(|guard| guard.load().token).map(|token| token.choices).unwrap_or_default();
        let mint = Mint { choices: &choices, profile: self.profile, end: started + budget, awaited, log: self.log };
        self.log.say(format!("minting by {} for the profile {}", self.profile.schema.grant, self.profile.name()));
        let error = match self.grant.mint(&mint) {
            Ok(token) => {
                let new = Kept::new(token, clock::now());
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
        // The promise not to ask again holds only where the next call can read of it.
        Err(if self.save(guard, &|record| record.note_failure(failure.clone())) { told } else { error })
    }

    /// Whether the record was saved. One that cannot be costs a later exchange, and never this call's answer.
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

    /// Whether the endpoint has only just given a token that lives shorter than what is promised.
    fn has_just_disappointed(&self, kept: &Kept) -> bool {
        const JUST: Duration = Duration::from_secs(10);
        let is_short = matches!(self.wish.min_ttl, MinTtl::Promised(least) if kept.lifetime() < least);
        is_short && !self.wish.refresh && kept.minted.age(self.began).is_some_and(|age| age < JUST)
    }

    fn keeps_promise(&self, kept: Kept) -> Result<Kept, Error> {
        match self.wish.min_ttl {
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

/// Says in the error itself until when it stands: everyone who has it as an answer sees the same words.
fn telling_until(error: Error, at: &Moment) -> Error {
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
