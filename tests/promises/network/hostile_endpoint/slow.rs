//! Servers that never finish or never begin.

use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{Row, row, says, silent, token};
use crate::support::clients::skip;
use crate::support::{Home, oauth};

const HEAD: &str = "HTTP/1.1 200 OK\r\n";

pub(super) fn rows() -> Vec<Row> {
    let mut rows = vec![
        silent("silent once connected"),
        row("silent once asked", 5, |wire| wire.request().and_then(|_| wire.hang())),
        says_and_hangs("silent after half a status line", "HTTP/1.1 20"),
        says_and_hangs("silent after half the headers", "HTTP/1.1 200 OK\r\nContent-Type: appl"),
        says_and_hangs("silent after the headers", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
        says_and_hangs("silent amid the body", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"access_token\":"),
        says_and_hangs("silent amid a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n{\"acc"),
        says_and_hangs("silent after a whole body without an end", &format!("{HEAD}\r\n{}", token())),
        says_and_hangs(
            "silent after the last chunk but one",
            &format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{}\r\n", token().len(), token()),
        ),
        says_and_hangs("silent after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\n"),
        // The status is all that a caller needs.
        Row { code: 4, ..says_and_hangs("silent after a refusal's headers", REFUSAL) },
        drips("a status line that drips", "HTTP/1.1 200 "),
        drips("headers that drip", "HTTP/1.1 200 OK\r\nx-more: "),
        drips("header lines that drip", &format!("{HEAD}{}", "a: b\r\n".repeat(300))),
        drips("a body that drips", "HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n"),
        drips("a body without an end that drips", "HTTP/1.1 200 OK\r\n\r\n"),
        drips("chunks that drip", &format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n{}", "1\r\n \r\n".repeat(300))),
        drips("a page of an error that drips", "HTTP/1.1 503 Busy\r\nContent-Length: 50000\r\n\r\n<html>"),
        drips("100 Continue that drips", &"HTTP/1.1 100 Continue\r\n\r\n".repeat(30)),
    ];
    rows.extend(floods());
    rows.push(row("an answer that does not end, before the request is read", 5, |wire| wire.flood(" ")));
    rows.push(says("a body of 64 KiB and more", 5, super::answer("200 OK", "", token() + &" ".repeat(64 * 1024))));
    rows
}

/// Without the promised body.
const REFUSAL: &str = "HTTP/1.1 401 No\r\nContent-Length: 100\r\n\r\n";

fn floods() -> impl Iterator<Item = Row> {
    let floods = [
        ("a body that does not end", "HTTP/1.1 200 OK\r\n\r\n", " "),
        ("a body of 2^62 bytes", "HTTP/1.1 200 OK\r\nContent-Length: 4611686018427387904\r\n\r\n", " "),
        ("chunks that do not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        ("chunks' extensions that do not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "a=b;"),
        ("a chunk's size that does not end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "0"),
        (
            "trailers that do not end",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n \r\n0\r\n",
            "a: b\r\n",
        ),
        ("a status line that does not end", "HTTP/1.1 200 ", "OK "),
        ("a header that does not end", "HTTP/1.1 200 OK\r\nx-more: ", "more "),
        ("a header's name that does not ends", "HTTP/1.1 200 OK\r\n", "x-"),
        ("headers that do not end", "HTTP/1.1 200 OK\r\n", "x-more: more\r\n"),
        ("empty lines before the answer that do not end", "", "\r\n"),
        ("100 Continue that does not end", "", "HTTP/1.1 100 Continue\r\n\r\n"),
        ("103 Early Hints that do not end", "", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
        ("zeros that do not end", "", "\0"),
    ];
    let floods = floods.into_iter();
    floods.map(|(name, head, part)| {
        row(name, 5, move |wire| wire.request().and_then(|_| wire.say(head)).and_then(|()| wire.flood(part)))
    })
}

fn says_and_hangs(name: &str, answer: &str) -> Row {
    let answer = answer.to_owned();
    row(name, 5, move |wire| wire.request().and_then(|_| wire.say(&answer)).and_then(|()| wire.hang()))
}

fn drips(name: &str, answer: &str) -> Row {
    let answer = answer.to_owned();
    row(name, 5, move |wire| wire.request().and_then(|_| wire.drip(&answer)))
}

/// The server never accepts the connection; the kernel does while its queue has room.
#[test]
fn an_endpoint_that_never_accepts_is_given_up_in_time() {
    let (unheeded, full) = (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
    let address = full.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200)).ok();
    let queue: Vec<TcpStream> = std::iter::from_fn(connect).take(600).collect();
    let is_full = queue.len() < 600;
    if !is_full {
        skip("a listener whose queue has an end");
    }
    let queues = [(&unheeded, "gave no answer in time"), (&full, "could not be connected to in time")];
    for (listener, words) in queues.into_iter().take(1 + usize::from(is_full)) {
        let home = Home::new();
        home.profile("default", &oauth(&format!("http://{}", listener.local_addr().unwrap())));
        let began = Instant::now();
        home.run(["token"]).fails(5, &[words]);
        assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    }
}
