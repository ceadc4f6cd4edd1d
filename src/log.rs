//! What is being done, for `--verbose` and `JWT_CREDENTIAL_LOG`. Callers swallow standard error, so the log
//! may go to a file. Never a secret, a key, an assertion or a token: nothing that holds one can be formatted.

use std::cell::RefCell;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use crate::error::printable;
use crate::{clock, sys};

/// Where the account of a call goes: standard error, a file, both, or nowhere.
#[derive(Default)]
pub struct Log {
    to_stderr: bool,
    file: Option<RefCell<File>>,
}

impl Log {
    /// Opens the log. A file that cannot be opened is no reason to fail: the call goes on without it.
    pub fn open(to_stderr: bool, file: Option<&Path>) -> Self {
        let mut log = Self { to_stderr, file: None };
        match file.map(|path| if path.is_absolute() { sys::open_to_append(path) } else { Err(not_absolute()) }) {
            Some(Ok(file)) => log.file = Some(RefCell::new(file)),
            Some(Err(error)) => warning(&format!("JWT_CREDENTIAL_LOG cannot be written to: {error}")),
            None => {}
        }
        log
    }

    /// Says one line on standard error in any case. For what costs every call and would otherwise never be noticed.
    pub fn warn_always(&self, line: impl AsRef<str>) {
        if !self.to_stderr {
            warning(line.as_ref());
        }
        self.say(line);
    }

    /// Whether `--verbose` was given.
    pub fn is_verbose(&self) -> bool {
        self.to_stderr
    }

    /// Says one line that a person at a terminal should see in any case. Elsewhere standard error stays silent on
    /// success: some callers merge it with the answer.
    pub fn warn(&self, line: impl AsRef<str>) {
        if !self.to_stderr && io::stderr().is_terminal() {
            warning(line.as_ref());
        }
        self.say(line);
    }

    /// Says one line. A full disk or a closed stream loses the line and nothing else.
    pub fn say(&self, line: impl AsRef<str>) {
        self.say_with(|| line);
    }

    /// The same with a line that is made only where somebody listens.
    pub fn say_with<L: AsRef<str>>(&self, line: impl FnOnce() -> L) {
        // Most calls have no listener, and print a cached token.
        if !self.to_stderr && self.file.is_none() {
            return;
        }
        let line = printable(line().as_ref());
        if self.to_stderr {
            let _ = writeln!(io::stderr(), "jwt-credential: {line}");
        }
        if let Some(file) = &self.file {
            let line = format!("{} [{}] {line}\n", clock::rfc3339(clock::now().wall_ms), std::process::id());
            let _ = file.borrow_mut().write_all(line.as_bytes());
        }
    }
}

fn warning(line: &str) {
    let _ = writeln!(io::stderr(), "jwt-credential: warning: {}", printable(line));
}

fn not_absolute() -> io::Error {
    io::Error::other("it must be an absolute path")
}
