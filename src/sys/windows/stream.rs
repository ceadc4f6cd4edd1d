//! Reads with a time limit, and writes.

use std::io::{self, Read, Stdin, Write as _};
use std::marker::PhantomData;
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

type Piece = io::Result<Zeroizing<Vec<u8>>>;

/// A stream whose reads fail with [`io::ErrorKind::TimedOut`] after a time. Windows cannot wait for a pipe, so that a thread
/// reads it. The thread of a stream that never ends goes on until the process ends.
pub struct TimedReader<F> {
    pieces: Receiver<Piece>,
    /// What has arrived and was not taken yet.
    piece: Zeroizing<Vec<u8>>,
    taken: usize,
    end: Option<Instant>,
    stream: PhantomData<F>,
}

impl<F: Read + Send + 'static> TimedReader<F> {
    /// Reads until this time, or without a limit.
    pub fn new(mut stream: F, end: Option<Instant>) -> Self {
        const PIECE: usize = 4096;
        let (sender, pieces) = sync_channel(1);
        let read = move || {
            loop {
                let mut bytes = Zeroizing::new(vec![0; PIECE]);
                let piece = match stream.read(&mut bytes) {
                    Ok(0) => return,
                    Ok(length) => {
                        bytes.truncate(length);
                        Ok(bytes)
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    // The writer has closed the pipe.
                    Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return,
                    Err(error) => Err(error),
                };
                let is_last = piece.is_err();
                if sender.send(piece).is_err() || is_last {
                    return;
                }
            }
        };
        // Without a thread, the first read finds the end.
        let _ = std::thread::Builder::new().spawn(read);
        Self { pieces, piece: Zeroizing::default(), taken: 0, end, stream: PhantomData }
    }

    pub fn set_end(&mut self, end: Instant) {
        self.end = Some(end);
    }

    fn next_piece(&self) -> Piece {
        const FOREVER: Duration = Duration::from_secs(u32::MAX as u64);
        let left = self.end.map_or(FOREVER, |end| end.saturating_duration_since(Instant::now()));
        match self.pieces.recv_timeout(left) {
            Ok(piece) => piece,
            Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
            Err(RecvTimeoutError::Disconnected) => Ok(Zeroizing::default()),
        }
    }
}

impl<F: Read + Send + 'static> Read for TimedReader<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() {
            self.piece = self.next_piece()?;
            self.taken = 0;
        }
        let length = (&self.piece[self.taken..]).read(buffer)?;
        self.taken += length;
        Ok(length)
    }
}

/// Standard input with a time limit.
pub type Input = TimedReader<Stdin>;

pub fn stdin_until(end: Instant) -> Input {
    TimedReader::new(io::stdin(), Some(end))
}

/// Whether what is written to standard output is lost. No safe call tells NUL from a console here.
pub fn is_stdout_null() -> bool {
    false
}

/// Writes everything to standard output. It waits for its reader, as for every program: Windows has no time limit here.
pub fn write_stdout_until(bytes: &[u8], _: Instant) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        writer.write_all(b"more than eight").unwrap();
        reader.set_end(Instant::now() + Duration::from_secs(60));
        assert_eq!((reader.read(&mut buffer).unwrap(), reader.read(&mut buffer).unwrap()), (8, 7));
        drop(writer);
        assert_eq!(reader.read(&mut buffer).unwrap(), 0);
    }
}
