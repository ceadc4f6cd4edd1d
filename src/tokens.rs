//! What protocols ask for, and who answers: selection picks the profile, the token source gets its token.

use std::io;
use std::time::Duration;

use crate::call::Call;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Requirements};
use crate::host::Origin;
use crate::profile::{Profile, locate};
use crate::store::{CachedToken, Disk, Store};
use crate::token::AccessToken;
use crate::token_source::TokenSource;
use crate::{clock, provider, selection};

/// All that protocols know of where tokens come from.
pub trait Tokens {
    /// A token, or `None` where no profile allows the server that it is for: each protocol has its own word for that.
    fn get(&self, want: &Want) -> Result<Option<Credential>, Error>;

    /// Drops the cached token for the wanted server, if it is the one that was rejected.
    fn forget(&self, want: &Want) -> Result<(), Error>;

    /// The servers that the selected profile names, without wildcards; none where no profile is selected.
    fn servers(&self) -> Result<Vec<Origin>, Error>;
}

/// What a protocol wants.
pub struct Want<'a> {
    /// The server that the tool names, or what is wrong with its name; `None` where the tool names none.
    pub target: Option<Result<Origin, String>>,
    /// How long the token should live at least: a preference, which the user's `--min-ttl` replaces.
    pub min_ttl: Duration,
    pub rejected: Rejected<'a>,
    /// Options that the tool hands over later than on the command line.
    pub options: &'a [String],
}

/// Which token a server rejected.
#[derive(Clone, Copy)]
pub enum Rejected<'a> {
    /// The tool does not say: whichever is cached.
    Any,
    This(&'a str),
    /// One that is older than this: the tool cannot have sent a newer one.
    OlderThan(Duration),
}

impl Default for Want<'_> {
    fn default() -> Self {
        Self { target: None, min_ttl: Duration::from_secs(60), rejected: Rejected::Any, options: &[] }
    }
}

impl Want<'_> {
    /// For a caller that hands a token on without looking at its expiry: it should still be good when it is used.
    pub fn without_margin() -> Self {
        Self { min_ttl: Duration::from_secs(300), ..Self::default() }
    }

    pub fn at(self, server: Result<Origin, String>) -> Self {
        Self { target: Some(server), ..self }
    }
}

/// What a protocol gets.
pub struct Credential {
    pub access_token: AccessToken,
    /// In milliseconds since 1970; `None` where the server did not say.
    pub expires_at: Option<u64>,
    /// All headers that an API wants, `Authorization` first.
    pub headers: Vec<(String, String)>,
    /// The user name beside a token that is used as a password.
    pub username: &'static str,
    /// What goes with the token, by the names that the provider's own tools have for it.
    pub variables: Vec<(String, String)>,
    /// The variables that our own secrets came from, which a program that we become must not inherit.
    pub secret_variables: Vec<String>,
}

/// The tokens of the user's profiles.
pub struct ProfileTokens<'a> {
    pub call: &'a Call,
    /// Parses the options that a tool hands over later, as part of this call.
    pub parse_late: fn(&Call, &[String]) -> Result<Call, Error>,
}

impl ProfileTokens<'_> {
    fn under<T>(&self, want: &Want, run: impl FnOnce(&Call) -> Result<T, Error>) -> Result<T, Error> {
        match want.options {
            [] => run(self.call),
            late => run(&(self.parse_late)(self.call, late)?),
        }
    }
}

impl Tokens for ProfileTokens<'_> {
    fn get(&self, want: &Want) -> Result<Option<Credential>, Error> {
        self.under(want, |call| {
            let profile = selection::profile_for(call, want.target.as_ref())?;
            profile.map(|profile| credential(call, &profile, want)).transpose()
        })
    }

    fn forget(&self, want: &Want) -> Result<(), Error> {
        let is_rejected = |kept: &CachedToken| match want.rejected {
            Rejected::Any => true,
            Rejected::This(token) => kept.access_token.as_str() == token,
            Rejected::OlderThan(age) => kept.minted.age(&clock::now()).is_none_or(|had| had > age),
        };
        self.under(want, |call| match selection::profile_for(call, want.target.as_ref())? {
            Some(profile) => drop_cached(&profile, |store| store.drop_token(&call.deadline, &is_rejected)),
            None => Ok(()),
        })
    }

    fn servers(&self) -> Result<Vec<Origin>, Error> {
        selection::servers(self.call)
    }
}

fn credential(call: &Call, profile: &Profile, want: &Want) -> Result<Credential, Error> {
    let store = store_of(profile)?;
    if store.is_none() && !call.options.no_cache {
        call.log.warn_always("not cached: no directory for the cache; set JWT_CREDENTIAL_CACHE_DIR");
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
    let kept = source.token()?;
    let expires_at = kept.expires_at(&clock::now());
    let mut headers = vec![("Authorization".to_owned(), ["Bearer ", kept.access_token.as_str()].concat())];
    headers.extend(kept.headers);
    for (name, value) in profile.headers()? {
        headers.retain(|(had, _)| !had.eq_ignore_ascii_case(&name));
        headers.extend(value.map(|value| (name, value)));
    }
    Ok(Credential {
        access_token: kept.access_token,
        expires_at,
        username: profile.schema.username,
        variables: profile.variables(&headers)?,
        headers,
        secret_variables: profile.secret_variables().map(str::to_owned).collect(),
    })
}

/// Where the records of a profile's tokens are; `None` where this user has no place for them.
pub fn store_of(profile: &Profile) -> Result<Option<Box<dyn Store>>, Error> {
    let identity = profile.identity()?;
    Ok(locate::cache_directory()?.map(|directory| Box::new(Disk::new(&directory, identity)) as Box<dyn Store>))
}

/// Requests one token for a profile that is not in use yet. The cache is neither read nor written: a failure must not
/// be recorded against the profile that this one may replace.
pub fn try_out(profile: &Profile, call: &Call, deadline: &Deadline) -> Result<CachedToken, Error> {
    let source = TokenSource {
        profile,
        grant: provider::of(profile)?.grant,
        store: None,
        began: &clock::now(),
        deadline,
        requirements: Requirements { min_ttl: MinTtl::Preferred(Duration::ZERO), refresh: true },
        log: &call.log,
    };
    source.token()
}

/// Drops all that is cached for the selected profile, so that the next call requests a token.
pub fn forget_all(call: &Call) -> Result<(), Error> {
    drop_cached(&selection::selected(call)?, |store| store.forget(&call.deadline))
}

fn drop_cached(profile: &Profile, drop: impl FnOnce(&dyn Store) -> io::Result<bool>) -> Result<(), Error> {
    let Some(store) = store_of(profile)? else { return Ok(()) };
    let failed = |what: String| {
        Error::new(Kind::Other, format!("the cached token of {} could not be removed: {what}", profile.place))
    };
    match drop(&*store) {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed("another process is minting".into()).hint("try again")),
        Err(error) => Err(failed(error.to_string())),
    }
}
