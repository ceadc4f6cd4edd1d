//! Servers and URLs that are not Redis: each call ends with a token, and `status` has a line.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::on;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::redis::Closed;
use crate::support::{Home, Ran};

/// A server that answers each connection so. Returns its URL.
fn server(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Clone + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let answer = answer.clone();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                let _ = answer(&mut stream);
            });
        }
    });
    format!("redis://127.0.0.1:{port}")
}

/// A call with this shared cache gets its own token, and its status has these words.
#[track_caller]
fn goes_on_alone(url: &str, words: &str) {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    let began = Instant::now();
    assert_eq!(Ran::of(&mut on(&home, url, 0, &["token", "--timeout", "9s"])).succeeds().stdout, "token-1\n", "{url}");
    // Its own attempt would take 4 s and more if it counted as slow.
    assert!(began.elapsed() < Duration::from_secs(4), "{url}: {:?}", began.elapsed());
    let status = Ran::of(&mut on(&home, url, 0, &["status"])).stdout;
    let line = status.lines().find(|line| line.starts_with("  shared cache ")).unwrap_or_default();
    assert!(line.contains(words) && !line.contains("pass-word"), "{url}: {status}");
}

#[test]
fn urls_that_name_no_shared_cache() {
    for (url, words) in [
        ("http://:pass-word@127.0.0.1:6379", "a scheme other than rediss, redis and unix"),
        ("pass-word", "is no URL"),
        ("redis://:pass-word@cache.example.com", "would send its password in plain text"),
        ("redis://no-such-host.invalid", "redis://no-such-host.invalid:6379, failed"),
        ("unix:///nowhere/redis.sock", "No such file or directory"),
    ] {
        goes_on_alone(url, words);
    }
    goes_on_alone(&format!("{}/0?prefix=x", Closed::new().url()), "refused");
}

#[test]
fn servers_that_are_no_redis() {
    let says = |text: &'static [u8]| server(move |stream: &mut TcpStream| stream.write_all(text));
    for (answer, words) in [
        (&b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"[..], "does not answer as Redis does"),
        (b"", "closed the connection"),
        (b"-ERR max number of clients reached\r\n", "closed the connection"),
        (b"-LOADING Redis is loading the dataset in memory\r\n*0\r\n", "LOADING"),
        (b"+OK\r\n+OK\r\n", "does not answer as Redis does"),
        (b"*0\r\n*0\r\n", "does not answer as Redis does"),
        (b"*3\r\n$-1\r\n$-1\r\n$-1\r\n*2\r\n$1\r\nx\r\n$1\r\n0\r\n", "does not answer as Redis does"),
        (b"$1000000000\r\n", "closed the connection"),
        (b"*1000000000\r\n", "closed the connection"),
        (b"*-7\r\n", "does not answer as Redis does"),
        (b"$99999999999999999999\r\n", "does not answer as Redis does"),
    ] {
        goes_on_alone(&says(answer), words);
    }
}

#[test]
fn answers_without_an_end() {
    let repeated = |text: &'static [u8], pause: Duration| {
        server(move |stream: &mut TcpStream| {
            loop {
                stream.write_all(text)?;
                thread::sleep(pause);
            }
        })
    };
    goes_on_alone(&repeated(b"*1\r\n", Duration::ZERO), "its answer is too long");
    goes_on_alone(&repeated(b"+", Duration::from_millis(10)), "did not answer in time");
    let large = server(|stream: &mut TcpStream| {
        stream.write_all(b"$1000000000\r\n")?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    goes_on_alone(&large, "its answer is too long");
    let silent = server(|_: &mut TcpStream| {
        thread::sleep(Duration::from_secs(20));
        Ok(())
    });
    goes_on_alone(&silent, "did not answer in time");
}
