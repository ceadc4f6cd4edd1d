use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A socket of any kind.
pub trait Socket: Read + Write {
    /// Sets how long a read or a write may wait.
    fn set_limits(&self, limit: Duration) -> io::Result<()>;
}

impl Socket for TcpStream {
    fn set_limits(&self, limit: Duration) -> io::Result<()> {
        self.set_read_timeout(Some(limit))?;
        self.set_write_timeout(Some(limit))
    }
}
