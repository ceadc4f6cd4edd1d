//! Turns clap's matches and the environment into a call.

use std::any::Any;
use std::ffi::OsString;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::ArgMatches;
use clap::parser::ValueSource;

use super::complaint::not_taken;
use super::tree::{common, takes, whole};
use crate::call::{Call, NARROWING, Options, named_twice};
use crate::command_spec::{CommandSpec, PROFILE_ARGUMENT};
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::{clock, environment};

const TIMEOUT: &str = "JWT_CREDENTIAL_TIMEOUT";

/// A parsed command line: the options before the command's name, and what follows it.
#[derive(Default)]
pub(super) struct Parsed {
    pub(super) before: ArgMatches,
    pub(super) after: ArgMatches,
}

impl Parsed {
    /// Rejects a common option that is given on both sides, or that the command does not take.
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

    /// The common options of the command line alone.
    fn options(&self) -> Result<Options, Error> {
        let (by_argument, by_option) = (self.one::<OsString>(PROFILE_ARGUMENT), self.one("profile"));
        if let (Some(one), Some(_)) = (&by_argument, &by_option) {
            return Err(named_twice(&one.to_string_lossy()));
        }
        let profile = by_argument.or(by_option);
        Ok(Options {
            profile_by_option: profile.is_some(),
            profile,
            min_ttl: self.one("min-ttl"),
            timeout: self.one("timeout").map(|timeout| within_a_day(timeout, "--timeout")).transpose()?,
            refresh: self.has("refresh"),
            no_cache: self.has("no-cache"),
            target: self.one("for"),
            narrow: NARROWING.into_iter().filter_map(|name| Some((name, self.one(name)?))).collect(),
        })
    }
}

fn is_given(matches: &ArgMatches, name: &str) -> bool {
    matches.try_contains_id(name).unwrap_or(false) && matches.value_source(name) == Some(ValueSource::CommandLine)
}

/// The call of a command. `called` is the profile that the program's name selects.
pub(super) fn call(
    spec: &'static CommandSpec,
    parsed: Parsed,
    called: Option<String>,
    starts_program: bool,
    started: Instant,
) -> Result<Call, Error> {
    parsed.check(spec)?;
    let log_file = if spec.ignores_settings { None } else { environment::raw("JWT_CREDENTIAL_LOG") };
    let mut given = parsed.options()?;
    if let (None, Some(name)) = (&given.profile, called) {
        given = Options { profile: Some(name.into()), profile_by_option: true, ..given };
    }
    let options = if spec.ignores_settings { given } else { given.or(from_environment(spec)?)? };
    Ok(Call {
        spec,
        rest: parsed.rest().or(starts_program.then(Vec::new)),
        began: clock::now(),
        deadline: Deadline::new(started, options.timeout.unwrap_or(deadline::DEFAULT)),
        log: Log::open(parsed.has("verbose"), spec.instead_of_errors.is_some(), log_file.as_deref().map(Path::new)),
        options,
        args: parsed.after,
        tree: whole,
        captured: None,
    })
}

/// The call of a request that brings options of its own, which override those of the call under way. A `--timeout` of
/// the request counts from now.
pub(super) fn late_call(outer: &Call, parsed: Parsed) -> Result<Call, Error> {
    parsed.check(outer.spec)?;
    let given = parsed.options()?;
    let deadline = given.timeout.map_or(outer.deadline, |timeout| Deadline::new(Instant::now(), timeout));
    Ok(Call {
        spec: outer.spec,
        rest: None,
        began: clock::now(),
        deadline,
        log: outer.log.of_request(parsed.has("verbose")),
        options: given.or(outer.options.clone())?,
        args: parsed.after,
        tree: outer.tree,
        captured: None,
    })
}

/// The variables of the options that the command takes.
fn from_environment(spec: &CommandSpec) -> Result<Options, Error> {
    let duration = |option: &str, variable: &str| match environment::raw(variable) {
        Some(text) if takes(spec, option) => {
            let text = text.to_string_lossy();
            // A number is no secret.
            let number = text.parse::<f64>().map_or(String::new(), |_| format!("={text}"));
            let wrong = |what: String| Error::new(Kind::Usage, format!("the variable {variable}{number} {what}"));
            clock::parse_duration(&text).map(Some).map_err(wrong)
        }
        _ => Ok(None),
    };
    let switch =
        |option: &str, variable: &str| if takes(spec, option) { environment::switch(variable) } else { Ok(false) };
    let timeout = duration("timeout", TIMEOUT)?;
    Ok(Options {
        profile: environment::raw("JWT_CREDENTIAL_PROFILE").filter(|_| !spec.ignores_selection),
        min_ttl: duration("min-ttl", "JWT_CREDENTIAL_MIN_TTL")?,
        timeout: timeout.map(|timeout| within_a_day(timeout, &format!("the variable {TIMEOUT}"))).transpose()?,
        refresh: switch("refresh", "JWT_CREDENTIAL_REFRESH")?,
        no_cache: switch("no-cache", "JWT_CREDENTIAL_NO_CACHE")?,
        ..Options::default()
    })
}

fn within_a_day(timeout: Duration, source: &str) -> Result<Duration, Error> {
    if timeout.is_zero() || timeout > deadline::LONGEST {
        return Err(Error::new(Kind::Usage, format!("{source} must be positive and at most 24h")));
    }
    Ok(timeout)
}
