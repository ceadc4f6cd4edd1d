//! The steps of a call, for `--verbose` and `JWT_CREDENTIAL_LOG`. Callers swallow standard error, so the log may go to a
//! file. It never contains a secret, a key, an assertion or a token: no type that holds one can be formatted.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use crate::error::{Error, printable};
use crate::redaction::shown;
use crate::{clock, sys};

#[derive(Default)]
pub struct Log {
    to_stderr: bool,
    /// Whether nothing at all may be written to standard error.
    silent: bool,
    file: Option<File>,
}

impl Log {
    /// Opens the log. The call goes on without a file that cannot be opened.
    pub fn open(to_stderr: bool, silent: bool, file: Option<&Path>) -> Self {
        let not_absolute = || Err(io::Error::other("it must be an absolute path"));
        let opened = file.map(|path| if path.is_absolute() { sys::open_to_append(path) } else { not_absolute() });
        let path = file.map_or(Cow::Borrowed(""), Path::to_string_lossy);
        let warn = |error: &io::Error| {
            if !silent {
                warning(&format!("the log {} in JWT_CREDENTIAL_LOG cannot be written to: {error}", shown(&path)));
            }
        };
        Self { to_stderr: to_stderr && !silent, silent, file: opened.and_then(|opened| opened.inspect_err(warn).ok()) }
    }

    /// The same log for a request, which may have a `--verbose` of its own.
    pub fn of_request(&self, to_stderr: bool) -> Self {
        let file = self.file.as_ref().and_then(|file| file.try_clone().ok());
        Self { to_stderr: to_stderr || self.to_stderr, silent: self.silent, file }
    }

    /// Whether `--verbose` was given.
    pub fn is_verbose(&self) -> bool {
        self.to_stderr
    }

    /// Logs a line, and always shows it on standard error: it is about a cost of every call that the user would not notice.
    pub fn warn_always(&self, line: impl AsRef<str>) {
        if !self.to_stderr && !self.silent {
            warning(line.as_ref());
        }
        self.say(line);
    }

    /// Shows an error that is not the program's last word.
    pub fn fail(&self, error: &Error) {
        if !self.silent {
            let _ = io::stderr().write_all(error.lines().as_bytes());
        }
    }

    /// Logs a line, and shows it if standard error is a terminal. Some callers merge standard error with the answer, so it
    /// stays silent there on success.
    pub fn warn(&self, line: impl AsRef<str>) {
        if io::stderr().is_terminal() { self.warn_always(line) } else { self.say(line) }
    }

    /// Logs a line. A full disk or a closed stream loses the line and nothing else.
    pub fn say(&self, line: impl AsRef<str>) {
        self.say_with(|| line);
    }

    /// The same with a line that is made only if it is logged: most calls log nothing, and print a cached token.
    pub fn say_with<L: AsRef<str>>(&self, line: impl FnOnce() -> L) {
        if !self.to_stderr && self.file.is_none() {
            return;
        }
        let line = printable(line().as_ref());
        if self.to_stderr {
            let _ = writeln!(io::stderr(), "jwt-credential: {line}");
        }
        if let Some(mut file) = self.file.as_ref() {
            let line = format!("{} [{}] {line}\n", clock::rfc3339(clock::now().wall_ms), std::process::id());
            let _ = file.write_all(line.as_bytes());
        }
    }
}

fn warning(line: &str) {
    let _ = writeln!(io::stderr(), "jwt-credential: warning: {}", printable(line));
}
