//! Requests new tokens for whole profiles: to test one before it is written, and for `doctor`.

use std::time::Duration;

use super::{check_chain, store_for};
use crate::call::Call;
use crate::clock;
use crate::deadline::Deadline;
use crate::error::Error;
use crate::freshness::{MinTtl, Requirements};
use crate::profile::Profile;
use crate::provider;
use crate::store::{CachedToken, Store};
use crate::token_source::TokenSource;

/// Requests one token for a profile that is not in use yet. The cache is neither read nor written: a failure must not
/// be recorded for the profile that this one may replace.
pub fn try_out(profile: &Profile, call: &Call, deadline: &Deadline) -> Result<CachedToken, Error> {
    new_token(profile, None, call, deadline)
}

/// Caches the token of a profile that was tried out and has been written since, and shares it.
pub fn keep(profile: &Profile, token: &CachedToken, call: &Call, deadline: &Deadline) {
    if call.options.no_cache {
        return;
    }
    // If another process is requesting a token at this moment, its token is as good.
    let store = profile.identity().and_then(|identity| store_for(profile, identity, &call.log));
    let Ok(Some(store)) = store else { return };
    let Some(guard) = store.try_claim(deadline) else { return };
    let took = Duration::from_millis(token.issued.wall_ms.saturating_sub(token.requested.wall_ms));
    let saved = guard.save(&|record| {
        record.note_token(token.clone(), took);
        record.note_sent(profile.sent(&record.salt));
    });
    if let Err(error) = saved {
        call.log.warn(format!("not cached: {error}"));
    }
}

pub struct Renewed {
    pub token: CachedToken,
    /// Why this is the cached token, and no new one was requested.
    pub kept: Option<String>,
}

/// Requests a new token for a profile, and caches it. If the issuer allows none so soon, the cached token is returned.
pub fn renew(call: &Call, profile: &Profile, deadline: &Deadline) -> Result<Renewed, Error> {
    let identity = profile.identity()?;
    check_chain(profile, &identity)?;
    let store = store_for(profile, identity, &call.log)?;
    let cached = store.as_deref().and_then(|store| store.load().token);
    if let Some(token) = cached.filter(|token| !token.has_expired(&clock::now()))
        && let kept @ Some(_) = provider::of(profile)?.grant.too_soon(profile, &token.choices)
    {
        return Ok(Renewed { token, kept });
    }
    let token = new_token(profile, store.as_deref(), call, deadline)?;
    Ok(Renewed { token, kept: None })
}

fn new_token(
    profile: &Profile,
    store: Option<&dyn Store>,
    call: &Call,
    deadline: &Deadline,
) -> Result<CachedToken, Error> {
    let source = TokenSource {
        profile,
        grant: provider::of(profile)?.grant,
        store,
        began: &clock::now(),
        deadline,
        requirements: Requirements { min_ttl: MinTtl::Preferred(Duration::ZERO), refresh: true },
        log: &call.log,
    };
    source.token()
}
