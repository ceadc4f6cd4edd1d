//! What a calling tool writes to standard input. The tool may never close it, so every read is limited in size and time.

use std::io::{self, ErrorKind, Read as _};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::error::{Error, Kind};
use crate::sys::{self, Input};

/// The longest request that a tool makes: one line of git's is shorter than this (git-credential(1)).
const LARGEST: usize = 64 * 1024;
/// The longest conversation of several requests.
const LONGEST: usize = 2 * LARGEST;
/// How long a tool may think.
const PATIENCE: Duration = Duration::from_secs(5);

/// Standard input.
pub struct Stdin {
    input: Input,
    buffer: Vec<u8>,
    /// How much was read in all.
    taken: usize,
    /// When the call must be over.
    last: Instant,
}

impl Stdin {
    /// Standard input, which is read within 5 s, or in less where the call must be over.
    #[must_use]
    pub fn within(remaining: Duration) -> Self {
        let last = Instant::now() + remaining;
        Self { input: sys::stdin_until(last), buffer: Vec::new(), taken: 0, last }
    }

    /// The next line without its end; `None` where there is none.
    pub fn line(&mut self) -> Result<Option<String>, Error> {
        self.be_patient();
        let mut searched = 0;
        loop {
            if let Some(at) = self.buffer[searched..].iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.buffer.drain(..=searched + at).collect();
                return Ok(Some(text(line.strip_suffix(b"\n").unwrap_or(&line))));
            }
            searched = self.buffer.len();
            if !self.read()? {
                let rest = std::mem::take(&mut self.buffer);
                return Ok((!rest.is_empty()).then(|| text(&rest)));
            }
        }
    }

    /// All that is left.
    pub fn rest(&mut self) -> Result<String, Error> {
        self.be_patient();
        while self.read()? {}
        Ok(text(&std::mem::take(&mut self.buffer)))
    }

    /// One JSON value, whose end is its own: its writer may keep the pipe open.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        self.be_patient();
        loop {
            match serde_json::Deserializer::from_slice(&self.buffer).into_iter().next() {
                Some(Ok(value)) => return Ok(value),
                Some(Err(error)) if !error.is_eof() => return Err(failed("it is not what the tool sends")),
                _ => {}
            }
            if !self.read()? {
                return Err(failed("it is not what the tool sends"));
            }
        }
    }

    /// Another 5 s for the tool, as far as the call has them.
    fn be_patient(&mut self) {
        self.input.set_end(self.last.min(Instant::now() + PATIENCE));
    }

    /// Reads a piece; `false` at the end.
    fn read(&mut self) -> Result<bool, Error> {
        let mut piece = [0; 4096];
        let read = loop {
            match self.input.read(&mut piece) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read.map_err(|error| unread(&error))?,
            }
        };
        if self.buffer.len() + read > LARGEST {
            return Err(failed("it is larger than 64 KiB"));
        }
        if self.taken + read > LONGEST {
            return Err(failed("it is larger than 128 KiB in all"));
        }
        self.taken += read;
        self.buffer.extend_from_slice(&piece[..read]);
        Ok(read > 0)
    }
}

/// A path that is no UTF-8 is no reason to fail; a server's name would be refused with what stands for it.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unread(error: &io::Error) -> Error {
    match error.kind() {
        ErrorKind::TimedOut => failed("it did not end in time"),
        _ => failed(&error.to_string()),
    }
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Usage, format!("the request on standard input cannot be read: {what}"))
}
