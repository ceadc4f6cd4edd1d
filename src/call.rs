//! One call of the program: its options, arguments and deadline, and where the answer goes.

use std::any::Any;
use std::cell::RefCell;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use clap::parser::ValuesRef;
use serde::Serialize;

use crate::clock::Timestamp;
use crate::command_spec::CommandSpec;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::redaction::shown;
use crate::sys;

/// The options that narrow a token, where the profile allows it.
pub const NARROWING: [&str; 3] = ["scope", "audience", "repository"];

/// The common options.
#[derive(Clone, Default)]
pub struct Options {
    /// `--profile`, `JWT_CREDENTIAL_PROFILE`.
    pub profile: Option<OsString>,
    /// Whether the option named the profile, and not the variable.
    pub profile_by_option: bool,
    /// `--min-ttl`, `JWT_CREDENTIAL_MIN_TTL`.
    pub min_ttl: Option<Duration>,
    /// `--refresh`, `JWT_CREDENTIAL_REFRESH`.
    pub refresh: bool,
    /// `--no-cache`, `JWT_CREDENTIAL_NO_CACHE`.
    pub no_cache: bool,
    /// `--for`: the URL that the token is for.
    pub target: Option<String>,
    /// `--scope` and its like: what the token is narrowed to, by the option's name.
    pub narrow: Vec<(&'static str, String)>,
    /// `--timeout`, `JWT_CREDENTIAL_TIMEOUT`.
    pub timeout: Option<Duration>,
}

impl Options {
    /// These options; those that are missing are taken from `others`.
    pub fn or(self, others: Self) -> Result<Self, Error> {
        if self.target.is_some() && others.target.is_some() && self.target != others.target {
            return Err(Error::new(Kind::Usage, "--for is given twice, and for two URLs"));
        }
        let by_option = self.profile_by_option || (self.profile.is_none() && others.profile_by_option);
        let mut narrowed = self.narrow;
        for (by, text) in others.narrow {
            if !narrowed.iter().any(|(had, _)| *had == by) {
                narrowed.push((by, text));
            }
        }
        Ok(Self {
            profile_by_option: by_option,
            profile: self.profile.or(others.profile),
            min_ttl: self.min_ttl.or(others.min_ttl),
            refresh: self.refresh || others.refresh,
            no_cache: self.no_cache || others.no_cache,
            target: self.target.or(others.target),
            narrow: narrowed,
            timeout: self.timeout.or(others.timeout),
        })
    }
}

pub struct Call {
    pub spec: &'static CommandSpec,
    pub options: Options,
    /// The command's own options and arguments.
    pub args: ArgMatches,
    /// The whole command line, for completions and man pages.
    pub tree: fn() -> clap::Command,
    /// What follows `--`; `None` without `--`.
    pub rest: Option<Vec<OsString>>,
    pub began: Timestamp,
    pub deadline: Deadline,
    pub log: Log,
    /// Takes the answer in place of standard output.
    pub captured: Option<RefCell<String>>,
}

impl Call {
    pub fn has(&self, switch: &str) -> bool {
        self.one(switch).copied().unwrap_or(false)
    }

    pub fn value(&self, option: &str) -> Option<&str> {
        self.one::<String>(option).map(String::as_str)
    }

    pub fn path(&self, option: &str) -> Result<Option<&Path>, Error> {
        Ok(self.paths(option)?.first().copied())
    }

    pub fn paths(&self, argument: &str) -> Result<Vec<&Path>, Error> {
        let paths: Vec<&Path> = self.many::<PathBuf>(argument).map(PathBuf::as_path).collect();
        for path in &paths {
            sys::check_path(&format!("the value of {argument}"), path.as_os_str())?;
        }
        Ok(paths)
    }

    /// The value of one of the command's own options. A call without a command has none of them.
    pub fn one<T: Any + Clone + Send + Sync>(&self, option: &str) -> Option<&T> {
        self.args.try_get_one(option).ok().flatten()
    }

    pub fn many<T: Any + Clone + Send + Sync>(&self, option: &str) -> ValuesRef<'_, T> {
        self.args.try_get_many(option).ok().flatten().unwrap_or_default()
    }

    /// Writes the answer; exit code 0.
    pub fn answer(&self, answer: &str) -> Result<u8, Error> {
        self.write(answer).map(|()| 0)
    }

    /// Writes an answer in JSON on one line.
    pub fn answer_json(&self, answer: &impl Serialize) -> Result<u8, Error> {
        let json = serde_json::to_string(answer).map_err(|error| Error::new(Kind::Other, error.to_string()))?;
        self.answer(&(json + "\n"))
    }

    /// Writes a part of the answer to standard output. `print!` would lose what a full disk does not take, and panic on
    /// a closed pipe.
    pub fn write(&self, answer: &str) -> Result<(), Error> {
        if let Some(captured) = &self.captured {
            captured.borrow_mut().push_str(answer);
            return Ok(());
        }
        write_within(answer, &self.deadline)
    }
}

pub fn write_within(answer: &str, deadline: &Deadline) -> Result<(), Error> {
    let end = Instant::now() + deadline.remaining();
    sys::write_stdout_until(answer.as_bytes(), end).map_err(|error| {
        Error::new(Kind::Output, format!("the answer could not be written to standard output: {error}"))
    })
}

/// The error about a profile that is an argument and an option.
pub fn named_twice(name: &str) -> Error {
    Error::new(Kind::Usage, format!("the profile is named twice: {} and --profile", shown(name))).hint("name it once")
}
