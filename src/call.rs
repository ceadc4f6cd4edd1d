//! What a caller asks: options, arguments, when it must be over, and where the answer goes.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::cli::Given;
use crate::clock::Moment;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::misplaced;
use crate::sys;

/// The options that every command takes.
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
    /// The options that every command takes.
    pub options: Options,
    /// All options and arguments that were given.
    pub given: Given,
    /// What stands after `--`; `None` where no `--` stands.
    pub rest: Option<Vec<OsString>>,
    /// When the call began.
    pub began: Moment,
    /// When it must be over.
    pub deadline: Deadline,
    /// Who is told what is being done.
    pub log: Log,
}

impl Call {
    /// Whether one of the command's own switches is on.
    #[must_use]
    pub fn has(&self, switch: &str) -> bool {
        self.given.has(switch)
    }

    /// The text of one of the command's own options.
    #[must_use]
    pub fn value(&self, option: &str) -> Option<&str> {
        self.given.one::<String>(option).map(String::as_str)
    }

    /// The path that one of the command's own options gives.
    pub fn path(&self, option: &str) -> Result<Option<&Path>, Error> {
        Ok(self.paths(option)?.first().copied())
    }

    /// The paths that stand as the command's own arguments.
    pub fn paths(&self, argument: &str) -> Result<Vec<&Path>, Error> {
        let paths: Vec<&Path> =
            self.given.many::<PathBuf>(argument).into_iter().flatten().map(PathBuf::as_path).collect();
        for path in &paths {
            misplaced::check_path(&format!("the value of {argument}"), path.as_os_str())?;
        }
        Ok(paths)
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
