//! Name look-ups, and sockets on this machine.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};

use crate::sys::Socket;

impl Socket for UnixStream {
    fn set_limits(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))?;
        self.set_write_timeout(Some(limit))
    }
}

pub fn connect_local(path: &Path) -> io::Result<Box<dyn Socket>> {
    Ok(Box::new(connect_at_once(path)?))
}

/// Connects to a Unix socket without waiting: one with a full queue would make connect(2) wait for ever.
pub(super) fn connect_at_once(path: &Path) -> io::Result<UnixStream> {
    let socket = UnixStream::from(socket(AddressFamily::UNIX, SocketType::STREAM, None)?);
    // macOS has no flags for this in socket(2).
    fcntl_setfd(&socket, FdFlags::CLOEXEC)?;
    socket.set_nonblocking(true)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    socket.set_nonblocking(false)?;
    Ok(socket)
}

/// Whether an error says that a name was not found. getaddrinfo(3) has error codes of its own, which std reports without a
/// code of the operating system.
pub fn is_lookup_failure(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}
