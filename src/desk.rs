//! Which profile answers, and with what: the only place where that is decided.

use std::time::Duration;

use crate::call::Call;
use crate::clock;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Wish};
use crate::grant;
use crate::profile::{self, Profile, locate};
use crate::protocol::{Credential, Tokens, Want};
use crate::source::Source;
use crate::store::{Disk, Kept};

/// The desk of one call.
pub struct Desk<'a> {
    call: &'a Call,
}

impl<'a> Desk<'a> {
    /// The desk for a call.
    #[must_use]
    pub fn new(call: &'a Call) -> Self {
        Self { call }
    }

    /// The profile that answers this call.
    pub fn profile(&self) -> Result<Profile, Error> {
        let options = &self.call.options;
        let place = locate::choose(options.profile.as_deref(), options.profile_by_option)?;
        self.call.log.say(format!("using {place}"));
        profile::read(place, &grant::schemas(), self.call.deadline.attempt_end())
    }
}

/// Where the records of a profile's tokens are; `None` where this user has no place for them.
pub fn store_of(profile: &Profile) -> Result<Option<Disk>, Error> {
    let identity = profile.identity()?;
    Ok(locate::cache_directory().map(|directory| Disk::new(&directory, identity)))
}

/// Mints once with a profile that nobody uses yet. Nothing is read from the cache and nothing is kept there: a failure
/// must not be held against the profile that it may replace.
pub fn try_out(profile: &Profile, call: &Call, deadline: &Deadline) -> Result<Kept, Error> {
    let source = Source {
        profile,
        grant: grant::of(profile)?,
        store: None,
        began: &clock::now(),
        deadline,
        wish: Wish { min_ttl: MinTtl::Preferred(Duration::ZERO), refresh: true },
        log: &call.log,
    };
    source.token()
}

impl Tokens for Desk<'_> {
    fn get(&self, want: &Want) -> Result<Credential, Error> {
        let call = self.call;
        let profile = self.profile()?;
        let store = store_of(&profile)?;
        let min_ttl = call.options.min_ttl.map_or(MinTtl::Preferred(want.min_ttl), MinTtl::Promised);
        let source = Source {
            profile: &profile,
            grant: grant::of(&profile)?,
            store: store.as_ref().filter(|_| !call.options.no_cache),
            began: &call.began,
            deadline: &call.deadline,
            wish: Wish { min_ttl, refresh: call.options.refresh },
            log: &call.log,
        };
        let kept = source.token()?;
        let expires_at = kept.expires_at(&clock::now());
        let mut headers = vec![("Authorization".to_owned(), format!("Bearer {}", kept.access_token.as_str()))];
        headers.extend(kept.headers);
        for (name, value) in profile.headers()? {
            headers.retain(|(had, _)| !had.eq_ignore_ascii_case(&name));
            headers.extend(value.map(|value| (name, value)));
        }
        let secret_variables = profile.secret_variables().map(str::to_owned).collect();
        Ok(Credential { access_token: kept.access_token, expires_at, headers, secret_variables })
    }

    fn forget(&self) -> Result<(), Error> {
        let profile = self.profile()?;
        let Some(store) = store_of(&profile)? else { return Ok(()) };
        let failed = |what: String| {
            Error::new(Kind::Other, format!("the cached token of {} could not be removed: {what}", profile.place))
        };
        match store.forget(&self.call.deadline) {
            Ok(true) => Ok(()),
            Ok(false) => Err(failed("another process is minting".into()).hint("try again")),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}
