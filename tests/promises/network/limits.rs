//! Limits on the size of an answer, and on the time for a connection and for secrets.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::support::clients::skip;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, oauth};

const BODY: &str = r#"{"access_token":"token-1","token_type":"bearer"}"#;

#[test]
fn an_answer_has_16_kib_of_headers_at_most() {
    let answered = |length: usize| {
        let header = "x".repeat(length);
        let endpoint = Endpoint::always(Answer::new(200, &[("X-Long", &header)], BODY));
        Home::with_oauth(&endpoint.origin()).run(["token"])
    };
    assert_eq!(answered(15 * 1024).succeeds().stdout, "token-1\n");
    answered(17 * 1024).fails(5, &["16 KiB of headers"]);
}

#[test]
fn a_refusal_with_a_long_page_is_still_a_refusal() {
    let page = "x".repeat(100 * 1024);
    for (status, code) in [(401, 4), (503, 5)] {
        let endpoint = Endpoint::always(Answer::new(status, &[], &page));
        Home::with_oauth(&endpoint.origin()).run(["token"]).fails(code, &[&status.to_string()]);
    }
}

/// A listener whose queue is full, so that the kernel does not answer the next connection; and the connections that
/// fill it. `None` if the kernel answers anyway.
fn full() -> Option<(TcpListener, SocketAddr, Vec<TcpStream>)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while waiting.len() < 5000 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
            Ok(stream) => waiting.push(stream),
            Err(_) => return Some((listener, address, waiting)),
        }
    }
    skip("a listener whose queue has an end");
    None
}

#[test]
fn a_connection_timeout_differs_from_a_missing_answer() {
    let Some((_listener, address, _waiting)) = full() else { return };
    let home = Home::with_oauth(&format!("http://{address}"));
    home.run(["--timeout", "3s", "token"]).fails(5, &["could not be connected to in time", "firewall"]);
}

#[test]
fn a_connection_may_take_a_second() {
    let Some((listener, address, waiting)) = full() else { return };
    let home = Home::with_oauth(&format!("http://{address}"));
    let server = thread::spawn(move || {
        // The client's kernel tries again after a second.
        thread::sleep(Duration::from_millis(600));
        let filled = waiting.len();
        drop(waiting);
        for stream in listener.incoming().skip(filled) {
            let mut stream = stream.unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            if stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {
                write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len()).unwrap();
                return;
            }
        }
    });
    let ran = home.run(["-v", "token"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "token-1\n"), "{ran:?}");
    assert_eq!(ran.stderr.matches("POST ").count(), 1, "in one attempt: {ran:?}");
    server.join().unwrap();
}

#[test]
fn a_secret_that_comes_by_a_pipe_is_waited_for() {
    let endpoint = Endpoint::always(Answer::new(200, &[], BODY));
    let home = Home::with_oauth(&endpoint.origin());
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", "sleep 0.3; echo secret"]});
    home.profile("default", &profile);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
}
