//! The user's ssh-agent, which listens at a named pipe.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::sys::agent_message::{framed, read_framed};

/// Sends one message to the agent at this pipe, and returns its answer. A read from a pipe has no time limit, so that a
/// thread does it.
pub fn ask_ssh_agent(pipe: &Path, request: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let (pipe, message) = (pipe.to_owned(), framed(request)?);
    let (sender, receiver) = channel();
    std::thread::spawn(move || sender.send(ask(&pipe, &message)));
    match receiver.recv_timeout(wait) {
        Ok(answer) => answer,
        Err(RecvTimeoutError::Timeout) => Err(io::ErrorKind::TimedOut.into()),
        Err(RecvTimeoutError::Disconnected) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

fn ask(pipe: &Path, message: &[u8]) -> io::Result<Vec<u8>> {
    let mut pipe = File::options().read(true).write(true).open(pipe)?;
    pipe.write_all(message)?;
    read_framed(pipe)
}
