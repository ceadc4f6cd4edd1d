//! The tokens of the user's profiles: selection picks the profile, the token source gets its token.

mod renew;
mod revoke;

use std::io;
use std::time::Instant;

use crate::call::Call;
use crate::clock::{self, Timestamp};
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Requirements};
use crate::host::Origin;
use crate::log::Log;
use crate::profile::locate::CACHE_DIR;
use crate::profile::{Profile, locate, secret_command};
use crate::store::{CachedToken, Disk, Shared, Store, Taken};
use crate::token::{ACCESS_TOKEN, EXPIRES_AT, TokenHeader};
use crate::token_source::TokenSource;
use crate::tokens::{Credential, NotAllowed, Rejected, Tokens, Want};
use crate::{provider, selection};
pub use renew::{Renewed, keep, renew, try_out};
pub use revoke::{Cached, revoke};

/// Why a user without a home has no cache.
pub const NO_CACHE: &str = "HOME and XDG_RUNTIME_DIR name no directory for the cache";

pub struct ProfileTokens<'a> {
    pub call: &'a Call,
    /// Parses the options of a tool's request as part of this call.
    pub parse_late: fn(&Call, &[String]) -> Result<Call, Error>,
}

impl ProfileTokens<'_> {
    /// The call with the options of a tool's request, if the request has some.
    fn late(&self, want: &Want) -> Result<Option<Call>, Error> {
        if want.options.is_empty() { Ok(None) } else { (self.parse_late)(self.call, want.options).map(Some) }
    }
}

impl Tokens for ProfileTokens<'_> {
    fn get(&self, want: &Want) -> Result<Result<Credential, NotAllowed>, Error> {
        let late = self.late(want)?;
        let call = late.as_ref().unwrap_or(self.call);
        let got = profile_for(call, want)?;
        if let Err(NotAllowed(why)) = &got {
            // The protocol's answer for "no token" has no reason. A user who selected a profile is told it here.
            let is_told = call.log.is_verbose() || want.target.is_none();
            if !is_told && selection::is_selected(call) {
                call.log.fail(why);
            }
        }
        got.map_or_else(|not_allowed| Ok(Err(not_allowed)), |profile| credential(call, &profile, want).map(Ok))
    }

    fn forget(&self, want: &Want) -> Result<(), Error> {
        let late = self.late(want)?;
        let call = late.as_ref().unwrap_or(self.call);
        let Ok(profile) = profile_for(call, want)? else { return Ok(()) };
        let is_rejected = |cached: &CachedToken| match want.rejected {
            Rejected::Any => true,
            Rejected::This(token) => cached.fields.hold(token),
            Rejected::OlderThan(limit) => cached.issued.age(&clock::now()).is_none_or(|age| age > limit),
        };
        drop_cached(call, &profile, profile.identity()?, |store| match want.rejected {
            // Which token is meant is known only if this machine has one.
            Rejected::Any => Ok(!matches!(store.take_token(&call.deadline, &is_rejected)?, Taken::Locked)),
            _ => store.drop_token(&call.deadline, &is_rejected),
        })
    }

    fn servers(&self) -> Result<Vec<Origin>, Error> {
        selection::servers(self.call)
    }
}

/// The profile that the wanted server may have a token of, if there is one.
fn profile_for(call: &Call, want: &Want) -> Result<Result<Profile, NotAllowed>, Error> {
    let mut found = selection::profile_for(call, want.target.as_ref())?;
    if let Ok(profile) = &mut found {
        for (by, text) in &want.narrow {
            profile.narrow(by, text)?;
        }
    }
    Ok(found)
}

/// The credential of a profile, from the cache or the issuer.
pub fn credential(call: &Call, profile: &Profile, want: &Want) -> Result<Credential, Error> {
    let identity = profile.identity()?;
    check_chain(profile, &identity)?;
    let store = store_for(profile, identity, &call.log)?;
    if store.is_none() && !call.options.no_cache {
        call.log.warn_always(format!("not cached: {NO_CACHE}; set {CACHE_DIR}"));
    }
    let source = TokenSource {
        profile,
        grant: provider::of(profile)?.grant,
        store: store.as_deref().filter(|_| !call.options.no_cache),
        began: &call.began,
        deadline: &call.deadline,
        requirements: Requirements {
            min_ttl: call.options.min_ttl.map_or(MinTtl::Preferred(want.min_ttl), MinTtl::Promised),
            refresh: call.options.refresh,
        },
        log: &call.log,
    };
    let token = source.token()?;
    let headers = headers(profile, &token)?;
    let (now, spread) = (clock::now(), store.as_deref().map_or("", Store::digest));
    Ok(Credential {
        expires_at: token.expires_at(&now),
        fresh_for: source.requirements.fresh_for(&token, &now, spread),
        username: profile.text("username")?.unwrap_or_else(|| profile.schema.username.to_owned()),
        variables: profile.variables(&headers)?,
        header: profile.schema.header,
        headers,
        environment: environment(profile, &token, &now),
        own_protocol: profile.schema.own_protocol,
        secret_variables: profile.secret_variables().map(str::to_owned).collect(),
        details: token.details,
        fields: token.fields,
    })
}

fn check_chain(profile: &Profile, identity: &str) -> Result<(), Error> {
    match secret_command::wrong_chain(identity) {
        Some(wrong) => Err(profile.wrong(wrong).hint("have the secret command take its secret from elsewhere")),
        None => Ok(()),
    }
}

/// The headers of an API request. The profile's own headers replace those of the grant.
fn headers(profile: &Profile, token: &CachedToken) -> Result<Vec<(String, String)>, Error> {
    let TokenHeader { name, .. } = profile.schema.header;
    let value = token.fields.get(ACCESS_TOKEN).map(|token| profile.schema.header.value(token));
    let mut headers: Vec<_> = value.into_iter().map(|value| (name.to_owned(), value)).collect();
    headers.extend(token.headers.iter().cloned());
    for (name, value) in profile.headers()? {
        headers.retain(|(had, _)| !had.eq_ignore_ascii_case(&name));
        headers.extend(value.map(|value| (name, value)));
    }
    Ok(headers)
}

/// The variables of a credential that is no bearer token.
fn environment(profile: &Profile, token: &CachedToken, now: &Timestamp) -> Vec<(&'static str, Option<String>)> {
    let value = |field: &str| match field {
        EXPIRES_AT => token.expires_at(now).map(clock::rfc3339),
        field => token.fields.get(field).map(str::to_owned),
    };
    profile.schema.environment.iter().map(|(variable, field)| (*variable, value(field))).collect()
}

/// Where the tokens of a profile are cached, and shared with other machines; `None` if this user has no place for them.
pub fn store_for<'a>(
    profile: &'a Profile,
    identity: String,
    log: &'a Log,
) -> Result<Option<Box<dyn Store + 'a>>, Error> {
    if !profile.has_shared_cache() {
        return Ok(store_of(identity)?.map(|store| store as Box<dyn Store>));
    }
    let directory = locate::cache_directory()?;
    Ok(directory.map(|directory| Box::new(Shared::new(&directory, identity, profile, log)) as Box<dyn Store>))
}

/// The cache that a profile shares with other machines, if it has one.
pub fn shared_cache<'a>(call: &'a Call, profile: &'a Profile) -> Result<Option<Shared<'a>>, Error> {
    let directory = locate::cache_directory()?.filter(|_| profile.has_shared_cache());
    let identity = profile.identity()?;
    Ok(directory.map(|directory| Shared::new(&directory, identity, profile, &call.log)))
}

/// Where the tokens of an identity are cached on this machine; `None` if this user has no place for them.
pub fn store_of(identity: String) -> Result<Option<Box<dyn Store>>, Error> {
    Ok(locate::cache_directory()?.map(|directory| Box::new(Disk::new(&directory, identity)) as Box<dyn Store>))
}

/// Why nothing can be cached, if so.
pub fn cache_trouble() -> Result<Option<String>, Error> {
    Ok(store_of(String::new())?.map_or_else(|| Some(NO_CACHE.to_owned()), |store| store.trouble()))
}

/// The identities of the tokens that calls with this profile may have cached: its own comes first, then those of narrowed
/// tokens. A narrowed token that is the usual one of another profile belongs to that profile.
pub fn identities(profile: &Profile, until: Instant) -> Result<Vec<String>, Error> {
    let own = profile.identity()?;
    let Some(directory) = locate::cache_directory()? else { return Ok(vec![own]) };
    let mut narrowed = Disk::identities(&directory).map_err(|error| {
        Error::new(Kind::Other, format!("the cached tokens in {} cannot be listed: {error}", directory.display()))
    })?;
    narrowed.retain(|identity| *identity != own && profile.covers(identity).is_ok_and(|covers| covers));
    if !narrowed.is_empty() {
        for place in locate::files()? {
            let other = provider::CATALOG.read(place, until);
            let usual = other.and_then(|other| other.identity()).ok();
            narrowed.retain(|identity| Some(identity) != usual.as_ref());
        }
    }
    narrowed.sort();
    narrowed.insert(0, own);
    Ok(narrowed)
}

/// Drops all that is cached for a profile, so that the next call requests a token. Returns the number of tokens.
pub fn forget_all(call: &Call, profile: &Profile) -> Result<usize, Error> {
    let mut tokens = 0;
    for identity in identities(profile, call.deadline.attempt_end())? {
        drop_cached(call, profile, identity, |store| {
            let had_token = store.forget(&call.deadline)?;
            tokens += usize::from(had_token == Some(true));
            Ok(had_token.is_some())
        })?;
    }
    Ok(tokens)
}

fn drop_cached(
    call: &Call,
    profile: &Profile,
    identity: String,
    drop: impl FnOnce(&dyn Store) -> io::Result<bool>,
) -> Result<(), Error> {
    let Some(store) = store_for(profile, identity, &call.log)? else { return Ok(()) };
    match drop(&*store) {
        Ok(true) => Ok(()),
        Ok(false) => Err(locked(profile)),
        Err(error) => Err(not_removed(profile, &error.to_string())),
    }
}

fn not_removed(profile: &Profile, what: &str) -> Error {
    Error::new(Kind::Other, format!("the cached token of {} could not be removed: {what}", profile.place))
}

fn locked(profile: &Profile) -> Error {
    not_removed(profile, "another process is requesting a token").hint("try again")
}
