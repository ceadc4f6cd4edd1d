//! What a caller asks: options, arguments, the deadline, and where the answer goes.

use std::any::Any;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use clap::ArgMatches;
use clap::parser::ValuesRef;

use crate::clock::Timestamp;
use crate::command_spec::CommandSpec;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::sys;

/// The common options.
#[derive(Clone)]
pub struct Options {
    /// `--profile`, `JWT_CREDENTIAL_PROFILE`.
    pub profile: Option<OsString>,
    /// Whether the option named it, and not the variable.
    pub profile_by_option: bool,
    /// `--min-ttl`, `JWT_CREDENTIAL_MIN_TTL`: a promise where it was asked for.
    pub min_ttl: Option<Duration>,
    /// `--refresh`, `JWT_CREDENTIAL_REFRESH`.
    pub refresh: bool,
    /// `--no-cache`.
    pub no_cache: bool,
    /// `--for`: the URL that the token is for.
    pub target: Option<String>,
    /// `--timeout`, `JWT_CREDENTIAL_TIMEOUT`.
    pub timeout: Option<Duration>,
}

/// One call of the program.
pub struct Call {
    /// The command that was called.
    pub spec: &'static CommandSpec,
    /// The common options.
    pub options: Options,
    /// The command's own options and arguments.
    pub args: ArgMatches,
    /// What follows `--`; `None` where there is no `--`.
    pub rest: Option<Vec<OsString>>,
    /// When the call began.
    pub began: Timestamp,
    pub deadline: Deadline,
    pub log: Log,
}

impl Call {
    /// Whether one of the command's own switches is on.
    pub fn has(&self, switch: &str) -> bool {
        self.one(switch).copied().unwrap_or(false)
    }

    /// The text of one of the command's own options.
    pub fn value(&self, option: &str) -> Option<&str> {
        self.one::<String>(option).map(String::as_str)
    }

    /// The path that one of the command's own options gives.
    pub fn path(&self, option: &str) -> Result<Option<&Path>, Error> {
        Ok(self.paths(option)?.first().copied())
    }

    /// The paths that are the command's own arguments.
    pub fn paths(&self, argument: &str) -> Result<Vec<&Path>, Error> {
        let paths: Vec<&Path> = self.many::<PathBuf>(argument).map(PathBuf::as_path).collect();
        for path in &paths {
            sys::check_path(&format!("the value of {argument}"), path.as_os_str())?;
        }
        Ok(paths)
    }

    /// The value of one of the command's own options; `None` as well where the call named no command, so that
    /// nothing knows the option.
    pub fn one<T: Any + Clone + Send + Sync>(&self, option: &str) -> Option<&T> {
        self.args.try_get_one(option).ok().flatten()
    }

    /// All values of one of the command's own options.
    pub fn many<T: Any + Clone + Send + Sync>(&self, option: &str) -> ValuesRef<'_, T> {
        self.args.try_get_many(option).ok().flatten().unwrap_or_default()
    }

    /// Writes an answer to standard output and is done: exit code 0.
    pub fn answer(&self, answer: &str) -> Result<u8, Error> {
        self.write(answer).map(|()| 0)
    }

    /// Writes an answer to standard output, whole. It is no success before every byte is gone: `print!` would
    /// lose what a full disk does not take, and panic on a closed pipe.
    pub fn write(&self, answer: &str) -> Result<(), Error> {
        write_within(answer, &self.deadline)
    }
}

/// Writes all of an answer to standard output.
pub fn write_within(answer: &str, deadline: &Deadline) -> Result<(), Error> {
    let end = Instant::now() + deadline.remaining();
    sys::write_stdout_until(answer.as_bytes(), end).map_err(|error| {
        Error::new(Kind::Output, format!("the answer could not be written to standard output: {error}"))
    })
}
