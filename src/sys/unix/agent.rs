//! The user's ssh-agent, which listens at a socket.

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::TimedReader;
use super::network::connect_at_once;
use crate::sys::agent_message::{framed, read_framed};

const PAUSE: Duration = Duration::from_millis(20);

/// A stopped agent's queue stays full; that of an agent which many callers ask gets free again.
fn connect_until(socket: &Path, end: Instant) -> io::Result<UnixStream> {
    loop {
        match connect_at_once(socket) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock && Instant::now() < end => thread::sleep(PAUSE),
            outcome => return outcome,
        }
    }
}

/// Sends one message to the agent at this socket, and returns its answer.
pub fn ask_ssh_agent(socket: &Path, request: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let end = Instant::now() + wait;
    let mut stream = connect_until(socket, end)?;
    let left = end.saturating_duration_since(Instant::now());
    stream.set_write_timeout(Some(left.max(Duration::from_millis(1))))?;
    stream.write_all(&framed(request)?)?;
    read_framed(TimedReader::new(stream, Some(end)))
}
