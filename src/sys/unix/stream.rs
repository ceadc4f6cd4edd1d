//! Reads and writes with a time limit.

use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;

/// A stream whose reads fail with [`io::ErrorKind::TimedOut`] after a time. As in std, a signal ends a read with
/// [`io::ErrorKind::Interrupted`], after which std's own loops read again.
pub struct TimedReader<F> {
    stream: F,
    end: Option<Instant>,
}

impl<F: AsFd> TimedReader<F> {
    /// Reads until this time, or without a limit.
    pub fn new(stream: F, end: Option<Instant>) -> Self {
        Self { stream, end }
    }

    pub fn set_end(&mut self, end: Instant) {
        self.end = Some(end);
    }
}

/// Standard input with a time limit.
pub type Input = TimedReader<BorrowedFd<'static>>;

/// Standard input without std's buffer: bytes that are not read here are left for another process.
pub fn stdin_until(end: Instant) -> Input {
    TimedReader::new(rustix::stdio::stdin(), Some(end))
}

impl<F: AsFd> Read for TimedReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            wait(&self.stream, PollFlags::IN, self.end)?;
            match rustix::io::read(&self.stream, &mut *buffer) {
                // Another process has read the bytes that poll(2) saw.
                Err(Errno::AGAIN) => {}
                read => return Ok(read?),
            }
        }
    }
}

/// Whether what is written to standard output is lost: std opens the null device in place of a closed one.
pub fn is_stdout_null() -> bool {
    let (Ok(stdout), Ok(null)) = (rustix::fs::fstat(rustix::stdio::stdout()), rustix::fs::stat("/dev/null")) else {
        return false;
    };
    stdout.st_mode == null.st_mode && stdout.st_rdev == null.st_rdev
}

/// Writes everything to standard output. The time limits a non-blocking stream; a blocking one waits for its reader, as
/// for every program.
pub fn write_stdout_until(mut bytes: &[u8], end: Instant) -> io::Result<()> {
    // `io::stdout` would allocate a buffer.
    let stdout = rustix::stdio::stdout();
    while !bytes.is_empty() {
        let written = match rustix::io::write(stdout, bytes) {
            // A non-blocking pipe, as node passes them on, is full.
            Err(Errno::AGAIN) => wait(stdout, PollFlags::OUT, Some(end)).map(|()| 0),
            written => written.map_err(io::Error::from),
        };
        match written {
            Ok(written) => bytes = &bytes[written..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

fn wait(stream: impl AsFd, event: PollFlags, end: Option<Instant>) -> io::Result<()> {
    let left = end.map(|end| end.saturating_duration_since(Instant::now()));
    let left = left.and_then(|left| Timespec::try_from(left).ok());
    match poll(&mut [PollFd::new(&stream, event)], left.as_ref())? {
        0 => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::time::Duration;

    #[test]
    fn a_read_ends_with_bytes_or_with_its_time() {
        let (reader, mut writer) = io::pipe().unwrap();
        let mut reader = TimedReader::new(reader, Some(Instant::now() + Duration::from_secs(60)));
        let mut buffer = [0; 8];
        writer.write_all(b"bytes").unwrap();
        assert_eq!((reader.read(&mut buffer).unwrap(), &buffer[..5]), (5, &b"bytes"[..]));
        let began = Instant::now();
        reader.set_end(began + Duration::from_millis(50));
        assert_eq!(reader.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!((Duration::from_millis(50)..Duration::from_secs(30)).contains(&began.elapsed()));
        writer.write_all(b"late").unwrap();
        assert_eq!(reader.read(&mut buffer).unwrap(), 4, "bytes that have arrived are read after the time as well");
        drop(writer);
        assert_eq!(reader.read(&mut buffer).unwrap(), 0);
    }
}
