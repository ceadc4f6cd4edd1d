//! The person at the terminal, who is asked only where there is one.

use std::cell::Cell;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};
use zeroize::Zeroizing;

use crate::clock;
use crate::error::{Error, Kind, printable};
use crate::secret::Secret;

/// The terminal that this process belongs to.
pub struct Terminal(File);

impl Terminal {
    /// Opens it, if somebody sees what is asked: standard error goes to a terminal, and this is its foreground job.
    #[must_use]
    pub fn open() -> Option<Self> {
        if !isatty(io::stderr()) {
            return None;
        }
        let tty = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        // A job in the background would be stopped by its first word.
        (tcgetpgrp(&tty).ok()? == getpgrp()).then_some(Self(tty))
    }

    /// Says something, and nothing else may follow on the line.
    pub fn say(&self, text: &str) -> Result<(), Error> {
        let lines: Vec<String> = text.split('\n').map(printable).collect();
        (&self.0).write_all(lines.join("\n").as_bytes()).map_err(|error| failed(&error))
    }

    /// Asks for a line, however long it takes; `None` where the person ended the input.
    pub fn ask(&self, question: &str) -> Result<Option<String>, Error> {
        self.say(question)?;
        let line = self.line(None, &AtomicBool::new(false))?;
        Ok(line.map(|line| line.trim().to_owned()))
    }

    /// Asks for a line that does not appear on the screen. `wait` bounds it.
    pub fn ask_hidden(&self, question: &str, wait: Option<Duration>) -> Result<Option<Secret>, Error> {
        let signals = Signals::watched().map_err(|error| failed(&error))?;
        let silent = Silent::new(&self.0, signals).map_err(|error| failed(&error.into()))?;
        self.say(question)?;
        let line = self.line(wait, &signals.came)?;
        silent.is_answered.set(true);
        Ok(line.map(|line| Secret::new(line.trim_end_matches(['\r', '\n']).to_owned())))
    }

    fn line(&self, wait: Option<Duration>, interrupted: &AtomicBool) -> Result<Option<Zeroizing<String>>, Error> {
        let end = wait.map(|wait| Instant::now() + wait);
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST));
        while bytes.last() != Some(&b'\n') && bytes.len() < LONGEST {
            if interrupted.load(Ordering::SeqCst) {
                return self.broken_off(Err(Error::new(Kind::Interrupted, "interrupted")));
            }
            let left = end.map(|end| end.saturating_duration_since(Instant::now()));
            let left = left.map(Timespec::try_from).transpose().unwrap_or_default();
            match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], left.as_ref()) {
                Ok(0) => return self.broken_off(Err(too_slow(wait.unwrap_or_default()))),
                Err(Errno::INTR) => continue,
                ready => ready.map_err(|error| failed(&error.into()))?,
            };
            let mut piece = Zeroizing::new([0; 256]);
            match rustix::io::read(&self.0, &mut piece[..]) {
                Ok(0) if bytes.is_empty() => return self.broken_off(Ok(None)),
                Ok(0) => break,
                Ok(read) => bytes.extend_from_slice(&piece[..read]),
                Err(Errno::INTR) => {}
                Err(error) => return Err(failed(&error.into())),
            }
        }
        let text =
            std::str::from_utf8(&bytes).map_err(|_| Error::new(Kind::Usage, "what was typed is not UTF-8 text"))?;
        Ok(Some(Zeroizing::new(text.to_owned())))
    }

    /// Ends the line that the person did not end.
    fn broken_off<T>(&self, outcome: Result<T, Error>) -> Result<T, Error> {
        self.say("\n")?;
        outcome
    }
}

/// The passphrase of a private key, from the person at the terminal; `None` where nobody can be asked.
pub fn passphrase(place: &str, wait: Duration) -> Result<Option<Secret>, Error> {
    let Some(terminal) = Terminal::open() else { return Ok(None) };
    let secret = terminal.ask_hidden(&format!("jwt-credential: passphrase of {place}: "), Some(wait))?;
    Ok(secret.filter(|secret| !secret.reveal().is_empty()))
}

/// The longest line that a terminal hands over.
const LONGEST: usize = 4096;

/// The signals that end a program: they must not leave a terminal behind that shows nothing.
struct Signals {
    /// Whether they end it at once, as they would without us.
    end_at_once: Arc<AtomicBool>,
    came: Arc<AtomicBool>,
}

impl Signals {
    /// Watched once and for all: what was registered cannot be taken back to the default.
    fn watched() -> io::Result<&'static Self> {
        static WATCHED: OnceLock<Signals> = OnceLock::new();
        if let Some(watched) = WATCHED.get() {
            return Ok(watched);
        }
        let signals = Self { end_at_once: Arc::new(AtomicBool::new(true)), came: Arc::default() };
        for signal in [SIGINT, SIGQUIT, SIGTERM, SIGHUP] {
            signal_hook::flag::register_conditional_default(signal, signals.end_at_once.clone())?;
            signal_hook::flag::register(signal, signals.came.clone())?;
        }
        // Ctrl-Z would leave the shell with a terminal that shows nothing: it is passed over meanwhile.
        signal_hook::flag::register_conditional_default(SIGTSTP, signals.end_at_once.clone())?;
        Ok(WATCHED.get_or_init(|| signals))
    }
}

/// A terminal that does not show what is typed, until this is dropped.
struct Silent<'a> {
    tty: &'a File,
    before: Termios,
    signals: &'static Signals,
    /// What was typed of an answer that was not ended must not reach whoever reads the terminal next.
    is_answered: Cell<bool>,
}

impl<'a> Silent<'a> {
    fn new(tty: &'a File, signals: &'static Signals) -> Result<Self, Errno> {
        let before = tcgetattr(tty)?;
        signals.end_at_once.store(false, Ordering::SeqCst);
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        silent.local_modes.insert(LocalModes::ECHONL);
        let quiet = Self { tty, before, signals, is_answered: Cell::new(false) };
        tcsetattr(tty, OptionalActions::Drain, &silent)?;
        Ok(quiet)
    }
}

impl Drop for Silent<'_> {
    fn drop(&mut self) {
        let action = if self.is_answered.get() { OptionalActions::Drain } else { OptionalActions::Flush };
        let _ = tcsetattr(self.tty, action, &self.before);
        self.signals.end_at_once.store(true, Ordering::SeqCst);
    }
}

fn failed(error: &io::Error) -> Error {
    Error::new(Kind::Other, format!("the terminal cannot be asked: {error}"))
}

fn too_slow(wait: Duration) -> Error {
    let wait = clock::spoken(Duration::from_millis(clock::millis(wait).div_ceil(100) * 100));
    Error::new(Kind::Setup, format!("no answer within {wait}, the part of --timeout that is for it"))
        .hint("--timeout 60s (JWT_CREDENTIAL_TIMEOUT) leaves longer; or give the profile a \"passphrase\" by reference")
}
