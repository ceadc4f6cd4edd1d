//! From clap's matches and the environment to a call.

use std::any::Any;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::complaint::not_taken;
use super::tree::{common, takes};
use crate::call::{Call, Options};
use crate::command_spec::CommandSpec;
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::{clock, environment};

/// What a command line gives: options before the command's name, and what follows it.
#[derive(Default)]
pub(super) struct Given {
    pub(super) before: ArgMatches,
    pub(super) after: ArgMatches,
}

impl Given {
    /// Refuses a common option that is given on both sides, or that the command does not take.
    pub(super) fn check(&self, spec: &CommandSpec) -> Result<(), Error> {
        if !self.before.args_present() {
            return Ok(());
        }
        for option in common() {
            let name = option.get_id().as_str();
            if is_given(&self.before, name) && !takes(spec, name) {
                return Err(not_taken(spec, name));
            }
            if is_given(&self.before, name) && is_given(&self.after, name) {
                let text = format!("--{name} is given before and after {}", spec.name);
                return Err(Error::new(Kind::Usage, text));
            }
        }
        Ok(())
    }

    pub(super) fn one<T: Any + Clone + Send + Sync>(&self, name: &str) -> Option<T> {
        let of = |matches: &ArgMatches| matches.try_get_one::<T>(name).ok().flatten().cloned();
        of(&self.after).or_else(|| of(&self.before))
    }

    pub(super) fn has(&self, switch: &str) -> bool {
        [&self.before, &self.after].iter().any(|matches| is_given(matches, switch))
    }

    fn rest(&self) -> Option<Vec<OsString>> {
        let rest = self.after.try_get_many("rest").ok()??;
        Some(rest.cloned().collect())
    }

    /// An option's duration, else that of its variable, which is named after it.
    fn duration(&self, option: &str, variable: Option<OsString>) -> Result<Option<Duration>, Error> {
        if let Some(duration) = self.one(option) {
            return Ok(Some(duration));
        }
        let Some(text) = variable else { return Ok(None) };
        clock::parse_duration(&text.to_string_lossy()).map(Some).map_err(|what| {
            let name = option.to_ascii_uppercase().replace('-', "_");
            Error::new(Kind::Usage, format!("the variable JWT_CREDENTIAL_{name} {what}"))
        })
    }
}

fn is_given(matches: &ArgMatches, name: &str) -> bool {
    matches.try_contains_id(name).unwrap_or(false) && matches.value_source(name) == Some(ValueSource::CommandLine)
}

/// The call of a command. `called` is the profile that the program's name selects.
pub(super) fn call(
    spec: &'static CommandSpec,
    given: Given,
    called: Option<String>,
    hands_on: bool,
    started: Instant,
) -> Result<Call, Error> {
    given.check(spec)?;
    let set = |name| if spec.ignores_settings { None } else { environment::raw(name) };
    let own = given.one::<OsString>("profile").or(called.map(OsString::from));
    let timeout = given.duration("timeout", set("JWT_CREDENTIAL_TIMEOUT"))?;
    if timeout.is_some_and(|timeout| timeout.is_zero() || timeout > deadline::LONGEST) {
        return Err(Error::new(Kind::Usage, "--timeout is longer than nothing and no longer than a day"));
    }
    let options = Options {
        profile_by_option: own.is_some(),
        profile: own.or_else(|| set("JWT_CREDENTIAL_PROFILE")),
        min_ttl: given.duration("min-ttl", set("JWT_CREDENTIAL_MIN_TTL"))?,
        timeout,
        refresh: given.has("refresh") || (!spec.ignores_settings && environment::is_on("JWT_CREDENTIAL_REFRESH")),
        no_cache: given.has("no-cache"),
        target: given.one("for"),
    };
    Ok(Call {
        spec,
        rest: given.rest().or(hands_on.then(Vec::new)),
        began: clock::now(),
        deadline: Deadline::new(started, timeout.unwrap_or(deadline::DEFAULT)),
        log: Log::open(given.has("verbose"), set("JWT_CREDENTIAL_LOG").as_deref().map(Path::new)),
        options,
        args: given.after,
    })
}

/// The options that a tool hands over later, where the command line does not give them already.
pub(super) fn within(outer: &Call, mut inner: Call) -> Result<Call, Error> {
    let (own, of_outer) = (&mut inner.options, &outer.options);
    if !own.profile_by_option && of_outer.profile.is_some() {
        own.profile.clone_from(&of_outer.profile);
        own.profile_by_option = of_outer.profile_by_option;
    }
    if own.target.is_some() && of_outer.target.is_some() && own.target != of_outer.target {
        return Err(Error::new(Kind::Usage, "--for is given twice, and for two URLs"));
    }
    own.target = own.target.take().or_else(|| of_outer.target.clone());
    own.min_ttl = own.min_ttl.or(of_outer.min_ttl);
    own.refresh |= of_outer.refresh;
    own.no_cache |= of_outer.no_cache;
    if own.timeout.is_none() {
        inner.deadline = outer.deadline;
    }
    Ok(inner)
}
