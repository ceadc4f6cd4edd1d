//! Name look-ups, and sockets on this machine.

use std::io;
use std::path::Path;

use crate::sys::Socket;

/// std has no Unix sockets here.
pub fn connect_local(_: &Path) -> io::Result<Box<dyn Socket>> {
    Err(io::Error::new(io::ErrorKind::Unsupported, "Unix sockets are not supported on Windows"))
}

/// `WSAHOST_NOT_FOUND`, `WSATRY_AGAIN`, `WSANO_RECOVERY`, `WSANO_DATA`.
const NOT_FOUND: [i32; 4] = [11001, 11002, 11003, 11004];

/// Whether an error says that a name was not found.
pub fn is_lookup_failure(error: &io::Error) -> bool {
    error.raw_os_error().is_none_or(|code| NOT_FOUND.contains(&code))
}
