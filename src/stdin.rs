//! What a calling tool writes to us. Its end may never come, so that every reading is bounded in size and time.

use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

use crate::error::{Error, Kind};

/// The longest request that a tool makes: one line of git's is shorter than this (git-credential(1)).
const LARGEST: usize = 64 * 1024;
/// How long a tool may think.
const PATIENCE: Duration = Duration::from_secs(5);

/// Standard input.
pub struct Stdin {
    buffer: Vec<u8>,
    end: Instant,
}

impl Stdin {
    /// Standard input, which is read within 5 s, or in less where the call must be over.
    #[must_use]
    pub fn within(remaining: Duration) -> Self {
        Self { buffer: Vec::new(), end: Instant::now() + remaining.min(PATIENCE) }
    }

    /// The next line without its end; `None` where there is none.
    pub fn line(&mut self) -> Result<Option<String>, Error> {
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=searched + at).collect();
                return text(line.strip_suffix(b"\n").unwrap_or(&line)).map(Some);
            }
            searched = self.buffer.len();
            if !self.read()? {
                let rest = std::mem::take(&mut self.buffer);
                return if rest.is_empty() { Ok(None) } else { text(&rest).map(Some) };
            }
        }
    }

    /// All that is left.
    pub fn rest(&mut self) -> Result<String, Error> {
        while self.read()? {}
        text(&std::mem::take(&mut self.buffer))
    }

    /// Reads a piece; `false` at the end.
    fn read(&mut self) -> Result<bool, Error> {
        let stdin = std::io::stdin();
        loop {
            let left = self.end.saturating_duration_since(Instant::now());
            let left = Timespec::try_from(left).unwrap_or_default();
            let mut piece = [0; 4096];
            match poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&left)) {
                Ok(0) => return Err(failed("it did not end in time")),
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(failed(&error.to_string())),
            }
            match rustix::io::read(&stdin, &mut piece) {
                Ok(0) => return Ok(false),
                Ok(read) if self.buffer.len() + read > LARGEST => return Err(failed("it is larger than 64 KiB")),
                Ok(read) => {
                    self.buffer.extend_from_slice(&piece[..read]);
                    return Ok(true);
                }
                Err(Errno::INTR | Errno::AGAIN) => {}
                Err(error) => return Err(failed(&error.to_string())),
            }
        }
    }
}

fn text(bytes: &[u8]) -> Result<String, Error> {
    let text = std::str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text"))?;
    Ok(text.to_owned())
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Usage, format!("the request on standard input cannot be read: {what}"))
}
