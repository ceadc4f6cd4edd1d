//! Name look-ups, and sockets on this machine.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

pub type LocalSocket = UnixStream;

/// Connects to a Unix socket without waiting: one with a full queue would make connect(2) wait for ever.
pub fn connect_local(path: &Path) -> io::Result<LocalSocket> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    connect(&socket, &SocketAddrUnix::new(path)?)?;
    let socket = UnixStream::from(socket);
    socket.set_nonblocking(false)?;
    Ok(socket)
}

/// Whether an error says that a name was not found. getaddrinfo(3) has error codes of its own, which std reports without a
/// code of the operating system.
pub fn is_lookup_failure(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}
