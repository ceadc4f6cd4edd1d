//! What a caller asks: options, arguments, the deadline, and where the answer goes.

use std::any::Any;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ArgMatches;
use clap::parser::ValuesRef;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::clock::Moment;
use crate::command_spec::CommandSpec;
use crate::deadline::Deadline;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::misplaced;

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
    pub began: Moment,
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

    /// The paths that stand as the command's own arguments.
    pub fn paths(&self, argument: &str) -> Result<Vec<&Path>, Error> {
        let paths: Vec<&Path> = self.many::<PathBuf>(argument).map(PathBuf::as_path).collect();
        for path in &paths {
            misplaced::check_path(&format!("the value of {argument}"), path.as_os_str())?;
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

/// Writes to standard output, whole. The deadline bounds a non-blocking one; a pipe that blocks does so as long as
/// its reader likes, as for every program.
pub fn write_within(answer: &str, deadline: &Deadline) -> Result<(), Error> {
    // std's own would be given a buffer, for nothing.
    let stdout = rustix::stdio::stdout();
    let mut left = answer.as_bytes();
    let unwritten =
        |error: Errno| Error::new(Kind::Output, format!("the answer could not be written to standard output: {error}"));
    while !left.is_empty() {
        match rustix::io::write(stdout, left) {
            Ok(written) => left = &left[written..],
            Err(Errno::INTR) => {}
            // A non-blocking pipe, as node hands them on: wait for its reader as long as the call may last.
            Err(Errno::AGAIN) => {
                let wait = Timespec::try_from(deadline.remaining()).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
                let mut ready = [PollFd::new(&stdout, PollFlags::OUT)];
                match poll(&mut ready, Some(&wait)) {
                    Ok(0) => return Err(unwritten(Errno::AGAIN)),
                    Ok(_) | Err(Errno::INTR) => {}
                    Err(error) => return Err(unwritten(error)),
                }
            }
            Err(error) => return Err(unwritten(error)),
        }
    }
    Ok(())
}
