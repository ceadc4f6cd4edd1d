//! Which profile answers, and with what: the only place where that is decided.

use std::time::Duration;

use crate::call::Call;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::freshness::{MinTtl, Wish};
use crate::host::{Match, Origin, Pattern};
use crate::profile::{self, Place, Profile, locate};
use crate::protocol::{Credential, Tokens, Want};
use crate::source::Source;
use crate::store::{Disk, Kept, Store};
use crate::{clock, environment, grant};

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
        self.call.log.say_with(|| format!("using {place}"));
        profile::read(place, &grant::schemas(), self.call.deadline.attempt_end())
    }
}

/// Where the records of a profile's tokens are; `None` where this user has no place for them.
pub fn store_of(profile: &Profile) -> Result<Option<Box<dyn Store>>, Error> {
    let identity = profile.identity()?;
    Ok(locate::cache_directory()?.map(|directory| Box::new(Disk::new(&directory, identity)) as Box<dyn Store>))
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

/// The servers that a profile's `hosts` names: how closely this one is, if it is.
fn allows(profile: &Profile, server: &Origin) -> Result<Option<Match>, Error> {
    let hosts = profile.list("hosts")?;
    Ok(hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.matches(server)).max())
}

impl Desk<'_> {
    /// The profile whose token this server may have; `None`: there is none, and the log says why. The one that was
    /// named answers for its own hosts only; where none was named, the one that names the server most closely.
    fn profile_for(&self, server: &Result<Origin, String>) -> Result<Option<Profile>, Error> {
        let log = &self.call.log;
        let server = match server {
            Ok(server) => server,
            Err(why) => {
                log.say(format!("refused: the server that is named {why}"));
                return Ok(None);
            }
        };
        // `--for` narrows what a tool may ask for.
        if self.call.options.target.as_ref().is_some_and(|url| Origin::of_url(url).as_ref() != Ok(server)) {
            log.say(format!("refused: {server} is not what --for allows"));
            return Ok(None);
        }
        if !self.is_profile_named() {
            return self.closest(server);
        }
        let profile = self.profile()?;
        if allows(&profile, server)?.is_some() {
            return Ok(Some(profile));
        }
        log.say(format!("refused: {server} is not in \"hosts\" of {}", profile.place));
        Ok(None)
    }

    fn is_profile_named(&self) -> bool {
        self.call.options.profile.is_some() || environment::raw("JWT_CREDENTIAL_PROFILE_JSON").is_some()
    }

    /// Of all profiles, the one that names the server most closely. A broken one is passed over.
    fn closest(&self, server: &Origin) -> Result<Option<Profile>, Error> {
        let log = &self.call.log;
        let mut found: Vec<(Match, Profile)> = Vec::new();
        for (name, path) in locate::all()? {
            let place = Place::File { name, path };
            let read = profile::read(place, &grant::schemas(), self.call.deadline.attempt_end());
            match read.and_then(|profile| Ok((allows(&profile, server)?, profile))) {
                Ok((Some(closeness), profile)) => found.push((closeness, profile)),
                Ok((None, _)) => {}
                Err(error) => log.say(format!("passed over: {}", error.text)),
            }
        }
        let closest = found.iter().map(|(closeness, _)| *closeness).max();
        let mut best =
            found.into_iter().filter(|(closeness, _)| Some(*closeness) == closest).map(|(_, profile)| profile);
        Ok(match (best.next(), best.next()) {
            (Some(one), None) => {
                log.say(format!("using {}, which names {server}", one.place));
                Some(one)
            }
            (Some(one), Some(other)) => {
                log.say(format!("refused: both {} and {} name {server}", one.place, other.place));
                None
            }
            (None, _) => {
                log.say(format!("refused: no profile names {server} in its \"hosts\""));
                None
            }
        })
    }

    /// The profile for a call that names no server, but for `--for`.
    fn profile_asked_for(&self) -> Result<Profile, Error> {
        let Some(url) = &self.call.options.target else { return self.profile() };
        let server = Origin::of_url(url);
        // One that is none may hold a password.
        let shown = server.as_ref().map_or_else(|_| "that URL".into(), Origin::to_string);
        self.profile_for(&server)?.ok_or_else(|| {
            let failure = Error::new(
                Kind::Setup,
                format!("no token for {shown}: no profile that is meant lists it in \"hosts\""),
            );
            match &server {
                Err(why) => failure.hint(format!("the URL {why}")),
                Ok(_) => failure.hint("-v says why: none does, several do, or the one that does is broken; jwt-credential list shows all hosts"),
            }
        })
    }

    fn hand_out(&self, profile: &Profile, want: &Want) -> Result<Credential, Error> {
        let call = self.call;
        let store = store_of(profile)?;
        if store.is_none() && !call.options.no_cache {
            call.log.warn_always("not cached: no directory for the cache; set JWT_CREDENTIAL_CACHE_DIR");
        }
        let min_ttl = self.call.options.min_ttl.map_or(MinTtl::Preferred(want.min_ttl), MinTtl::Promised);
        let source = Source {
            profile,
            grant: grant::of(profile)?,
            store: store.as_deref().filter(|_| !self.call.options.no_cache),
            began: &call.began,
            deadline: &call.deadline,
            wish: Wish { min_ttl, refresh: self.call.options.refresh },
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
        let secret_variables = profile.secret_variables().map(str::to_owned).collect();
        Ok(Credential { access_token: kept.access_token, expires_at, headers, secret_variables })
    }

    /// Drops all that is cached for the profile that answers, so that the next call mints.
    pub fn forget(&self) -> Result<(), Error> {
        self.drop_cached(&self.profile()?, None)
    }

    /// Drops what is cached for a profile, or only its token where that is one that was refused.
    fn drop_cached(&self, profile: &Profile, refused: Option<&dyn Fn(&Kept) -> bool>) -> Result<(), Error> {
        let Some(store) = store_of(profile)? else { return Ok(()) };
        let failed = |what: String| {
            Error::new(Kind::Other, format!("the cached token of {} could not be removed: {what}", profile.place))
        };
        let dropped = match refused {
            Some(refused) => store.drop_token(&self.call.deadline, refused),
            None => store.forget(&self.call.deadline),
        };
        match dropped {
            Ok(true) => Ok(()),
            Ok(false) => Err(failed("another process is minting".into()).hint("try again")),
            Err(error) => Err(failed(error.to_string())),
        }
    }
}

impl Tokens for Desk<'_> {
    fn get(&self, want: &Want) -> Result<Credential, Error> {
        self.hand_out(&self.profile_asked_for()?, want)
    }

    fn get_for(&self, server: &Result<Origin, String>, want: &Want) -> Result<Option<Credential>, Error> {
        self.profile_for(server)?.map(|profile| self.hand_out(&profile, want)).transpose()
    }

    fn under<'b>(&self, call: &'b Call) -> Box<dyn Tokens + 'b> {
        Box::new(Desk::new(call))
    }

    fn endpoint(&self) -> Result<Option<String>, Error> {
        self.profile_asked_for()?.text("ims", self.call.deadline.remaining())
    }

    fn reject(&self, server: &Result<Origin, String>, token: Option<&str>) -> Result<(), Error> {
        let Some(profile) = self.profile_for(server)? else { return Ok(()) };
        self.drop_cached(&profile, Some(&|kept| token.is_none_or(|token| kept.access_token.as_str() == token)))
    }

    fn reject_older(&self, server: &Result<Origin, String>, than: Duration) -> Result<(), Error> {
        let Some(profile) = self.profile_for(server)? else { return Ok(()) };
        self.drop_cached(&profile, Some(&|kept| kept.minted.age(&clock::now()).is_none_or(|age| age > than)))
    }

    fn named_servers(&self) -> Result<Vec<Origin>, Error> {
        if !self.is_profile_named() {
            return Ok(Vec::new());
        }
        let hosts = self.profile()?.list("hosts")?;
        Ok(hosts.iter().filter_map(|host| Pattern::parse(host).ok()?.server().cloned()).collect())
    }
}
