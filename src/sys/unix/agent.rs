//! The user's ssh-agent, which listens at a socket.

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use super::TimedReader;
use super::network::connect_at_once;
use crate::sys::agent_message::{framed, read_framed};

/// Sends one message to the agent at this socket, and returns its answer.
pub fn ask_ssh_agent(socket: &Path, request: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let end = Instant::now() + wait;
    let mut stream = connect_at_once(socket)?;
    stream.set_write_timeout(Some(wait.max(Duration::from_millis(1))))?;
    stream.write_all(&framed(request)?)?;
    read_framed(TimedReader::new(stream, Some(end)))
}
