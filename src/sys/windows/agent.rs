//! The user's ssh-agent, which listens at a named pipe.

use std::fs::OpenOptions;
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

/// A longer answer is no signature.
const LONGEST: usize = 64 * 1024;

/// Sends one message to the agent at this pipe, and returns its answer. Both begin with their length. A read from a pipe has
/// no time limit, so that a thread does it.
pub fn ask_ssh_agent(pipe: &Path, request: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let length = u32::try_from(request.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let (pipe, message) = (pipe.to_owned(), [&length.to_be_bytes(), request].concat());
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(ask(&pipe, &message)));
    match receiver.recv_timeout(wait) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

fn ask(pipe: &Path, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut pipe = OpenOptions::new().read(true).write(true).open(pipe)?;
    pipe.write_all(message)?;
    let mut length = [0; 4];
    pipe.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|length| *length <= LONGEST);
    let mut answer = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    pipe.read_exact(&mut answer)?;
    Ok(answer)
}
