//! Which certificates of the endpoint are trusted.

use std::fs;
use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, PRIVATE_KEY, Ran, oauth};

/// An endpoint with a certificate for `section`, valid for this many days, and a home whose profile `default` names it.
/// The CA is `config/profiles/ca.pem`.
struct Tls {
    home: Home,
    endpoint: Endpoint,
}

impl Tls {
    fn new(section: &str, days: &str) -> Option<Self> {
        let home = Home::new();
        let ca = Ca::of(&home, section, days)?;
        let endpoint = ca.endpoint(|_, number| Answer::token(&format!("token-{number}"), DAY));
        let tls = Self { home, endpoint };
        tls.profile(None);
        Some(tls)
    }

    fn origin(&self) -> String {
        format!("https://127.0.0.1:{}", self.endpoint.port())
    }

    fn profile(&self, ca_file: Option<&str>) {
        let mut profile = oauth(&self.origin());
        if let Some(path) = ca_file {
            profile["ca_file"] = json!(path);
        }
        self.home.profile("default", &profile);
    }

    fn with_cert_file(&self, path: impl AsRef<Path>) -> Ran {
        Ran::of(self.home.command(["token"]).env("SSL_CERT_FILE", path.as_ref()))
    }

    /// Asserts that the call fails with exit code 3 and these words, and that no request was sent.
    #[track_caller]
    fn distrusts(&self, ran: Ran, words: &[&str]) {
        ran.fails(3, words);
        assert_eq!(self.endpoint.count(), 0);
    }
}

#[test]
fn a_certificate_of_an_unknown_ca_gets_no_request() {
    let Some(tls) = Tls::new("here", "1") else { return };
    let words = [&tls.origin(), "certificate", "hint: ", "\"ca_file\"", "JWT_CREDENTIAL_CA_FILE"];
    tls.distrusts(tls.home.run(["token"]), &words);
}

#[test]
fn a_ca_file_beside_the_profile_is_trusted() {
    let Some(tls) = Tls::new("here", "1") else { return };
    tls.profile(Some("ca.pem"));
    assert_eq!(tls.home.run(["token"]).succeeds().stdout, "token-1\n");
    tls.profile(Some(tls.home.path("config/profiles/ca.pem").to_str().unwrap()));
    assert_eq!(tls.home.run(["token", "--refresh"]).succeeds().stdout, "token-2\n");
    assert_eq!(tls.endpoint.asked()[1].line, "POST /ims/token/v3 HTTP/1.1");
}

#[test]
fn a_ca_file_may_be_a_whole_systems_bundle() {
    let Some(tls) = Tls::new("here", "1") else { return };
    let own = fs::read_to_string(tls.home.path("config/profiles/ca.pem")).unwrap();
    let of_size = |size: usize| format!("{}{own}", "# a comment between the certificates\n".repeat(size / 37));
    tls.profile(Some("bundle.pem"));
    for size in [220 * 1024, 1020 * 1024] {
        tls.home.write("config/profiles/bundle.pem", &of_size(size), 0o644);
        tls.home.run(["token", "--refresh"]).succeeds();
    }
    tls.home.write("config/profiles/bundle.pem", &of_size(1100 * 1024), 0o644);
    tls.home.run(["token", "--refresh"]).fails(3, &["ca_file", "bundle.pem", "is larger than 1024 KiB"]);
}

#[test]
fn a_ca_certificate_that_a_server_shows_as_its_own_is_named() {
    let home = Home::new();
    let Some(ca) = Ca::as_server(&home) else { return };
    let endpoint = ca.endpoint(|_, _| Answer::token("token", DAY));
    let mut profile = oauth(&format!("https://127.0.0.1:{}", endpoint.port()));
    profile["ca_file"] = json!("own.pem");
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["is not trusted here", "hint: give the server a certificate that this CA signed"]);
}

#[test]
fn the_cas_of_ssl_cert_file_are_trusted() {
    let Some(tls) = Tls::new("here", "1") else { return };
    assert_eq!(tls.with_cert_file(tls.home.path("config/profiles/ca.pem")).succeeds().stdout, "token-1\n");
}

#[test]
fn a_ca_file_of_the_environment_is_trusted_beside_the_systems() {
    let Some(tls) = Tls::new("here", "1") else { return };
    let run = |file: &Path| Ran::of(tls.home.command(["token"]).env("JWT_CREDENTIAL_CA_FILE", file));
    let absent = tls.home.path("absent.pem");
    run(&absent).fails(3, &["the JWT_CREDENTIAL_CA_FILE ", "absent.pem cannot be read"]);
    run(Path::new("ca.pem")).fails(3, &["the variable JWT_CREDENTIAL_CA_FILE must be an absolute path"]);
    run(Path::new("")).fails(3, &["not trusted here"]);
    assert_eq!(run(&tls.home.path("config/profiles/ca.pem")).succeeds().stdout, "token-1\n");
    assert_eq!(tls.endpoint.count(), 1);
}

#[test]
fn an_expired_certificate_is_not_trusted() {
    let Some(tls) = Tls::new("here", "-1") else { return };
    tls.profile(Some("ca.pem"));
    tls.distrusts(tls.home.run(["token"]), &["certificate", "Expired"]);
}

#[test]
fn a_certificate_for_another_host_is_not_trusted() {
    let Some(tls) = Tls::new("elsewhere", "1") else { return };
    tls.profile(Some("ca.pem"));
    tls.distrusts(tls.home.run(["token"]), &["certificate", "127.0.0.1"]);
}

#[test]
fn a_ca_file_without_certificates_is_reported() {
    let Some(tls) = Tls::new("here", "1") else { return };
    let empty = tls.home.write("config/profiles/empty.pem", "", 0o644);
    tls.home.write("config/profiles/key.pem", PRIVATE_KEY, 0o600);
    tls.distrusts(tls.with_cert_file(&empty), &["SSL_CERT_FILE", "empty.pem", "hint: "]);
    tls.distrusts(tls.with_cert_file("/absent/ca.pem"), &["SSL_CERT_FILE", "/absent/ca.pem", "hint: "]);
    for file in ["absent.pem", "empty.pem", "key.pem"] {
        tls.profile(Some(file));
        tls.distrusts(tls.home.run(["token"]), &["ca_file", file]);
    }
}

#[test]
fn an_endless_handshake_is_given_up_in_time() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let dripping = TcpListener::bind("127.0.0.1:0").unwrap();
    let addresses = [&silent, &dripping].map(|listener| listener.local_addr().unwrap());
    std::thread::spawn(move || {
        // The header of a long handshake record, then one byte at a time.
        let drip = |mut stream: TcpStream| {
            stream.write_all(&[22, 3, 3, 64, 0]).unwrap();
            while stream.write_all(&[0]).is_ok() {
                std::thread::sleep(Duration::from_millis(50));
            }
        };
        dripping.incoming().flatten().for_each(drip);
    });
    let home = Home::new();
    for address in addresses {
        home.profile("default", &oauth(&format!("https://{address}")));
        let began = Instant::now();
        home.run(["--timeout", "2s", "token"]).fails(5, &["in time"]);
        assert!(began.elapsed() < Duration::from_secs(3), "{address}: {:?}", began.elapsed());
    }
    drop(silent);
}

#[test]
fn a_server_that_speaks_no_tls_is_no_endpoint() {
    let endpoint = Endpoint::over(
        |_, _| Answer::never(),
        |mut stream| stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").err().map(|_| stream),
    );
    let home = Home::new();
    home.profile("default", &oauth(&endpoint.origin().replace("http:", "https:")));
    home.run(["token"]).fails(5, &["https://127.0.0.1:"]);
}
