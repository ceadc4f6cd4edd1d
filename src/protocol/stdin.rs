//! What a calling tool writes to standard input. The tool may never close it, so every read is limited in size and time.

use std::io::{self, BufRead as _, BufReader, Read, Take};
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use crate::error::{Error, Kind};
use crate::sys::{self, Input};

/// The longest request that a tool makes: one line of git's is shorter than this (git-credential(1)).
const LARGEST: usize = 64 * 1024;
/// The longest conversation of several requests.
const LONGEST: usize = 2 * LARGEST;
/// How long a tool may take for each request.
const PATIENCE: Duration = Duration::from_secs(5);

pub struct Stdin {
    input: BufReader<Input>,
    /// How many bytes the requests so far had.
    taken: usize,
    /// When the call times out.
    end: Instant,
}

impl Stdin {
    /// Each request is read within 5 s, or within the time that remains for the call.
    pub fn within(remaining: Duration) -> Self {
        let end = Instant::now() + remaining;
        Self { input: BufReader::new(sys::stdin_until(end)), taken: 0, end }
    }

    /// The next line without its end; `None` at the end of the input.
    pub fn line(&mut self) -> Result<Option<String>, Error> {
        let mut line = Vec::new();
        self.request().read_until(b'\n', &mut line).map_err(|error| unread(&error))?;
        self.count(line.len())?;
        Ok((!line.is_empty()).then(|| text(line.strip_suffix(b"\n").unwrap_or(&line))))
    }

    /// All that is left.
    pub fn rest(&mut self) -> Result<String, Error> {
        let mut rest = Vec::new();
        self.request().read_to_end(&mut rest).map_err(|error| unread(&error))?;
        self.count(rest.len())?;
        Ok(text(&rest))
    }

    /// One JSON object. Nothing after its last brace is read, since its writer may keep the pipe open.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T, Error> {
        let mut request = self.request();
        let value = T::deserialize(&mut serde_json::Deserializer::from_reader(&mut request));
        let length = LARGEST + 1 - usize::try_from(request.limit()).unwrap_or(0);
        self.count(length)?;
        value.map_err(
            |error| if error.is_io() { unread(&error.into()) } else { failed("it is not what the tool sends") },
        )
    }

    /// The input of one request. A longer one ends a byte after the limit.
    fn request(&mut self) -> Take<&mut BufReader<Input>> {
        self.input.get_mut().set_end(self.end.min(Instant::now() + PATIENCE));
        self.input.by_ref().take(LARGEST as u64 + 1)
    }

    fn count(&mut self, length: usize) -> Result<(), Error> {
        self.taken += length;
        if length > LARGEST {
            Err(failed("it is larger than 64 KiB"))
        } else if self.taken > LONGEST {
            Err(failed("it is larger than 128 KiB in all"))
        } else {
            Ok(())
        }
    }
}

/// A path that is not UTF-8 is no reason to fail. A server's name with a replacement character is rejected later.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn unread(error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::TimedOut => failed("it did not end in time"),
        _ => failed(&error.to_string()),
    }
}

fn failed(what: &str) -> Error {
    Error::new(Kind::Usage, format!("the request on standard input cannot be read: {what}"))
}
