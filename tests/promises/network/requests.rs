//! Requests over the network: connections, proxies, redirects, retries and incomplete answers.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{CLIENT_ID, Home, ORG_ID, Ran, SECRET, oauth};

/// A password in a proxy's URL, percent-encoded, that no message may repeat.
const PASSWORD: &str = "pr%40xy-CANARY";
const PROXIES: [&str; 6] = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// A server that does this with every connection after it has read the first bytes of the request.
fn server(serve: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // It ends when the client closes the connection.
            let _ = stream.read(&mut [0; 4096]).and_then(|_| serve(&mut stream));
        }
    });
    origin
}

/// A call of 2 s must fail in time, with the exit code of a failure worth a retry.
#[track_caller]
fn fails_in_time(home: &Home, words: &[&str]) -> Ran {
    let began = Instant::now();
    let ran = home.run(["--timeout", "2s", "token"]).fails(5, words);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    ran
}

#[test]
fn the_request_is_a_plain_form_and_asks_for_no_compression() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let asked = &endpoint.asked()[0];
    assert_eq!(asked.line, "POST /ims/token/v3 HTTP/1.1");
    assert_eq!(asked.header("host"), Some(format!("127.0.0.1:{}", endpoint.port()).as_str()));
    assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(asked.header("accept"), Some("application/json"));
    assert_eq!(asked.header("user-agent"), Some(concat!("jwt-credential/", env!("CARGO_PKG_VERSION"))));
    assert!(!asked.header("accept-encoding").unwrap_or_default().contains("gzip"), "{asked:?}");
    let fields = ["grant_type", "client_id", "client_secret", "scope"].map(|name| asked.field(name).unwrap());
    assert_eq!(fields, ["client_credentials", CLIENT_ID, SECRET, "AdobeID,openid"]);
    let mut profile = oauth(&endpoint.origin());
    profile["token_path"] = json!("/other/path");
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.asked()[1].line, "POST /other/path HTTP/1.1");
}

#[test]
fn a_redirect_is_not_followed() {
    let elsewhere = Endpoint::tokens(DAY);
    for status in [301, 302, 303, 307, 308] {
        let location = format!("{}/ims/token/v3", elsewhere.origin());
        let endpoint = Endpoint::always(Answer::new(status, &[("Location", &location)], ""));
        Home::with_oauth(&endpoint.origin()).run(["token"]).fails(5, &[&status.to_string(), "redirect", &location]);
        assert_eq!((endpoint.count(), elsewhere.count()), (1, 0), "{status}");
    }
}

#[test]
fn a_loopback_endpoint_is_reached_without_a_proxy() {
    let (endpoint, proxy) = (Endpoint::tokens(DAY), Endpoint::always(Answer::new(200, &[], "")));
    let home = Home::with_oauth(&endpoint.origin());
    let ran = Ran::of(home.command(["token"]).envs(PROXIES.map(|name| (name, proxy.origin()))));
    assert_eq!(ran.succeeds().stdout, "token-1\n");
    assert_eq!(proxy.count(), 0);
}

#[test]
fn a_proxy_gets_a_connect_request_and_sees_no_secret() {
    let home = Home::with_oauth("https://ims.invalid");
    for name in &PROXIES[2..] {
        let proxy = Endpoint::always(Answer::new(403, &[], "no"));
        let url = format!("http://me:{PASSWORD}@127.0.0.1:{}", proxy.port());
        let ran = Ran::of(home.command(["token"]).env(name, url)).fails(3, &["ims.invalid", "proxy", name]);
        assert!(!ran.stderr.contains(PASSWORD) && !ran.stderr.contains("pr@xy"), "{ran:?}");
        let asked = proxy.asked();
        assert_eq!((asked.len(), asked[0].line.as_str()), (1, "CONNECT ims.invalid:443 HTTP/1.1"));
        let login = format!("Basic {}", STANDARD.encode("me:pr@xy-CANARY"));
        assert_eq!(asked[0].header("proxy-authorization"), Some(login.as_str()));
        assert!(![SECRET, CLIENT_ID, ORG_ID].iter().any(|value| format!("{asked:?}").contains(value)), "{asked:?}");
    }
}

#[test]
fn a_plain_http_proxy_is_for_plain_http_only() {
    let proxy = Endpoint::always(Answer::new(403, &[], ""));
    let home = Home::with_oauth("https://ims.invalid");
    let mut command = home.command(["token"]);
    Ran::of(command.env("HTTP_PROXY", proxy.origin()).env("http_proxy", proxy.origin())).fails(5, &["ims.invalid"]);
    assert_eq!(proxy.count(), 0);
}

#[test]
fn no_proxy_lists_hosts_and_parent_domains() {
    let home = Home::with_oauth("https://ims.invalid");
    let exceptions = [
        (" a, .invalid", true),
        ("invalid", true),
        ("IMS.Invalid", true),
        ("*", true),
        ("valid,ms.invalid,x.ims.invalid", false),
        ("", false),
    ];
    for (exceptions, bypassed) in exceptions {
        let proxy = Endpoint::always(Answer::new(403, &[], ""));
        let mut command = home.command(["token"]);
        command.env("HTTPS_PROXY", proxy.origin()).env("NO_PROXY", exceptions);
        Ran::of(&mut command).fails(if bypassed { 5 } else { 3 }, &["ims.invalid"]);
        assert_eq!(proxy.count(), usize::from(!bypassed), "NO_PROXY={exceptions:?}");
    }
}

#[track_caller]
fn is_no_proxy(url: &str) {
    let (home, url) = (Home::with_oauth("https://ims.invalid"), url.replace("PASSWORD", PASSWORD));
    let ran = Ran::of(home.command(["-v", "token"]).env("HTTPS_PROXY", &url));
    assert_eq!(ran.code, 3, "{url}: {ran:?}");
    assert!(ran.stderr.contains("HTTPS_PROXY") && !ran.stderr.contains(PASSWORD), "{ran:?}");
}

#[test]
fn an_invalid_proxy_variable_is_named_and_not_quoted() {
    is_no_proxy("http://me:PASSWORD@");
    is_no_proxy("me:PASSWORD@pro xy");
    is_no_proxy("gopher://me:PASSWORD@proxy");
}

#[test]
fn a_proxy_variable_with_an_invalid_port_is_refused() {
    is_no_proxy("http://me:PASSWORD@127.0.0.1:99999");
    is_no_proxy("http://me:PASSWORD@127.0.0.1:port");
}

#[test]
fn a_timeout_says_how_long_was_waited_and_what_to_change() {
    let home = Home::with_oauth(&Endpoint::always(Answer::never()).origin());
    let ran = home.run(["--timeout", "3s", "token"]);
    let ran = ran.fails(5, &["--timeout '6s' (now 3s); a request may take 4/9 of it"]);
    let waited = ran.stderr.split("gave no answer in time: waited ").nth(1).unwrap().split(" s, ").next().unwrap();
    assert!((1.3..=3.0).contains(&waited.parse::<f64>().unwrap()), "{waited}");
    home.run(["--timeout", "900ms", "--refresh", "token"]).fails(5, &["such as --timeout '9s'"]);
    assert!(home.run(["token", "--help"]).stdout.contains("4s for a request"));
}

#[test]
fn a_socks_proxy_is_refused() {
    let (home, proxy) = (Home::with_oauth("https://ims.invalid"), Endpoint::always(Answer::never()));
    for scheme in ["socks", "socks4", "socks4a", "socks5", "socks5h"] {
        let url = format!("{scheme}://me:{PASSWORD}@127.0.0.1:{}", proxy.port());
        let ran = Ran::of(home.command(["token"]).env("ALL_PROXY", url)).fails(3, &["ALL_PROXY"]);
        assert!(!ran.stderr.contains(PASSWORD), "{ran:?}");
    }
    assert_eq!(proxy.count(), 0);
}

#[test]
fn a_silent_proxy_is_given_up_in_time() {
    let proxy = Endpoint::always(Answer::never());
    let home = Home::with_oauth("https://ims.invalid");
    let began = Instant::now();
    Ran::of(home.command(["--timeout", "2s", "token"]).env("HTTPS_PROXY", proxy.origin())).fails(5, &["in time"]);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

#[test]
fn an_unknown_name_is_given_up_in_time() {
    let began = Instant::now();
    Home::with_oauth("https://ims.invalid").run(["token"]).fails(5, &["https://ims.invalid"]);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
}

#[test]
fn an_unknown_name_has_a_hint() {
    Home::with_oauth("https://ims.invalid").run(["token"]).fails(5, &["hint: ", "HTTPS_PROXY"]);
}

#[test]
fn an_absent_proxy_is_named_as_the_cause() {
    let home = Home::with_oauth("https://ims.invalid");
    Ran::of(home.command(["token"]).env("HTTPS_PROXY", "http://127.0.0.1:1")).fails(5, &["HTTPS_PROXY"]);
}

#[test]
fn a_refused_connection_is_given_up_in_time() {
    let began = Instant::now();
    let ran = Home::with_oauth("http://127.0.0.1:1").run(["-v", "token"]);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    assert_eq!((ran.code, ran.stderr.matches("POST http://127.0.0.1:1/").count()), (5, 3), "{ran:?}");
}

#[test]
fn an_endpoint_that_listens_late_is_reached_by_a_retry() {
    // An address of its own: no other test can get the port meanwhile.
    let free = TcpListener::bind("127.0.0.7:0").unwrap().local_addr().unwrap();
    let home = Home::with_oauth(&format!("http://{free}"));
    let mut call = home.command(["-v", "token"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(call.stderr.take().unwrap())
        .lines()
        .find(|line| line.as_ref().unwrap().contains("trying again"));
    assert!(said.is_some(), "the first attempt failed");
    let listener = TcpListener::bind(free).unwrap();
    thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let body = r#"{"access_token":"token-1","token_type":"bearer"}"#;
        let _ = stream.read(&mut [0; 4096]);
        let _ = write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    });
    let output = call.wait_with_output().unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"token-1\n"[..]));
}

#[test]
fn an_answer_that_never_ends_is_given_up_in_time() {
    let drip = |stream: &mut TcpStream| loop {
        stream.write_all(b" ")?;
        thread::sleep(Duration::from_millis(50));
    };
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n";
    fails_in_time(
        &Home::with_oauth(&server(move |stream| stream.write_all(head).and_then(|()| drip(stream)))),
        &["in time"],
    );
    fails_in_time(
        &Home::with_oauth(&server(move |stream| stream.write_all(b"HTTP/1.1 200 ").and_then(|()| drip(stream)))),
        &["in time"],
    );
    fails_in_time(&Home::with_oauth(&Endpoint::always(Answer::never()).origin()), &["in time"]);
    let endless = |part: &'static [u8]| {
        server(move |stream| {
            stream.write_all(b"HTTP/1.1 200 OK\r\nx-more: ")?;
            loop {
                stream.write_all(part)?;
            }
        })
    };
    fails_in_time(&Home::with_oauth(&endless(b"and more, ")), &["16 KiB of headers"]);
    fails_in_time(&Home::with_oauth(&endless(b"more\r\nx-more: ")), &["too many headers"]);
}

#[test]
fn an_answer_that_breaks_off_is_no_token() {
    let whole = r#"{"access_token":"token-1","token_type":"bearer","expires_in":86399}"#;
    let body = |length: usize| format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{whole}");
    let chunk = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{:x}\r\n{whole}\r\n", whole.len());
    for answer in ["", "HTTP/1.1 200 OK\r\nContent-Le", &body(whole.len() + 1), &chunk, "SSH-2.0-OpenSSH_9.2\r\n"] {
        let endpoint = Endpoint::always(Answer::raw(answer.as_bytes()));
        let ran = Home::with_oauth(&endpoint.origin()).run(["token"]).fails(5, &[&endpoint.origin()]);
        assert!(!ran.stderr.contains("token-1"), "{ran:?}");
    }
    let endpoint = Endpoint::always(Answer::raw(body(whole.len()).as_bytes()));
    assert_eq!(Home::with_oauth(&endpoint.origin()).run(["token"]).succeeds().stdout, "token-1\n", "the same complete");
}

#[test]
fn an_answer_has_64_kib_at_most() {
    let token = r#"{"access_token":"token-1","token_type":"bearer"}"#;
    let padded = |length: usize| {
        Endpoint::always(Answer::new(200, &[], &(token.to_owned() + &" ".repeat(length - token.len()))))
    };
    assert_eq!(Home::with_oauth(&padded(64 * 1024).origin()).run(["token"]).succeeds().stdout, "token-1\n");
    Home::with_oauth(&padded(64 * 1024 + 1).origin()).run(["token"]).fails(5, &["64 KiB"]);
    Home::with_oauth(&padded(9_000_000).origin()).run(["token"]).fails(5, &["64 KiB"]);
}

#[test]
fn an_unrequested_compressed_answer_is_no_token() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\n";
    let endpoint = Endpoint::always(Answer::raw(&[head, &b"\x1f\x8b\x08\xff\0"[..]].concat()));
    Home::with_oauth(&endpoint.origin()).run(["token"]).fails(5, &[&endpoint.origin(), "not JSON"]);
}
