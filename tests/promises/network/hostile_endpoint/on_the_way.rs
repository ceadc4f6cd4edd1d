//! Servers without TLS or with wrong TLS, and misbehaving proxies.

use std::fs;
use std::io;
use std::sync::Arc;

use rustls::ServerConfig;

use super::wire::{Does, Wire};
use super::{Place, Row, answer, good, row, says, silent, token};
use crate::support::ca::Ca;
use crate::support::{CERTIFICATE, Home};

pub(super) fn rows() -> Vec<Row> {
    let mut rows = proxies();
    rows.extend(proxies_with_tls());
    rows.extend(no_handshakes());
    rows.extend(certificates().into_iter().flatten());
    rows.extend(within_tls().into_iter().flatten());
    rows
}

/// A CA as PEM, and the configuration of a server with its certificate.
fn authority(made: fn(&Home) -> Option<Ca>) -> Option<(String, Arc<ServerConfig>)> {
    let home = Home::bare();
    made(&home).map(|ca| (fs::read_to_string(&ca.pem).unwrap(), ca.config))
}

/// `None` without openssl.
fn certificates() -> Option<Vec<Row>> {
    type Made = fn(&Home) -> Option<Ca>;
    let kinds: [(&str, i32, Made); 5] = [
        ("that is good", 0, Ca::new),
        ("for another host", 3, |home| Ca::of(home, "elsewhere", "1")),
        ("that has expired", 3, |home| Ca::of(home, "here", "-1")),
        ("that is not valid yet", 3, Ca::of_tomorrow),
        ("that only its own key vouches for", 3, Ca::of_itself),
    ];
    let answers = |name: &str, code, trusted: &str, config: &Arc<ServerConfig>| {
        let config = config.clone();
        let does = move |wire: &mut Wire| wire.tls(&config, &well());
        row(&format!("a certificate {name}"), code, does).at(Place::Tls(trusted.into()))
    };
    let mut rows = Vec::new();
    for (name, code, made) in kinds {
        let (trusted, config) = authority(made)?;
        rows.push(answers(name, code, &trusted, &config));
    }
    let ((trusted, _), (_, config)) = (authority(Ca::new)?, authority(Ca::new)?);
    rows.push(answers("of another CA", 3, &trusted, &config));
    Some(rows)
}

fn well() -> Does {
    Arc::new(|wire| wire.request().and_then(|_| wire.say(good())))
}

/// Behaviour after a good handshake.
fn within_tls() -> Option<Vec<Row>> {
    let (trusted, config) = authority(Ca::new)?;
    let rows = [
        row("an end without a word within TLS", 5, |wire| wire.request().map(drop)),
        silent("silence within TLS"),
        row("a body that drips within TLS", 5, |wire| {
            wire.request()?;
            wire.drip("HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n")
        }),
        row("headers that do not end within TLS", 5, |wire| {
            wire.request().and_then(|_| wire.say("HTTP/1.1 200 OK\r\n")).and_then(|()| wire.flood("x-more: more\r\n"))
        }),
        row("a redirect from TLS to plain http", 5, |wire| {
            wire.request()?;
            let headers = format!("Location: http://{}/ims/token/v3\r\n", wire.elsewhere);
            wire.say(answer("307 Moved", &headers, ""))
        }),
        row("a body that breaks off without TLS's own end", 5, |wire| {
            wire.request()?;
            wire.say(format!("HTTP/1.1 200 OK\r\n\r\n{}", &token()[..60]))?;
            Err(io::ErrorKind::ConnectionReset.into())
        }),
        says("a refusal within TLS", 4, answer("401 No", "", "{}")),
        says("a token within TLS", 0, good()),
    ];
    let within = |inner: Row| {
        let (config, does) = (config.clone(), inner.does.clone());
        let outer = move |wire: &mut Wire| wire.tls(&config, &does);
        Row { does: Arc::new(outer), ..inner }.at(Place::Tls(trusted.clone()))
    };
    Some(rows.into_iter().map(within).collect())
}

/// A TLS record.
fn record(kind: u8, version: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&[kind, 3, version, length[0], length[1]], body].concat()
}

/// A server hello of an older version.
fn hello(version: u8) -> Vec<u8> {
    let body = [&[3, version][..], &[7; 32], &[0, 0xc0, 0x13, 0]].concat();
    let length = u8::try_from(body.len()).unwrap();
    record(22, version, &[&[2, 0, 0, length][..], &body].concat())
}

/// All of these are on a port where TLS is expected. The client sends first, so the server reads a little.
fn no_handshakes() -> Vec<Row> {
    let once = |name: &str, bytes: Vec<u8>| {
        row(name, 5, move |wire| {
            io::Read::read(wire, &mut [0; 4096])?;
            wire.say(&bytes)
        })
    };
    let rows = vec![
        once("plain http where TLS is expected", good()),
        once("a page where TLS is expected", answer("400 Bad Request", "", "<html>plain http was sent to TLS")),
        once("an end where TLS is expected", Vec::new()),
        once("TLS 1.0", hello(1)),
        once("TLS 1.1", hello(2)),
        once("SSL 3", hello(0)),
        once("TLS 1.2 with a cipher that was not offered", hello(3)),
        once("an alert", record(21, 3, &[2, 40])),
        once("an alert of an unknown kind", record(21, 3, &[2, 255])),
        once("an alert that the name is not known", record(21, 3, &[2, 112])),
        once("a record that is too long", record(22, 3, &[0; 20_000])),
        once("an empty handshake record", record(22, 3, &[])),
        once("data before the handshake", record(23, 3, good().as_slice())),
        once("a handshake message of 16 MB", record(22, 3, &[2, 255, 255, 255, 0, 0])),
        once("noise where TLS is expected", vec![0x80; 4_000]),
        silent("silence where TLS is expected"),
        row("half a hello", 5, |wire| wire.say(&hello(3)[..9]).and_then(|()| wire.hang())),
        row("a hello that drips", 5, |wire| wire.drip([22, 3, 3, 64, 0])),
        row("warnings that do not end", 5, |wire| wire.flood(record(21, 3, &[1, 90]))),
        row("empty records that do not end", 5, |wire| wire.flood(record(22, 3, &[]))),
        row("the client's own hello", 5, |wire| {
            let mut bytes = [0; 4096];
            let read = io::Read::read(wire, &mut bytes)?;
            wire.say(&bytes[..read])
        }),
    ];
    rows.into_iter().map(|row| row.at(Place::Tls(CERTIFICATE.into()))).collect()
}

/// All of these get a CONNECT request for an https endpoint.
fn proxies() -> Vec<Row> {
    let connected = "HTTP/1.1 200 Connection established\r\n\r\n";
    let then = move |name: &str, code, bytes: Vec<u8>| {
        row(name, code, move |wire| {
            wire.request().and_then(|_| wire.say(connected))?;
            io::Read::read(wire, &mut [0; 4096])?;
            wire.say(&bytes)
        })
    };
    let mut rows = vec![
        then("a proxy that connects and says noise", 5, vec![0x80; 4_000]),
        then("a proxy that connects and ends", 5, Vec::new()),
        then("a proxy that connects and answers itself", 5, good()),
        then("a proxy that connects to TLS 1.1", 5, hello(2)),
        row("a proxy that connects to silence", 5, move |wire| {
            wire.request().and_then(|_| wire.say(connected)).and_then(|()| wire.hang())
        }),
        silent("a proxy that says nothing"),
        row("a proxy that ends", 3, |wire| wire.request().map(drop)),
        row("a proxy that drips", 5, |wire| wire.request().and_then(|_| wire.drip("HTTP/1.1 200 "))),
        row("a proxy's headers that do not end", 5, |wire| {
            wire.request().and_then(|_| wire.say("HTTP/1.1 200 OK\r\n")).and_then(|()| wire.flood("x-more: more\r\n"))
        }),
        row("a proxy's 100 Continue that does not end", 3, |wire| {
            wire.request().and_then(|_| wire.flood("HTTP/1.1 100 Continue\r\n\r\n"))
        }),
        row("a proxy that redirects", 3, |wire| {
            wire.request()?;
            let headers = format!("Location: http://{}/\r\n", wire.elsewhere);
            wire.say(answer("302 Found", &headers, ""))
        }),
        row("a proxy that sends to another one", 3, |wire| {
            wire.request()?;
            let headers = format!("Location: http://{}/\r\n", wire.elsewhere);
            wire.say(answer("305 Use Proxy", &headers, ""))
        }),
    ];
    for (status, code) in [("401 No", 3), ("403 No", 3), ("407 Log in", 3), ("502 Bad", 5), ("503 Busy", 5)] {
        let headers = "Proxy-Authenticate: Basic realm=\"\u{9b}2J\"\r\n";
        rows.push(says(&format!("a proxy that says {status}"), code, answer(status, headers, "<html>\u{1b}[2J")));
    }
    rows.push(says("a proxy that answers with a token", 5, good()));
    rows.push(says("a proxy that speaks no HTTP", 5, "SSH-2.0-OpenSSH_9.2\r\n"));
    rows.into_iter().map(|row| row.at(Place::Proxy("http"))).collect()
}

/// Proxies that the client reaches by TLS.
fn proxies_with_tls() -> Vec<Row> {
    let rows = vec![
        silent("a proxy with TLS that says nothing"),
        row("a proxy with TLS whose hello drips", 5, |wire| wire.drip([22, 3, 3, 64, 0])),
        row("a proxy with TLS that speaks none", 5, |wire| wire.say("HTTP/1.1 200 Connection established\r\n\r\n")),
        row("a proxy with TLS that ends", 5, |_| Ok(())),
    ];
    rows.into_iter().map(|row| row.at(Place::Proxy("https"))).collect()
}
