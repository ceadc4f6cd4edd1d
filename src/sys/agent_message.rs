//! The framing of an ssh-agent's messages, on whatever stream it listens.

use std::io::{self, Read};

/// A longer answer is no signature.
const LONGEST: usize = 64 * 1024;

/// A message as it is sent: it begins with its length.
pub(super) fn framed(message: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(message.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    Ok([&length.to_be_bytes(), message].concat())
}

/// Reads one message.
pub(super) fn read_framed(mut stream: impl Read) -> io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length)?;
    let length = usize::try_from(u32::from_be_bytes(length)).ok().filter(|length| *length <= LONGEST);
    let mut message = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    stream.read_exact(&mut message)?;
    Ok(message)
}
