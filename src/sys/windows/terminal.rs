//! The console as a device: questions, and input that is not shown.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use zeroize::Zeroizing;

/// More than the longest line that is asked for.
const ROOM: usize = 16 * 1024;

/// The console of this process. Standard error is a console too, and std writes UTF-8 to it.
#[derive(Default)]
pub struct Tty {
    is_hidden: AtomicBool,
    is_interrupted: AtomicBool,
}

impl Write for &Tty {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        io::stderr().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// The console of this process, if it has one. Windows has no jobs in the background.
pub fn foreground_terminal() -> Option<Tty> {
    File::options().read(true).write(true).open("CONIN$").ok().map(|_| Tty::default())
}

/// The console as a program's standard input.
pub fn terminal_input(_: &Tty) -> Stdio {
    File::options().read(true).open("CONIN$").map_or_else(|_| Stdio::null(), Stdio::from)
}

/// Whether the user pressed Ctrl-C.
pub fn is_interrupted(tty: &Tty, _: Option<&HiddenInput>) -> bool {
    tty.is_interrupted.load(Ordering::SeqCst)
}

/// A console that does not show what the user types, until this is dropped.
pub struct HiddenInput<'a> {
    tty: &'a Tty,
    /// From before the question: what the user types early is not shown either.
    _raw: RawMode,
    is_answered: bool,
}

impl<'a> HiddenInput<'a> {
    pub fn start(tty: &'a Tty) -> io::Result<Self> {
        let raw = RawMode::start()?;
        tty.is_hidden.store(true, Ordering::SeqCst);
        Ok(Self { tty, _raw: raw, is_answered: false })
    }

    /// Keeps the input after the answer for the next reader. Without an answer, pending input is discarded: it may be the
    /// start of a secret.
    pub fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for HiddenInput<'_> {
    fn drop(&mut self) {
        self.tty.is_hidden.store(false, Ordering::SeqCst);
        while !self.is_answered && event::poll(Duration::ZERO).is_ok_and(|is_there| is_there) && event::read().is_ok() {
        }
    }
}

/// Reads what the user types, until this time or without a limit.
pub fn read_terminal(tty: &Tty, end: Option<Instant>) -> LineReader<'_> {
    LineReader { tty, end, line: Zeroizing::default(), taken: 0 }
}

/// One line. The console cannot limit the time of a line, but that of a key.
pub struct LineReader<'a> {
    tty: &'a Tty,
    end: Option<Instant>,
    line: Zeroizing<Vec<u8>>,
    taken: usize,
}

impl Read for LineReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.line.is_empty() {
            self.line = self.tty.line(self.end)?;
        }
        let length = (&self.line[self.taken..]).read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

impl Tty {
    /// A line with its end; nothing after Ctrl-Z, which ends the input.
    fn line(&self, end: Option<Instant>) -> io::Result<Zeroizing<Vec<u8>>> {
        let is_hidden = self.is_hidden.load(Ordering::SeqCst);
        let _raw = if is_hidden { None } else { Some(RawMode::start()?) };
        let mut line = Zeroizing::new(String::with_capacity(ROOM));
        loop {
            let key = next_key(end)?;
            let is_control =
                key.modifiers.contains(KeyModifiers::CONTROL) && !key.modifiers.contains(KeyModifiers::ALT);
            match key.code {
                KeyCode::Enter => {
                    line.push('\n');
                    self.echo("\r\n", true)?;
                    return Ok(Zeroizing::new(line.as_bytes().to_vec()));
                }
                KeyCode::Char('c') if is_control => {
                    self.is_interrupted.store(true, Ordering::SeqCst);
                    return Err(io::ErrorKind::Interrupted.into());
                }
                KeyCode::Char('z' | 'd') if is_control && line.is_empty() => return Ok(Zeroizing::default()),
                KeyCode::Char(typed) if !is_control && line.len() < ROOM - 8 => {
                    line.push(typed);
                    self.echo(typed.encode_utf8(&mut [0; 4]), false)?;
                }
                KeyCode::Backspace if line.pop().is_some() => self.echo("\u{8} \u{8}", false)?,
                _ => {}
            }
        }
    }

    fn echo(&self, text: &str, always: bool) -> io::Result<()> {
        if always || !self.is_hidden.load(Ordering::SeqCst) {
            let mut screen = self;
            screen.write_all(text.as_bytes())?;
        }
        Ok(())
    }
}

fn next_key(end: Option<Instant>) -> io::Result<KeyEvent> {
    const LONG: Duration = Duration::from_secs(3600);
    loop {
        let left = end.map_or(LONG, |end| end.saturating_duration_since(Instant::now()));
        if !event::poll(left)? {
            if end.is_some() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            continue;
        }
        if let Event::Key(key) = event::read()?
            && key.kind != KeyEventKind::Release
        {
            return Ok(key);
        }
    }
}

/// A console that returns each key as it is pressed, Ctrl-C included, until this is dropped.
struct RawMode;

impl RawMode {
    fn start() -> io::Result<Self> {
        enable_raw_mode().map(|()| Self)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        let _ = disable_raw_mode();
    }
}
