//! Answers with unusual or broken framing: status lines, headers, lengths, chunks, and truncation.

use std::io;

use super::{Row, answer, good, row, says, token};

pub(super) fn rows() -> Vec<Row> {
    [status_lines(), headers(), lengths(), chunks(), ends()].into_iter().flatten().collect()
}

/// A head of these lines, and a good body that the head does not describe.
fn head(lines: &str) -> String {
    format!("{}\r\n\r\n{}", lines.replace('|', "\r\n"), token())
}

fn status_lines() -> Vec<Row> {
    vec![
        says("a status without a reason", 0, head("HTTP/1.1 200")),
        says("a status with an empty reason", 0, head("HTTP/1.1 200 ")),
        says("a reason in UTF-8", 0, head("HTTP/1.1 200 \u{2713}\u{202e}")),
        says("HTTP/1.0", 0, head("HTTP/1.0 200 OK")),
        says("lines that end in LF alone", 0, head("HTTP/1.1 200 OK").replace("\r\n", "\n")),
        says("an empty line first", 0, "\r\n".to_owned() + &head("HTTP/1.1 200 OK")),
        says("HTTP/0.9", 5, token()),
        says("HTTP/1.2", 5, head("HTTP/1.2 200 OK")),
        says("HTTP/3.7", 5, head("HTTP/3.7 200 OK")),
        says("HTTP/2's preface", 5, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        says("HTTP/2's settings", 5, [&[0, 0, 18, 4, 0, 0, 0, 0, 0][..], &[0, 3, 0, 0, 0, 100].repeat(3)].concat()),
        says("a status of two digits", 5, head("HTTP/1.1 20 OK")),
        says("a status of four digits", 5, head("HTTP/1.1 2000 OK")),
        says("a negative status", 5, head("HTTP/1.1 -200 OK")),
        says("the status 000", 5, head("HTTP/1.1 000 OK")),
        says("the status 600", 5, head("HTTP/1.1 600 OK")),
        says("the status 999", 5, head("HTTP/1.1 999 OK")),
        says("another protocol", 5, "SSH-2.0-OpenSSH_9.2\r\n"),
        says("another protocol with a status", 5, head("ICY 200 OK")),
        says("64 KiB of noise", 5, noise(64 * 1024)),
        says("100 Continue first", 0, head("HTTP/1.1 100 Continue||HTTP/1.1 200 OK")),
        says("103 Early Hints first", 0, head("HTTP/1.1 103 Early Hints|Link: </a>; rel=preload||HTTP/1.1 200 OK")),
        says("100 Continue a hundred times", 0, "HTTP/1.1 100 Continue\r\n\r\n".repeat(100) + &head("HTTP/1.1 200 OK")),
        says("101 Switching Protocols", 5, head("HTTP/1.1 101 Switching Protocols|Upgrade: h2c")),
        says("a refusal and a token after it", 4, [answer("401 No", "", "{}"), good()].concat()),
        says("a token and a refusal after it", 0, [good(), answer("401 No", "", "{}")].concat()),
    ]
}

/// The same at each run.
fn noise(length: usize) -> Vec<u8> {
    let next = |state: &u32| Some(state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(1), next).map(|state: u32| state.to_be_bytes()[0]).take(length).collect()
}

fn headers() -> Vec<Row> {
    let ok = |lines: &str| answer("200 OK", &lines.replace('|', "\r\n"), token());
    vec![
        says("a header line of 1 MB", 5, ok(&format!("x-more: {}|", "m".repeat(1_000_000)))),
        says("a header name of 1 MB", 5, ok(&format!("{}: more|", "m".repeat(1_000_000)))),
        says("10,000 headers", 5, ok(&"x: y|".repeat(10_000))),
        says("150 headers", 5, ok(&"x: y|".repeat(150))),
        says("a header without a colon", 5, ok("no colon here|")),
        says("a header without a name", 5, ok(": no name|")),
        says("a space before the colon", 5, ok("x-more : more|")),
        says("a folded header", 5, ok("x-more: more|  and more|")),
        says("NUL in a header", 5, ok("x-more: mo\0re|")),
        says("CR in a header", 5, ok("x-more: mo\rre|")),
        says("ESC in a header", 5, ok("x-more: \u{1b}[2J|")),
        says(
            "Latin-1 in the request's name",
            0,
            [b"HTTP/1.1 200 OK\r\nx-debug-id: \xe9\xff\r\n\r\n", token().as_bytes()].concat(),
        ),
        says("cookies", 0, ok(&"Set-Cookie: a=b; Domain=.com; Path=/; Max-Age=999999999999999999999|".repeat(20))),
        says("links", 0, ok("Link: <http://127.0.0.1:1/>; rel=preload|Alt-Svc: h3=\":1\"; ma=99999999999999999999|")),
        says(
            "HSTS, and a refresh",
            0,
            ok("Strict-Transport-Security: max-age=-1|Refresh: 0; url=http://127.0.0.1:1/|"),
        ),
        says("a date in the year 9999", 0, ok("Date: Fri, 31 Dec 9999 23:59:59 GMT|")),
        says("a date that is none", 0, ok("Date: the day after tomorrow|")),
        says("a date before 1970", 0, ok("Date: Mon, 01 Jan 1601 00:00:00 GMT|")),
        says("Retry-After beside a token", 0, ok("Retry-After: 99999999999999999999|")),
        says("a page's type", 0, ok("Content-Type: text/html|")),
        says("another character set", 0, ok("Content-Type: application/json; charset=utf-16|")),
        says("the type in 8,000 characters", 0, ok(&format!("Content-Type: {}|", "a/".repeat(4_000)))),
        says("an upgrade", 0, ok("Upgrade: websocket|Connection: upgrade|")),
    ]
}

fn lengths() -> Vec<Row> {
    let whole = token().len();
    let of = |lines: &str| head(&format!("HTTP/1.1 200 OK|{lines}"));
    let length = |length: &str| of(&format!("Content-Length: {length}"));
    vec![
        says("no length", 0, head("HTTP/1.1 200 OK")),
        says("a length that is too large", 5, length(&(whole + 1).to_string())),
        says("a length that is too small", 5, length("20")),
        says("a length of 0", 5, length("0")),
        says("a negative length", 5, length("-1")),
        says("a length with a sign", 5, length(&format!("+{whole}"))),
        says("a length in hexadecimal", 5, length(&format!("0x{whole:x}"))),
        says("a length of 2^64", 5, length("18446744073709551616")),
        says("a length that is empty", 5, length("")),
        says("a length that is no number", 5, length("many")),
        says("two lengths that contradict each other", 5, of(&format!("Content-Length: {whole}|Content-Length: 5"))),
        says("the same, the other way round", 5, of(&format!("Content-Length: 5|Content-Length: {whole}"))),
        says("two lengths in one", 5, length(&format!("{whole}, 5"))),
        says("more than the length", 0, format!("{}GARBAGE\0\x1b", length(&whole.to_string()))),
    ]
}

fn chunks() -> Vec<Row> {
    let (token, whole) = (token(), token().len());
    let of = |body: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
    let (first, rest) = token.split_at(20);
    vec![
        says("chunks", 0, of(&format!("14\r\n{first}\r\n{:x}\r\n{rest}\r\n0\r\n\r\n", rest.len()))),
        says(
            "chunks of one byte",
            0,
            of(&(token.chars().map(|c| format!("1\r\n{c}\r\n")).collect::<Vec<_>>().concat() + "0\r\n\r\n")),
        ),
        says("a chunk with an extension", 0, of(&format!("{whole:x};a=\"b\"\r\n{token}\r\n0\r\n\r\n"))),
        says("a chunk of ffffffffffffffff", 5, of(&format!("ffffffffffffffff\r\n{token}"))),
        says("a chunk of 2^64", 5, of(&format!("10000000000000000\r\n{token}\r\n0\r\n\r\n"))),
        says("a chunk of fffffffffffffff0 and a good one", 5, of(&format!("fffffffffffffff0\r\n{token}\r\n0\r\n\r\n"))),
        says("a negative chunk", 5, of(&format!("-{whole:x}\r\n{token}\r\n0\r\n\r\n"))),
        says("a chunk whose size is no number", 5, of(&format!("xyz\r\n{token}\r\n0\r\n\r\n"))),
        says("a chunk without a size", 5, of(&format!("\r\n{token}\r\n0\r\n\r\n"))),
        says("a chunk that is shorter than its size", 5, of(&format!("{:x}\r\n{token}\r\n0\r\n\r\n", whole + 9))),
        says("a chunk that is longer than its size", 5, of(&format!("5\r\n{token}\r\n0\r\n\r\n"))),
        says("an extension of 1 MB", 5, of(&format!("{whole:x};{}\r\n{token}\r\n0\r\n\r\n", "a=b;".repeat(250_000)))),
        says(
            "trailers of 1 MB, which are not read",
            0,
            of(&format!("{whole:x}\r\n{token}\r\n0\r\n{}\r\n", "x: y\r\n".repeat(170_000))),
        ),
        says("nothing but the last chunk", 5, of("0\r\n\r\n")),
        says("chunks that break off", 5, of(&format!("{whole:x}\r\n{token}\r\n"))),
        says("a chunk that breaks off", 5, of(&format!("{whole:x}\r\n{first}"))),
        says("no chunks where chunks are said", 5, of(&token)),
        says("an unknown transfer encoding that is plain", 0, of(&token).replace("chunked", "zebra")),
        says("a compressed transfer", 5, of(&token).replace("chunked", "gzip, chunked")),
        says("chunks and a length that is shorter", 0, head_of_both(5, &token)),
        says("chunks and a length that is longer", 0, head_of_both(5_000, &token)),
    ]
}

/// RFC 9112, section 6.3: the chunks count, not the length.
fn head_of_both(length: usize, body: &str) -> String {
    let lines = format!("Content-Length: {length}\r\nTransfer-Encoding: chunked\r\n");
    format!("HTTP/1.1 200 OK\r\n{lines}\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len())
}

fn ends() -> Vec<Row> {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    vec![
        row("an end before the request is read", 5, |_| Ok(())),
        row("an end without a word", 5, |wire| wire.request().map(drop)),
        row("a reset before the request is read", 5, move |_| Err(reset())),
        row("a reset amid the body", 5, move |wire| {
            wire.say("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_tok")?;
            Err(reset())
        }),
        row("an answer before the request is read", 0, |wire| wire.say(good())),
        row("a refusal before the request is read", 4, |wire| wire.say(answer("401 No", "", "{}"))),
        says("an end amid the status line", 5, "HTTP/1.1 20"),
        says("an end amid the headers", 5, "HTTP/1.1 200 OK\r\nContent-Le"),
        says("an end after the headers", 5, "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
        says("an end amid the body", 5, &good()[..good().len() - 9]),
        says("an end amid a body without a length", 5, &head("HTTP/1.1 200 OK").as_bytes()[..60]),
    ]
}
