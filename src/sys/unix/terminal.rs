//! The terminal as a device: whether this process may ask there, and input that is not shown.

use std::fs::{File, OpenOptions};
use std::io;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use rustix::process::getpgrp;
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcgetpgrp, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP};

use super::stream::TimedReader;

/// A terminal as a device.
pub type Tty = File;

/// The terminal of this process, if this is its foreground job: a job in the background would be stopped when it writes.
pub fn foreground_terminal() -> Option<Tty> {
    let tty = open_terminal()?;
    (tcgetpgrp(&tty).ok()? == getpgrp()).then_some(tty)
}

#[cfg(target_os = "linux")]
fn open_terminal() -> Option<Tty> {
    OpenOptions::new().read(true).write(true).open("/dev/tty").ok()
}

/// macOS cannot poll(2) `/dev/tty`, so that a time limit would not hold. It can poll the device of standard error.
#[cfg(not(target_os = "linux"))]
fn open_terminal() -> Option<Tty> {
    use std::os::unix::ffi::OsStrExt as _;
    let name = rustix::termios::ttyname(io::stderr(), Vec::new()).ok()?;
    let path = std::ffi::OsStr::from_bytes(name.to_bytes());
    OpenOptions::new().read(true).write(true).open(path).ok()
}

/// The terminal as a program's standard input.
pub fn terminal_input(tty: &Tty) -> Stdio {
    tty.try_clone().map_or_else(|_| Stdio::null(), Stdio::from)
}

/// Reads what the user types, until this time or without a limit.
pub fn read_terminal(tty: &Tty, end: Option<Instant>) -> TimedReader<&Tty> {
    TimedReader::new(tty, end)
}

/// Whether a signal came while input was hidden that would have ended the program.
pub fn is_interrupted(_: &Tty, hidden: Option<&HiddenInput>) -> bool {
    hidden.is_some_and(|hidden| hidden.signals.came.load(Ordering::SeqCst))
}

/// A terminal that does not show what the user types, until this is dropped.
pub struct HiddenInput<'a> {
    tty: &'a Tty,
    before: Termios,
    signals: &'static Signals,
    is_answered: bool,
}

impl<'a> HiddenInput<'a> {
    pub fn start(tty: &'a Tty) -> io::Result<Self> {
        let signals = Signals::watched()?;
        let before = tcgetattr(tty)?;
        signals.end_at_once.store(false, Ordering::SeqCst);
        let mut modes = before.clone();
        modes.local_modes.remove(LocalModes::ECHO);
        modes.local_modes.insert(LocalModes::ECHONL);
        let hidden = Self { tty, before, signals, is_answered: false };
        tcsetattr(tty, OptionalActions::Drain, &modes)?;
        Ok(hidden)
    }

    /// Keeps the input after the answer for the next reader of the terminal. Without an answer, pending input is discarded:
    /// it may be the start of a secret.
    pub fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for HiddenInput<'_> {
    fn drop(&mut self) {
        let action = if self.is_answered { OptionalActions::Drain } else { OptionalActions::Flush };
        let _ = tcsetattr(self.tty, action, &self.before);
        self.signals.end_at_once.store(true, Ordering::SeqCst);
    }
}

/// The signals that end a program. While input is hidden they must not, or the terminal would stay in that mode.
struct Signals {
    /// Whether they end the program at once, as they would by default.
    end_at_once: Arc<AtomicBool>,
    came: Arc<AtomicBool>,
}

impl Signals {
    /// Registered once: signal-hook cannot restore the default action.
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
        // Ctrl-Z is ignored meanwhile: the shell would get a terminal that shows no input.
        signal_hook::flag::register_conditional_default(SIGTSTP, signals.end_at_once.clone())?;
        Ok(WATCHED.get_or_init(|| signals))
    }
}
