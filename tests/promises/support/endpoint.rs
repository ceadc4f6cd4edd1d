//! A loopback endpoint that answers as a test tells it to, and records its requests.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

/// The lifetime of Adobe's tokens, one day, in the unit of the OAuth endpoint: seconds.
pub(crate) const DAY: u64 = 86_399;
/// The same in the unit of the JWT endpoint: milliseconds.
pub(crate) const DAY_MS: u64 = 86_399_999;

/// A request to the endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Method, path and version.
    pub(crate) line: String,
    /// All header lines, as they came.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Asked {
    /// A field of the posted form.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.body.as_bytes()).find(|(had, _)| had == name).map(|(_, value)| value.into_owned())
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.into_iter().find(|(had, _)| had.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }
}

/// An answer of the endpoint.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    delay: Duration,
    bytes: Vec<u8>,
    hang: bool,
}

impl Answer {
    pub(crate) fn new(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
        for (name, value) in headers {
            let _ = write!(text, "{name}: {value}\r\n");
        }
        Self { delay: Duration::ZERO, bytes: (text + "\r\n" + body).into_bytes(), hang: false }
    }

    /// A status and a JSON body, with the request ID that IMS adds to every answer.
    pub(crate) fn json(status: u16, body: &Json) -> Self {
        Self::new(status, &[("Content-Type", "application/json"), ("x-debug-id", "debug-1")], &body.to_string())
    }

    /// A token with this lifetime, in the endpoint's unit.
    pub(crate) fn token(token: &str, expires_in: u64) -> Self {
        Self::json(200, &json!({"access_token": token, "token_type": "bearer", "expires_in": expires_in}))
    }

    /// An error in the form of RFC 6749.
    pub(crate) fn refusal(status: u16, error: &str, description: &str) -> Self {
        Self::json(status, &json!({"error": error, "error_description": description}))
    }

    /// No answer at all: the connection stays open for a minute.
    pub(crate) fn never() -> Self {
        Self { hang: true, ..Self::new(200, &[], "") }
    }

    /// These bytes, unchanged.
    pub(crate) fn raw(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), ..Self::new(200, &[], "") }
    }

    pub(crate) fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// The loopback addresses, as URLs have them.
pub(crate) const IPV4: &str = "127.0.0.1";
pub(crate) const IPV6: &str = "[::1]";

/// The endpoint. Its threads end with the test's process.
pub(crate) struct Endpoint {
    address: &'static str,
    port: u16,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Endpoint {
    /// Answers the n-th request (from 1) with `answer(request, n)`.
    pub(crate) fn new(answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::over(answer, Some)
    }

    /// The same over a transport that `wrap` puts around each connection; `None` drops the connection.
    pub(crate) fn over<S: Read + Write + 'static>(
        answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
    ) -> Self {
        Self::at(IPV4, answer, wrap)
    }

    /// The same at this address.
    pub(crate) fn at<S: Read + Write + 'static>(
        address: &'static str,
        answer: impl Fn(&Asked, usize) -> Answer + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Option<S> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(format!("{address}:0")).unwrap();
        // The standard library lets 128 connections wait. One more would be tried again a second later.
        rustix::net::listen(&listener, 4096).unwrap();
        let port = listener.local_addr().unwrap().port();
        let log = Arc::new(Mutex::new(Vec::new()));
        let seen = log.clone();
        let shared = Arc::new((answer, wrap));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (seen, shared) = (seen.clone(), shared.clone());
                thread::spawn(move || {
                    let socket = stream.try_clone().unwrap();
                    let Some(mut stream) = (shared.1)(stream) else { return };
                    let Some(asked) = read_request(&mut stream) else { return };
                    let number = {
                        let mut seen = seen.lock().unwrap();
                        seen.push(asked.clone());
                        seen.len()
                    };
                    let answer = (shared.0)(&asked, number);
                    thread::sleep(answer.delay);
                    if answer.hang {
                        thread::sleep(Duration::from_secs(60));
                    }
                    let _ = stream.write_all(&answer.bytes);
                    let _ = stream.flush();
                    let _ = socket.shutdown(Shutdown::Write);
                });
            }
        });
        Self { address, port, log }
    }

    /// Answers the n-th request with the token `token-N`, which has this lifetime.
    pub(crate) fn tokens(expires_in: u64) -> Self {
        Self::slow_tokens(expires_in, Duration::ZERO)
    }

    /// The same, and each answer takes this long.
    pub(crate) fn slow_tokens(expires_in: u64, delay: Duration) -> Self {
        Self::new(move |_, number| Answer::token(&format!("token-{number}"), expires_in).after(delay))
    }

    /// Gives every request the same answer.
    pub(crate) fn always(answer: Answer) -> Self {
        Self::new(move |_, _| answer.clone())
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://{}:{}", self.address, self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The number of requests.
    pub(crate) fn count(&self) -> usize {
        self.log.lock().unwrap().len()
    }

    /// All requests so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }

    /// The Authorization headers of all requests that had one, in order.
    pub(crate) fn authorizations(&self) -> Vec<String> {
        self.asked().iter().filter_map(|asked| asked.header("authorization").map(str::to_owned)).collect()
    }

    /// Waits for this many requests.
    pub(crate) fn wait_for(&self, count: usize) {
        for _ in 0..2_000 {
            if self.count() >= count {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        panic!("the endpoint was not asked {count} times");
    }
}

/// The next request, if it is complete.
pub(crate) fn read_request(stream: &mut impl Read) -> Option<Asked> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let (line, head) = head.split_once("\r\n")?;
    let asked = Asked { line: line.into(), head: head.into(), body: String::new() };
    let length: usize = asked.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    while bytes.len() < head_end + length {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
    Some(Asked { body: String::from_utf8_lossy(&bytes[head_end..]).into_owned(), ..asked })
}
