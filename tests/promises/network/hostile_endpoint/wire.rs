//! A server that behaves as a row says, byte for byte, and records every byte it receives.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection};

use crate::support::endpoint::{Asked, read_request};

/// The maximum duration of a connection.
const LONGEST: Duration = Duration::from_secs(20);
/// The pause between two bytes of a slow answer.
const DRIP: Duration = Duration::from_millis(50);

/// What a server does with a connection. An error closes it.
pub(super) type Does = Arc<dyn Fn(&mut Wire) -> io::Result<()> + Send + Sync>;

pub(super) trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// The server's side of a connection.
pub(super) struct Wire<'a> {
    stream: &'a mut dyn Both,
    seen: &'a Mutex<Vec<u8>>,
    /// The origin of the second server.
    pub(super) elsewhere: &'a str,
    end: Instant,
}

impl Wire<'_> {
    /// The request, once it has arrived.
    pub(super) fn request(&mut self) -> io::Result<Asked> {
        read_request(self).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    pub(super) fn say(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        self.write_all(bytes.as_ref())?;
        self.flush()
    }

    /// One byte at a time, then spaces without end.
    pub(super) fn drip(&mut self, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        for byte in bytes.as_ref().iter().chain(std::iter::repeat(&b' ')) {
            self.say([*byte])?;
            thread::sleep(DRIP);
            self.is_in_time()?;
        }
        Ok(())
    }

    /// The same text without end.
    pub(super) fn flood(&mut self, part: impl AsRef<[u8]>) -> io::Result<()> {
        let part = part.as_ref().repeat(1 + 4096 / part.as_ref().len());
        loop {
            self.say(&part)?;
            self.is_in_time()?;
        }
    }

    /// Nothing, until the client closes the connection.
    pub(super) fn hang(&mut self) -> io::Result<()> {
        while self.read(&mut [0; 4096])? > 0 {
            self.is_in_time()?;
        }
        Ok(())
    }

    /// Does this inside TLS, and closes TLS properly unless it fails.
    pub(super) fn tls(&mut self, config: &Arc<ServerConfig>, then: &Does) -> io::Result<()> {
        let (seen, elsewhere, end) = (self.seen, self.elsewhere, self.end);
        let mut connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
        let mut stream = rustls::Stream::new(&mut connection, self);
        then(&mut Wire { stream: &mut stream, seen, elsewhere, end })?;
        stream.conn.send_close_notify();
        stream.flush()
    }

    fn is_in_time(&self) -> io::Result<()> {
        if Instant::now() < self.end { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) }
    }
}

impl Read for Wire<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.stream.read(buffer)?;
        self.seen.lock().unwrap().extend_from_slice(&buffer[..read]);
        Ok(read)
    }
}

impl Write for Wire<'_> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

/// The server, and a second one that must get no connection.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    /// While this is set, the server does `well`.
    pub(super) is_good: Arc<AtomicBool>,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<u8>>>,
    elsewhere: TcpListener,
}

impl Server {
    pub(super) fn new(does: &Does, well: &Does) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            is_good: Arc::default(),
            connections: Arc::default(),
            seen: Arc::default(),
            elsewhere,
        };
        let away = server.elsewhere.local_addr().unwrap().to_string();
        let (is_good, connections, seen) = (server.is_good.clone(), server.connections.clone(), server.seen.clone());
        let (does, well) = (does.clone(), well.clone());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let does = if is_good.load(Ordering::SeqCst) { well.clone() } else { does.clone() };
                let (seen, away) = (seen.clone(), away.clone());
                thread::spawn(move || serve(stream, &does, &seen, &away));
            }
        });
        server
    }

    /// The number of connections.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// All bytes that it received.
    pub(super) fn seen(&self) -> Vec<u8> {
        self.seen.lock().unwrap().clone()
    }

    /// Whether the second server got no connection.
    pub(super) fn is_alone(&self) -> bool {
        self.elsewhere.accept().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock)
    }
}

fn serve(mut stream: TcpStream, does: &Does, seen: &Mutex<Vec<u8>>, elsewhere: &str) {
    let Ok(socket) = stream.try_clone() else { return };
    for limit in [TcpStream::set_read_timeout, TcpStream::set_write_timeout] {
        let _ = limit(&socket, Some(LONGEST));
    }
    let mut wire = Wire { stream: &mut stream, seen, elsewhere, end: Instant::now() + LONGEST };
    if does(&mut wire).is_ok() {
        // Unread data would turn the close into a reset.
        let _ = socket.shutdown(Shutdown::Write);
        let _ = wire.hang();
    }
}
