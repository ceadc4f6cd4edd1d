//! A connection to a server that speaks another protocol than HTTP. One time limit holds for all that is read and written:
//! a limit for each read would let a server that sends a byte at a time go on for ever.

use std::io::{self, Read, Write};
use std::mem;
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::resolver::look_up;
use super::tls_roots;
use crate::error::Error;
use crate::sys::{self, Socket};

/// The shortest limit that a socket takes.
const SHORTEST: Duration = Duration::from_millis(1);

/// A connection whose reads and writes end at one time.
pub(crate) trait Connection: Read + Write {
    /// Sets when the next reads and writes end.
    fn set_end(&mut self, end: Instant);
}

/// Connects to a host; an IPv6 address is in brackets.
pub(crate) fn plain(host: &str, port: u16, end: Instant) -> io::Result<Box<dyn Connection>> {
    Ok(Box::new(tcp(host, port, end)?))
}

/// Connects with TLS. The system's CAs and those in `ca_file` are trusted.
pub(crate) fn tls(host: &str, port: u16, ca_file: Option<&Path>, end: Instant) -> io::Result<Box<dyn Connection>> {
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned()).map_err(io::Error::other)?;
    let config = tls_config(ca_file, left(end)).map_err(|error| io::Error::other(error.text))?;
    let client = ClientConnection::new(config, name).map_err(io::Error::other)?;
    Ok(Box::new(StreamOwned::new(client, tcp(host, port, end)?)))
}

/// Connects to a Unix socket.
pub(crate) fn local(path: &Path, end: Instant) -> io::Result<Box<dyn Connection>> {
    Ok(Box::new(Limited::new(sys::connect_local(path)?, end)))
}

fn left(end: Instant) -> Duration {
    end.saturating_duration_since(Instant::now())
}

fn tcp(host: &str, port: u16, end: Instant) -> io::Result<Limited> {
    let addresses = look_up(format!("{host}:{port}"), left(end))?.ok_or(io::ErrorKind::TimedOut)?;
    let mut outcome = Err(io::ErrorKind::NotFound.into());
    for address in addresses {
        outcome = TcpStream::connect_timeout(&address, left(end).max(SHORTEST));
        if outcome.is_ok() {
            break;
        }
    }
    let socket: TcpStream = outcome?;
    // A command is sent as a whole, and waits for no other.
    socket.set_nodelay(true)?;
    Ok(Limited::new(Box::new(socket), end))
}

fn tls_config(ca_file: Option<&Path>, wait: Duration) -> Result<Arc<ClientConfig>, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(tls_roots::read(ca_file, wait)?);
    if roots.is_empty() {
        // As for a token endpoint on a system without CAs.
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = config.map_err(|error| Error::new(crate::error::Kind::Other, error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

struct Limited {
    socket: Box<dyn Socket>,
    end: Instant,
    is_over: bool,
}

impl Limited {
    fn new(socket: Box<dyn Socket>, end: Instant) -> Self {
        Self { socket, end, is_over: false }
    }

    /// Gives the socket the time that is left. After the end it gets one more, very short look: a process that was not
    /// scheduled in time takes the answer that has arrived meanwhile.
    fn limit(&mut self) -> io::Result<()> {
        let left = left(self.end);
        if left.is_zero() && mem::replace(&mut self.is_over, true) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.socket.set_limits(left.max(SHORTEST))
    }
}

impl Connection for Limited {
    fn set_end(&mut self, end: Instant) {
        (self.end, self.is_over) = (end, false);
    }
}

impl Connection for StreamOwned<ClientConnection, Limited> {
    fn set_end(&mut self, end: Instant) {
        self.sock.set_end(end);
    }
}

/// A socket says `WouldBlock` when its limit has passed.
fn timed_out(error: io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::WouldBlock { io::ErrorKind::TimedOut.into() } else { error }
}

impl Read for Limited {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.limit()?;
        self.socket.read(buffer).map_err(timed_out)
    }
}

impl Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.limit()?;
        self.socket.write(bytes).map_err(timed_out)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.socket.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::thread;

    fn connected(serve: impl FnOnce(TcpStream) + Send + 'static, limit: Duration) -> Box<dyn Connection> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        thread::spawn(move || serve(listener.accept().unwrap().0));
        plain("127.0.0.1", port, Instant::now() + limit).unwrap()
    }

    #[test]
    fn a_server_that_sends_a_byte_at_a_time_has_the_same_limit() {
        let drip = |mut socket: TcpStream| {
            while socket.write_all(b"x").is_ok() {
                thread::sleep(Duration::from_millis(5));
            }
        };
        let began = Instant::now();
        let mut connection = connected(drip, Duration::from_millis(200));
        let error = io::copy(&mut connection, &mut io::sink()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= Duration::from_millis(200), "{:?}", began.elapsed());
    }

    #[test]
    fn what_has_arrived_is_read_once_after_the_limit() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let send = move |mut socket: TcpStream| {
            socket.write_all(b"answer").unwrap();
            sender.send(()).unwrap();
            thread::sleep(Duration::from_secs(5));
        };
        let mut connection = connected(send, Duration::from_millis(1));
        receiver.recv().unwrap();
        thread::sleep(Duration::from_millis(20));
        let mut buffer = [0; 8];
        assert_eq!(connection.read(&mut buffer).unwrap(), 6);
        assert_eq!(connection.read(&mut buffer).unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
