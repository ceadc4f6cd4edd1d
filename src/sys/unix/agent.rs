//! The user's ssh-agent.

use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use super::TimedReader;

/// A longer answer is no signature.
const LONGEST: usize = 64 * 1024;

/// Sends one message to the agent at this socket, and returns its answer. Both begin with their length.
pub fn ask_ssh_agent(socket: &Path, request: &[u8], wait: Duration) -> io::Result<Vec<u8>> {
    let end = Instant::now() + wait;
    let mut stream = UnixStream::connect(socket)?;
    stream.set_write_timeout(Some(wait.max(Duration::from_millis(1))))?;
    let length = u32::try_from(request.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    stream.write_all(&[&length.to_be_bytes(), request].concat())?;
    let mut stream = TimedReader::new(stream, Some(end));
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|length| *length <= LONGEST);
    let mut answer = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    stream.read_exact(&mut answer)?;
    Ok(answer)
}
