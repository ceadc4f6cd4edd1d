//! Ends the tokens of a profile at their issuer, for everyone who shares them.

use std::time::Instant;

use super::{check_chain, identities, locked, not_removed, store_for};
use crate::call::Call;
use crate::clock;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::grant::Attempt;
use crate::grant::revocation::Outcome;
use crate::profile::Profile;
use crate::provider;
use crate::store::{CachedToken, Guard, Saved, Taken};
use crate::token::ACCESS_TOKEN;

/// A profile, and how many tokens it has cached.
pub struct Cached {
    pub profile: Profile,
    pub tokens: usize,
}

impl Cached {
    pub fn of(profile: Profile, call: &Call) -> Result<Self, Error> {
        let mut tokens = 0;
        for identity in identities(&profile, call.deadline.attempt_end())? {
            let Some(store) = store_for(&profile, identity, &call.log)? else { continue };
            store.fetch(&call.deadline);
            tokens += usize::from(store.load().token.is_some());
        }
        Ok(Self { profile, tokens })
    }
}

/// Ends all tokens of a profile, narrowed ones too. Returns how many it ended, and what failed.
pub fn revoke(call: &Call, profile: &Profile) -> (usize, Vec<Error>) {
    let (mut ended, mut failures) = (0, Vec::new());
    // The user may have taken a long time to consent.
    let deadline = call.deadline.anew();
    let identities = identities(profile, deadline.attempt_end()).unwrap_or_else(|error| {
        failures.push(error);
        Vec::new()
    });
    for identity in identities {
        // Other machines may share a newer token than the one here.
        for _ in 0..2 {
            match revoke_one(call, &deadline, profile, identity.clone()) {
                Ok(true) => ended += 1,
                Ok(false) => break,
                Err(error) => {
                    failures.push(error);
                    break;
                }
            }
        }
    }
    (ended, failures)
}

/// Ends the token of one identity, if there is one.
fn revoke_one(call: &Call, deadline: &Deadline, profile: &Profile, identity: String) -> Result<bool, Error> {
    check_chain(profile, &identity)?;
    let Some(store) = store_for(profile, identity, &call.log)? else { return Ok(false) };
    store.fetch(deadline);
    let Some(cached) = store.load().token else { return Ok(false) };
    let revocation = &provider::of(profile)?.revocation;
    revocation.ask(&attempt(call, deadline, profile, &cached))?;
    // Removed first: no call gets a token that is about to end, and calls that begin meanwhile wait for a new one.
    let (guard, token) = match store.take_token(deadline, &|_| true) {
        Ok(Taken::Token(_, token)) if token.has_expired(&clock::now()) => return Ok(false),
        Ok(Taken::Token(guard, token)) => (guard, token),
        Ok(Taken::Nothing) => return Ok(false),
        Ok(Taken::Locked) => return Err(locked(profile)),
        Err(error) => return Err(not_removed(profile, &error.to_string())),
    };
    let bearer = token.fields.get(ACCESS_TOKEN).unwrap_or_default();
    let end = valid_until(&token);
    match revocation.revoke(&attempt(call, deadline, profile, &token), bearer) {
        Ok(Outcome::Ended) => Ok(true),
        Ok(Outcome::Impossible(why)) => {
            let place = &profile.place;
            let text = format!("{why}; the token of {place} is no longer cached, and is valid {end}");
            Err(Error::new(Kind::Other, text).hint(revocation.remove))
        }
        Err(error) => {
            let state = if put_back(&*guard, &token) { "is still cached" } else { "is no longer cached" };
            let text = format!(
                "the token of {} was not revoked: {}; it {state}, and is valid {end}",
                profile.place, error.text
            );
            Err(Error { text, ..error }.hint(revocation.remove))
        }
    }
}

/// Caches a token again, so that the user can try once more to revoke it. A newer one stays.
fn put_back(guard: &dyn Guard, token: &CachedToken) -> bool {
    let saved = guard.save(&|record| {
        record.token.get_or_insert_with(|| token.clone());
    });
    matches!(saved, Ok(Saved::Yes))
}

fn attempt<'a>(call: &'a Call, deadline: &Deadline, profile: &'a Profile, token: &'a CachedToken) -> Attempt<'a> {
    Attempt {
        profile,
        end: Instant::now() + deadline.attempt().min(deadline.remaining()),
        timeout: call.deadline.total(),
        awaited: true,
        choices: &token.choices,
        audience: None,
        log: &call.log,
    }
}

fn valid_until(token: &CachedToken) -> String {
    match token.expires_at(&clock::now()) {
        Some(end) => format!("until {}", clock::rfc3339(end)),
        None => "for a time that the issuer did not say".into(),
    }
}
