//! Writes the token to a file and keeps it fresh, for tools that read one.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::{Arg, ArgMatches};

use super::{Command, switch};
use crate::call::{Call, Options};
use crate::clock::{self, spoken};
use crate::command_spec::{CommandSpec, Example, argument, example, text};
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::profile_tokens::ProfileTokens;
use crate::protocol::{self, Protocol};
use crate::sys::{AtomicFile, EndSignals};
use crate::tokens::{Credential, NotAllowed, Tokens, Want};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("keep", "Write the token to a file and keep it fresh").with(options).showing(EXAMPLES),
    run,
};

/// The protocols that need no request.
const FORMS: [&str; 12] = [
    "token",
    "json",
    "header",
    "headers",
    "curl",
    "env",
    "postman",
    "aws",
    "kubectl",
    "pnpm",
    "rclone",
    "google-executable",
];
/// The pauses after failures: the first one, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));
/// How often the clock is looked at: a sleep does not notice that the machine slept.
const LOOK: Duration = Duration::from_secs(30);

const EXAMPLES: &[Example] =
    &[example("Write the file once, as a cron job does", "jwt-credential keep --once token.txt")];

fn options() -> Vec<Arg> {
    vec![
        argument("file", "FILE")
            .required(true)
            .value_parser(clap::value_parser!(PathBuf))
            .help("The file, which only you can read; it is replaced at once"),
        text("form", "FORM")
            .value_parser(FORMS)
            .default_value(FORMS[0])
            .help("What is written: the output of this command"),
        switch("once", "Write it once and exit"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let file = call.path("file")?.ok_or_else(|| Error::new(Kind::Usage, "keep has no file to write"))?;
    let name = call.value("form").unwrap_or(FORMS[0]);
    if file == Path::new("-") {
        let failure = Error::new(Kind::Usage, "keep writes to a file, and - is standard output");
        return Err(failure.hint(format!("jwt-credential {name} prints the same")));
    }
    let file = std::path::absolute(file).map_err(|error| unwritten(file, &error))?;
    let form = protocol::ALL.into_iter().find(|row| row.spec.name == name);
    let form = form.ok_or_else(|| Error::new(Kind::Usage, format!("there is no form {name}")))?;
    let keeper = Keeper { call, form, file: &file };
    if call.has("once") {
        return keeper.write(call.options.refresh).map(|_| 0);
    }
    let signals = EndSignals::catch();
    let signals = signals.map_err(|error| Error::new(Kind::Other, format!("signals cannot be caught: {error}")))?;
    keeper.run(&signals.into_channel())
}

struct Keeper<'a> {
    call: &'a Call,
    form: &'static Protocol,
    file: &'a Path,
}

impl Keeper<'_> {
    /// Runs until one of the signals arrives.
    fn run(&self, signals: &Receiver<()>) -> Result<u8, Error> {
        let (mut failures, mut first) = (0, Some(self.write(self.call.options.refresh)));
        loop {
            let wait = match first.take().unwrap_or_else(|| self.renew()) {
                Ok(fresh_for) => {
                    failures = 0;
                    fresh_for.max(PAUSES.0)
                }
                // What is wrong from the start does not get better by itself.
                Err(error) if failures == 0 && !self.file.exists() && error.kind != Kind::Unavailable => {
                    return Err(error);
                }
                Err(error) => {
                    let usual = PAUSES.0.saturating_mul(1 << failures.min(8)).min(PAUSES.1);
                    let pause = usual.max(error.cool_down.unwrap_or_default());
                    self.call.log.warn_always(format!("{}; trying again in {}", error.text, spoken(pause)));
                    failures += 1;
                    pause
                }
            };
            if arrives_within(signals, wait) {
                return Ok(0);
            }
        }
    }

    /// Writes the next token. A refresh that fails while the token is still valid is no error of an ordinary call.
    fn renew(&self) -> Result<Duration, Error> {
        let fresh_for = self.write(false)?;
        if fresh_for.is_zero() { self.write(true) } else { Ok(fresh_for) }
    }

    /// Writes the token, and returns how long it stays fresh.
    fn write(&self, refresh: bool) -> Result<Duration, Error> {
        let round = Call {
            spec: &self.form.spec,
            options: Options { refresh, ..self.call.options.clone() },
            args: ArgMatches::default(),
            rest: None,
            began: clock::now(),
            deadline: self.call.deadline.anew(),
            log: self.call.log.of_request(false),
            tree: self.call.tree,
            captured: Some(RefCell::default()),
        };
        let tokens = ProfileTokens { call: &round, parse_late: no_late_options };
        let tokens = Watched { tokens, fresh_for: Cell::default() };
        (self.form.serve)(&round, &tokens)?;
        let fresh_for = tokens.fresh_for.get();
        let text = round.captured.map(RefCell::into_inner).unwrap_or_default();
        // Readers of a file take a line break for a part of the token.
        let text = if self.form.spec.name == FORMS[0] { text.trim_end() } else { &text };
        AtomicFile::replace(self.file, text.as_bytes()).map_err(|error| unwritten(self.file, &error))?;
        Ok(fresh_for)
    }
}

/// Notes how long the token stays fresh.
struct Watched<'a> {
    tokens: ProfileTokens<'a>,
    fresh_for: Cell<Duration>,
}

impl Tokens for Watched<'_> {
    fn get(&self, want: &Want) -> Result<Result<Credential, NotAllowed>, Error> {
        let got = self.tokens.get(want)?;
        if let Ok(credential) = &got {
            self.fresh_for.set(credential.fresh_for);
        }
        Ok(got)
    }

    fn forget(&self, want: &Want) -> Result<(), Error> {
        self.tokens.forget(want)
    }

    fn servers(&self) -> Result<Vec<Origin>, Error> {
        self.tokens.servers()
    }
}

fn no_late_options(_: &Call, _: &[String]) -> Result<Call, Error> {
    Err(Error::new(Kind::Usage, "a file has no options"))
}

fn unwritten(file: &Path, error: &std::io::Error) -> Error {
    Error::new(Kind::Output, format!("{} could not be written: {error}", file.display()))
}

/// Whether a signal arrives before this time is over, including the time that the machine sleeps.
fn arrives_within(signals: &Receiver<()>, wait: Duration) -> bool {
    let began = clock::now();
    loop {
        let left = wait.saturating_sub(began.elapsed());
        if left.is_zero() {
            return false;
        }
        match signals.recv_timeout(left.min(LOOK)) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_protocol_without_a_request_is_a_form() {
        const WITH_REQUEST: [&str; 9] =
            ["exec", "git", "docker", "cargo", "terraform", "bazel", "go", "keyring", "vault"];
        for row in protocol::ALL {
            let name = row.spec.name;
            assert!(FORMS.contains(&name) != WITH_REQUEST.contains(&name), "{name}");
        }
        assert_eq!(FORMS.len() + WITH_REQUEST.len(), protocol::ALL.len());
    }
}
