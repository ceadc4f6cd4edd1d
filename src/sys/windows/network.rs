//! Name look-ups, and sockets on this machine.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Duration;

/// A Unix socket, which std does not have here: there is never one.
pub enum LocalSocket {}

impl LocalSocket {
    pub fn set_read_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        match *self {}
    }

    pub fn set_write_timeout(&self, _: Option<Duration>) -> io::Result<()> {
        match *self {}
    }
}

impl Read for LocalSocket {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        match *self {}
    }
}

impl Write for LocalSocket {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        match *self {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match *self {}
    }
}

pub fn connect_local(_: &Path) -> io::Result<LocalSocket> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets are not supported on Windows"))
}

/// `WSAHOST_NOT_FOUND`, `WSATRY_AGAIN`, `WSANO_RECOVERY`, `WSANO_DATA`.
const NOT_FOUND: [i32; 4] = [11001, 11002, 11003, 11004];

/// Whether an error says that a name was not found.
pub fn is_lookup_failure(error: &io::Error) -> bool {
    error.raw_os_error().is_none_or(|code| NOT_FOUND.contains(&code))
}
