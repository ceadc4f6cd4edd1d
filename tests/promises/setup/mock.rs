//! The mock takes what Adobe's own clients send, shows how tokens expire, and logs its requests.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use serde_json::{Value as Json, json};

use crate::support::clients::is_met;
use crate::support::mock::Served;
use crate::support::process::signal;
use crate::support::{BINARY, Home, Ran, has_client};

const ADOBES: &str = "https://ims-na1.adobelogin.com";

fn now() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// A mock, and the parts of a request to its JWT endpoint.
struct Mock {
    home: Home,
    served: Served,
    jwt: Json,
}

impl Mock {
    fn new(options: &[&str]) -> Self {
        let home = Home::new();
        let served = Served::with(&home, options);
        Self { jwt: served.profile("jwt"), home, served }
    }

    fn text(&self, key: &str) -> &str {
        self.jwt[key].as_str().unwrap()
    }

    /// An assertion for this audience, with a metascope at that origin.
    fn assertion(&self, audience: &str, metascope_at: &str, exp: u64) -> String {
        let claims = json!({
            "exp": exp, "iss": self.text("org_id"), "sub": self.text("technical_account_id"),
            "aud": format!("{audience}/c/{}", self.text("client_id")),
            format!("{metascope_at}/s/ent_user_sdk"): true,
        });
        let encoded = |part: &str| URL_SAFE_NO_PAD.encode(part);
        let signed = format!("{}.{}", encoded(r#"{"alg":"RS256"}"#), encoded(&claims.to_string()));
        let der = PrivateKeyDer::from_pem_slice(self.served.text("keys/private.key").as_bytes()).unwrap();
        let key = RsaKeyPair::from_pkcs8(der.secret_der()).unwrap();
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &ring::rand::SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Exchanges an assertion as ims-go does: a form, the metascopes below the URL that it was given.
    fn exchange(&self, assertion: &str, more: &[&str]) -> (u16, Json) {
        let [id, secret] = ["client_id", "client_secret"].map(|key| format!("{key}={}", self.text(key)));
        let assertion = format!("jwt_token={assertion}");
        let args = [&["-d", &id, "-d", &secret, "-d", &assertion][..], more].concat();
        self.served.curl(&self.home, "/ims/exchange/jwt", &args)
    }

    /// A token, from a client that authenticates by `Authorization: Basic`.
    fn token(&self) -> String {
        let client = format!("{}:{}", self.text("client_id"), self.text("client_secret"));
        let form = ["-u", &client, "-d", "grant_type=client_credentials", "-d", "scope=openid"];
        let (status, answer) = self.served.curl(&self.home, "/ims/token/v3", &form);
        assert_eq!(status, 200, "{answer}");
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn is_valid(&self, args: &[&str]) -> bool {
        let (status, answer) = self.served.curl(&self.home, "/ims/validate_token/v1", args);
        assert_eq!((status, answer["valid"] == false), (200, answer["reason"].is_string()), "{answer}");
        answer["valid"] == true
    }
}

#[test]
fn an_assertion_may_be_for_the_mock_or_for_adobe() {
    if !has_client("curl") {
        return;
    }
    let mock = Mock::new(&[]);
    let own = mock.served.origin.clone();
    let secure = own.replace("http://", "https://");
    let stage = "https://ims-na1-stg1.adobelogin.com";
    let exp = now() + 300;
    for origin in [&own, &secure, &own.replace("127.0.0.1", "localhost"), ADOBES, stage] {
        for metascope_at in [origin, ADOBES] {
            let (status, answer) = mock.exchange(&mock.assertion(origin, metascope_at, exp), &[]);
            assert_eq!(status, 200, "{origin} {metascope_at}: {answer}");
        }
    }
    // Behind a TLS proxy, the client knows only the proxy's name.
    let front = mock.assertion("https://ims.test:8443", "https://ims.test:8443", exp);
    assert_eq!(mock.exchange(&front, &["-H", "Host: ims.test:8443"]).0, 200);
    for other in ["https://ims.test:8443", "https://ims-na1.adobelogin.com.test", "http://127.0.0.1", "ims-na1", ""] {
        let (status, answer) = mock.exchange(&mock.assertion(other, &own, exp), &[]);
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_client")), "{other}");
        let (status, answer) = mock.exchange(&mock.assertion(&own, other, exp), &[]);
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_scope")), "{other}");
    }
}

#[test]
fn an_assertions_end_must_be_in_seconds_and_ahead() {
    if !has_client("curl") {
        return;
    }
    let mock = Mock::new(&[]);
    // Adobe's samples use 87,000 s, a little more than a day.
    for (exp, expected) in [(now() + 87_000, 200), (now() - 1, 400), ((now() + 300) * 1_000, 400), (u64::MAX, 400)] {
        let (status, answer) = mock.exchange(&mock.assertion(ADOBES, ADOBES, exp), &[]);
        let error = (expected == 400).then_some("invalid_token");
        assert_eq!((status, answer["error"].as_str()), (expected, error), "{exp}");
    }
    let (_, answer) = mock.exchange(&mock.assertion(ADOBES, ADOBES, now() * 1_000), &[]);
    assert!(answer["error_description"].as_str().unwrap().contains("not in seconds"), "{answer}");
}

#[test]
fn a_client_may_authenticate_by_a_header() {
    if !has_client("curl") {
        return;
    }
    let mock = Mock::new(&[]);
    mock.token();
    let id = mock.text("client_id");
    for (client, part) in [(format!("{id}:other"), "client_secret"), ("other:other".into(), "client_id")] {
        let form = ["-u", &client, "-d", "grant_type=client_credentials", "-d", "scope=openid"];
        let (status, answer) = mock.served.curl(&mock.home, "/ims/token/v3", &form);
        assert_eq!((status, answer["error"].as_str()), (400, Some("invalid_client")), "{answer}");
        assert!(answer["error_description"].as_str().unwrap().contains(part), "{answer}");
    }
}

#[test]
fn a_token_can_be_validated_by_get_and_by_post() {
    if !has_client("curl") {
        return;
    }
    let mock = Mock::new(&[]);
    let token = mock.token();
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Json = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["as"], "ims-na1", "aio-lib-ims finds the endpoint by it");
    let header = format!("Authorization: Bearer {token}");
    let field = format!("token={token}");
    let (id, kind) = (format!("client_id={}", mock.text("client_id")), "type=access_token");
    for args in [
        &["-G", "-d", kind, "-d", &id, "-H", &header][..],
        &["-G", "-d", kind, "-d", &id, "-d", &field],
        &["-F", kind, "-F", &id, "-H", &header],
        &["-d", kind, "-d", &id, "-d", &field],
    ] {
        assert!(mock.is_valid(args), "{args:?}");
    }
    assert!(!mock.is_valid(&["-H", "Authorization: Bearer other"]) && !mock.is_valid(&[]));
}

#[test]
fn a_token_with_a_short_life_is_seen_to_expire() {
    if !has_client("curl") {
        return;
    }
    let mock = Mock::new(&["--ttl", "2s"]);
    let header = format!("Authorization: Bearer {}", mock.token());
    assert!(mock.is_valid(&["-H", &header]));
    std::thread::sleep(Duration::from_millis(2_100));
    assert!(!mock.is_valid(&["-H", &header]));
    let home = &mock.home;
    for (ttl, seconds) in [("2h", 7_200), ("90s", 90)] {
        for profile in ["jwt", "oauth"] {
            let ran = home.run(["mock", "--ttl", ttl, "-p", profile]).succeeds();
            let end = humantime::parse_rfc3339(ran.json()["expires_at"].as_str().unwrap()).unwrap();
            let left = end.duration_since(SystemTime::now()).unwrap().as_secs();
            assert!((seconds - 10..=seconds).contains(&left), "{ttl}: {left}");
        }
    }
    for wrong in ["0s", "999ms", "25h", "soon"] {
        home.run(["mock", "--ttl", wrong]).fails(2, &["--ttl"]);
    }
}

#[test]
fn the_mock_logs_its_requests_without_secrets() {
    let home = Home::new();
    let ran = home.run(["mock", "-v", "--", "/bin/sh", "-c", "jwt-credential token; jwt-credential -p oauth token"]);
    let lines = ["mock: POST /ims/exchange/jwt answered 200\n", "mock: POST /ims/token/v3 answered 200\n"];
    assert!(lines.iter().all(|line| ran.stderr.contains(line)), "{ran:?}");
    let ran = home.run(["mock", "-v", "--without", "adobe-jwt"]);
    let line = "mock: POST /ims/exchange/jwt answered 500 internal_error (Please try again later)\n";
    assert!(ran.code == 5 && ran.stderr.contains(line), "{ran:?}");
    if has_client("curl") {
        let call =
            r#"curl -s "$JWT_CREDENTIAL_MOCK/api/x?token=CANARY-1" -H "Authorization: Bearer CANARY-2" >/dev/null"#;
        let ran = home.run(["mock", "-v", "--", "/bin/sh", "-c", call]);
        let line = "mock: GET /api/x answered 401 401013 (Oauth token is not valid)\n";
        assert!(ran.stderr.contains(line) && !ran.stderr.contains("CANARY"), "{ran:?}");
    }
    assert!(!home.run(["mock"]).stderr.contains("POST"), "silent without -v");
}

#[test]
fn a_directory_with_a_quote_runs_nothing_when_pasted() {
    let home = Home::new();
    let odd = home.path("it's $(touch pasted) `touch pasted`");
    std::fs::create_dir(&odd).unwrap();
    let mut command = home.command(["mock", "--serve"]);
    let mut child = command.env("TMPDIR", &odd).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while !text.contains("jwt-credential curl") {
        assert!(std::io::BufRead::read_line(&mut stdout, &mut text).unwrap() > 0, "{text}");
    }
    let mut shell = home.program("/bin/sh");
    shell.args(["-c", &format!("{text}\nprintf %s \"$JWT_CREDENTIAL_CONFIG_DIR\"")]).current_dir(home.path(""));
    let ran = Ran::of(&mut shell).succeeds();
    assert!(ran.stdout.starts_with(odd.to_str().unwrap()) && Path::new(&ran.stdout).is_dir(), "{ran:?}");
    assert!(!home.path("pasted").exists());
    signal(&child, rustix::process::Signal::TERM);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_mocks_download_can_be_imported() {
    let home = Home::new();
    let served = Served::start(&home);
    let download = format!("{}/../oauth_server_to_server.json", served.config);
    let mut import = home.command(["import", &download, "--ims", &served.origin, "--as", "mine"]);
    let ran = Ran::of(import.env("JWT_CREDENTIAL_PROFILE", "another")).succeeds();
    let note = "note: JWT_CREDENTIAL_PROFILE is set, and selects the profile of calls without -p\n";
    assert!(ran.stdout.ends_with(note), "{ran:?}");
    home.run(["json"]).succeeds().json();
}

#[test]
fn without_proc_the_mock_works() {
    let home = Home::new();
    let run = |script: &str| {
        let mut command = home.program("unshare");
        Ran::from(command.args(["-rm", "/bin/sh", "-c", script, BINARY]).output().unwrap())
    };
    let hide = "mount -t tmpfs none /proc";
    if !is_met(has_client("unshare") && run(hide).code == 0, "namespaces") {
        return;
    }
    for script in ["exec \"$0\" mock", "PATH=\"${0%/*}:$PATH\" && exec jwt-credential mock"] {
        run(&format!("{hide} && {script}")).succeeds().json();
    }
    let inside = "exec \"$0\" mock -- jwt-credential token";
    assert!(run(&format!("{hide} && {inside}")).succeeds().stdout.starts_with("ey"));
}
