//! The story: a token that is fresh enough is printed. Else one process mints and all others have its answer,
//! good or bad; and while a token is still good, nobody waits for the next one.

use std::time::{Duration, Instant};

use crate::clock::{self, Moment, millis, spoken};
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::grant::{Grant, Mint};
use crate::hex::hex;
use crate::log::Log;
use crate::profile::Profile;
use crate::random;
use crate::store::{Claim, Disk, Failure, Guard, Kept, Record};

/// What a caller wants of a token.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    /// The token lives at least this long.
    pub min_ttl: MinTtl,
    /// Only a token that was minted after the call began.
    pub refresh: bool,
}

/// How long a token that is handed out must live.
#[derive(Clone, Copy, Debug)]
pub enum MinTtl {
    /// As long as this if it can be had.
    Preferred(Duration),
    /// As long as this, or an error.
    Promised(Duration),
}

/// Where a call's token comes from.
pub struct Source<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// Its grant.
    pub grant: &'static Grant,
    /// Where its tokens are kept; `None` with `--no-cache`.
    pub store: Option<&'a Disk>,
    /// When the call began.
    pub began: &'a Moment,
    /// When it must be over.
    pub deadline: &'a Deadline,
    /// What is wanted.
    pub wish: Wish,
    /// Who is told what is being done.
    pub log: &'a Log,
}

/// What a cached token is good for.
enum Zone {
    /// Print it.
    Fresh(Kept),
    /// Print it, but somebody should see to the next one.
    Ageing(Kept),
    /// A new one is needed. The old one may do if none can be had.
    Wanting(Option<Kept>),
}

impl Source<'_> {
    /// A token as the wish wants it.
    pub fn token(&self) -> Result<Kept, Error> {
        let kept = match self.store {
            None => {
                self.log.say("minting without the cache");
                self.mint(None, self.deadline.attempt(), true).and_then(|kept| self.keeps_promise(kept))
            }
            Some(store) => self.from(store),
        }?;
        // This process may have been stopped, or the machine asleep, since the token was found good.
        if kept.has_ended(&clock::now()) { Err(self.ended()) } else { Ok(kept) }
    }

    fn from(&self, store: &Disk) -> Result<Kept, Error> {
        let record = store.load();
        match self.zone(record.token.as_ref(), self.began, store) {
            Zone::Fresh(kept) => {
                self.log.say("the cached token is fresh");
                Ok(kept)
            }
            Zone::Ageing(kept) => self.refresh_ahead(store, kept, &record),
            Zone::Wanting(old) => self.wait_or_mint(store, old).and_then(|kept| self.keeps_promise(kept)),
        }
    }

    /// One caller sees to the next token, briefly; everyone else, and that one if it fails, has the good one.
    fn refresh_ahead(&self, store: &Disk, kept: Kept, record: &Record) -> Result<Kept, Error> {
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
        let record = guard.load();
        match self.zone(record.token.as_ref(), &now, store) {
            Zone::Fresh(new) => return Ok(new),
            _ if record.is_backing_off(&now) => return Ok(kept),
            _ => {}
        }
        let minted = self.mint(Some(&guard), self.deadline.refresh_attempt(), false);
        minted.and_then(|new| self.keeps_promise(new)).or_else(|error| {
            self.log.warn(format!("refreshing failed, the good token is printed: {}", error.text));
            Ok(kept)
        })
    }

    /// Mints, or has the answer of whoever does. The old token is better than none while it is good, unless a
    /// longer life or a newer token was asked for.
    fn wait_or_mint(&self, store: &Disk, old: Option<Kept>) -> Result<Kept, Error> {
        self.log.say("a new token is needed");
        let minted = match store.claim(self.deadline, |record| self.answer(record, store)) {
            Claim::Answered(answer) => {
                self.log.say("answered by another process's exchange");
                answer
            }
            Claim::Mine(guard) => self.mint(Some(&guard), self.deadline.attempt(), true).or_else(|error| {
                // Another process may have had more luck meanwhile: the one that was overdue, or one without locks.
                match self.answer(&store.load(), store) {
                    Some(Ok(kept)) => Ok(kept),
                    _ => Err(error),
                }
            }),
            Claim::TooLate => Err(self.too_late()),
        };
        let spare = old.filter(|old| !old.remaining(&clock::now()).is_zero());
        match (minted, spare, self.wish.min_ttl) {
            (Err(error), Some(old), MinTtl::Preferred(_)) if !self.wish.refresh => {
                self.log.warn(format!("minting failed, the old token is still good: {}", error.text));
                Ok(old)
            }
            (minted, ..) => minted,
        }
    }

    /// Whether a record that appears while this call waits is its answer.
    fn answer(&self, record: &Record, store: &Disk) -> Option<Result<Kept, Error>> {
        let token = record.token.as_ref();
        if let Some(token) = token.filter(|token| token.minted.is_since(self.began)) {
            return Some(Ok(token.clone()));
        }
        let now = clock::now();
        if let Zone::Fresh(token) | Zone::Ageing(token) = self.zone(token, &now, store) {
            return Some(Ok(token));
        }
        let failure = record.failure.as_ref()?;
        let came_meanwhile = failure.at.is_since(self.began);
        // A token that came after the failure proves it out of date.
        let is_latest = token.is_none_or(|token| failure.at.is_since(&token.minted));
        let cools_down = !self.wish.refresh && is_latest && failure.is_cooling_down(&now);
        // An attempt that had less time than this call has is no answer to it, but for a refusal.
        let mine = self.deadline.attempt().min(self.deadline.remaining());
        let had_time = failure.kind != Kind::Unavailable || failure.budget_ms >= millis(mine);
        let holds = cools_down || (came_meanwhile && had_time);
        (holds && self.profile.stamp(&failure.salt) == failure.stamp).then(|| Err(failure.to_error()))
    }

    /// Runs the grant, and notes what came of it for everybody.
    fn mint(&self, guard: Option<&Guard>, share: Duration, retries: bool) -> Result<Kept, Error> {
        let budget = share.min(self.deadline.remaining());
        let salt = hex(&random::bytes::<16>());
        // Before any file is read: a change during the attempt must count as one.
        let stamp = self.profile.stamp(&salt);
        let started = Instant::now();
        let mint = Mint { profile: self.profile, end: started + budget, retries, log: self.log };
        self.log.say(format!("minting by {} for the profile {}", self.grant.name, self.profile.name()));
        match (self.grant.mint)(&mint) {
            Ok(token) => {
                let kept = Kept::new(token, clock::now());
                self.save(guard, |record| record.note_token(kept.clone(), started.elapsed()));
                Ok(kept)
            }
            Err(error) => {
                let at = clock::now();
                let error = if guard.is_some() { telling_until(error, &at) } else { error };
                self.save(guard, |record| {
                    record.note_failure(Failure {
                        at,
                        kind: error.kind,
                        text: error.text.clone(),
                        hints: error.hints.clone(),
                        budget_ms: millis(budget),
                        cool_down_ms: error.cool_down.map_or(0, millis),
                        stamp,
                        salt,
                    });
                });
                Err(error)
            }
        }
    }

    /// A record that cannot be saved costs a later exchange, and never this call's answer.
    fn save(&self, guard: Option<&Guard>, change: impl FnOnce(&mut Record)) {
        let Some(guard) = guard else { return };
        match guard.save(self.deadline.takeover(), change) {
            Ok(true) => {}
            Ok(false) => self.log.say("not cached: there is no cache, or another process went on meanwhile"),
            Err(error) => self.log.warn(format!("not cached: {error}")),
        }
    }

    fn zone(&self, token: Option<&Kept>, now: &Moment, store: &Disk) -> Zone {
        let Some(token) = token else { return Zone::Wanting(None) };
        let remaining = token.remaining(now);
        if self.wish.refresh || remaining < self.least(token) || remaining.is_zero() {
            Zone::Wanting(Some(token.clone()))
        } else if remaining < refresh_margin(token.lifetime(), store.stem()) {
            Zone::Ageing(token.clone())
        } else {
            Zone::Fresh(token.clone())
        }
    }

    /// The life that a cached token must have left. A preference gives way where tokens live too short for it,
    /// or every call would mint.
    fn least(&self, token: &Kept) -> Duration {
        match self.wish.min_ttl {
            MinTtl::Promised(least) => least,
            MinTtl::Preferred(least) => least.min(token.lifetime() / 2),
        }
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

/// When the next token is seen to: a tenth of the life before its end, 5 min at least, half the life at most;
/// ± 10 % by identity and host, so that a fleet does not refresh in the same second.
fn refresh_margin(lifetime: Duration, stem: &str) -> Duration {
    let margin = (lifetime / 10).max(Duration::from_secs(300)).min(lifetime / 2);
    let host = rustix::system::uname();
    // FNV-1a: spread is all that is asked of it.
    let hash = stem
        .bytes()
        .chain(host.nodename().to_bytes().iter().copied())
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    margin * (900 + hash % 201) / 1000
}

/// Says in the error itself until when it stands: everyone who has it as an answer sees the same words.
fn telling_until(error: Error, at: &Moment) -> Error {
    match error.cool_down {
        Some(pause) => {
            let until = clock::rfc3339(at.wall_ms.saturating_add(millis(pause)));
            error.hint(format!(
                "the endpoint is not asked again before {until}, unless the profile or a file it names changes, or with --refresh"
            ))
        }
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refresh_margin_is_a_tenth_within_its_bounds() {
        let minutes = |n: u64| Duration::from_secs(60 * n);
        for (life, margin) in [(minutes(1440), minutes(144)), (minutes(30), minutes(5)), (minutes(4), minutes(2))] {
            let had = refresh_margin(life, "a stem");
            assert!(had >= margin * 9 / 10 && had <= margin * 11 / 10, "{life:?}: {had:?}");
        }
    }
}
