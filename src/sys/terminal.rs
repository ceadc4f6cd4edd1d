//! Questions to the user at the terminal.

use std::io::{self, ErrorKind, IsTerminal as _, Read as _, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::{HiddenInput, Tty, foreground_terminal, is_interrupted, read_terminal, terminal_input};
use crate::error::{Error, Kind, printable};
use crate::secret::{self, Secret};

/// The longest line that a terminal returns.
const LONGEST: usize = 4096;

/// The terminal that this process belongs to.
pub struct Terminal(Tty);

impl Terminal {
    /// Opens it if the user would see a question: standard error is a terminal, and this process is its foreground job.
    pub fn open() -> Option<Self> {
        let is_seen = io::stderr().is_terminal();
        is_seen.then(foreground_terminal).flatten().map(Self)
    }

    /// Standard input for a program that asks the user.
    pub fn input(&self) -> Stdio {
        terminal_input(&self.0)
    }

    /// Writes text without adding a line break.
    pub fn say(&self, text: &str) -> Result<(), Error> {
        let lines: Vec<String> = text.split('\n').map(printable).collect();
        (&self.0).write_all(lines.join("\n").as_bytes()).map_err(|error| failed(&error))
    }

    /// Asks for a line, without a time limit. `None`: the user ended the input.
    pub fn ask(&self, question: &str) -> Result<Option<String>, Error> {
        self.say(question)?;
        let line = self.line(None, None)?;
        Ok(line.map(|line| line.reveal().trim().to_owned()))
    }

    /// Asks for a line that is not shown. `wait` limits the time.
    pub fn ask_hidden(&self, question: &str, wait: Option<Duration>) -> Result<Option<Secret>, Error> {
        let hidden = HiddenInput::start(&self.0).map_err(|error| failed(&error))?;
        self.say(question)?;
        let line = self.line(Some(&hidden), wait)?;
        hidden.answered();
        Ok(line)
    }

    fn line(&self, hidden: Option<&HiddenInput>, wait: Option<Duration>) -> Result<Option<Secret>, Error> {
        let mut input = read_terminal(&self.0, wait.map(|wait| Instant::now() + wait));
        let mut piece = Zeroizing::new([0; 256]);
        let mut bytes = secret::buffer((LONGEST + piece.len()) as u64);
        while bytes.last() != Some(&b'\n') && bytes.len() < LONGEST {
            if is_interrupted(&self.0, hidden) {
                return self.broken_off(Err(Error::new(Kind::Interrupted, "interrupted")));
            }
            match input.read(&mut *piece) {
                Ok(0) if bytes.is_empty() => return self.broken_off(Ok(None)),
                Ok(0) => break,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::TimedOut => return self.broken_off(Err(too_slow(wait.unwrap_or_default()))),
                    _ => return Err(failed(&error)),
                },
            }
        }
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Error::new(Kind::Usage, "what was typed is not UTF-8 text"))?;
        Ok(Some(Secret::new(text.trim_end_matches(['\r', '\n']).to_owned())))
    }

    /// Ends the line on the screen, since the user did not.
    fn broken_off<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        self.say("\n")?;
        outcome
    }
}

fn failed(error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("the terminal cannot be asked: {error}"))
}

fn too_slow(wait: Duration) -> Error {
    let tenths = u64::try_from(wait.as_millis().div_ceil(100)).unwrap_or(u64::MAX);
    let wait = humantime::format_duration(Duration::from_millis(tenths.saturating_mul(100)));
    Error::new(Kind::Setup, format!("no answer within {wait}, the part of --timeout that is for it"))
        .hint("--timeout 60s (JWT_CREDENTIAL_TIMEOUT) leaves longer; or give the profile a \"passphrase\" by reference")
}
