//! Answers of an endpoint: a target for each provider of the program's table. The input is a complete HTTP answer,
//! which a server on this machine gives.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jwt_credential::grant::Attempt;
use jwt_credential::log::Log;
use jwt_credential::profile::{Profile, ProfileLocation};
use jwt_credential::provider::{self, Provider};
use serde_json::Value as Json;

use crate::target::{Target, files, texts};
use crate::text::is_harmless;
use crate::token::is_token;

const SECRET: &str = "p8e-a-client-secret";
const DAY: Duration = Duration::from_secs(86_400);
/// The longest life of a row's tokens: Vault's.
const LONGEST: Duration = Duration::from_secs(32 * 86_400);
/// The longest cool-down that an endpoint can ask for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Each run is a connection, so there are far fewer runs than of other targets.
pub fn targets() -> impl Iterator<Item = Target> {
    provider::ALL.into_iter().map(|row| Target {
        name: format!("answer-{}", row.schema.name),
        long_runs: 100_000,
        seeds: Box::new(seeds),
        run: Box::new(move |bytes| run(row, bytes)),
    })
}

fn seeds() -> Vec<Vec<u8>> {
    texts(&[
        "HTTP/1.1 200 OK\r\n\r\n<R><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>A</AccessKeyId><SecretAccessKey>b/c=</SecretAccessKey><SessionToken>d</SessionToken><Expiration>2026-11-24T07:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></R>",
        "HTTP/1.1 200 OK\r\n\r\n{\"auth\":{\"client_token\":\"hvs.t\",\"lease_duration\":900}}",
        "HTTP/1.1 201 Created\r\n\r\n{\"token\":\"ghs_1\",\"expires_at\":\"2026-11-24T07:00:00Z\"}",
        "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 07:00:00 GMT\r\n\r\n{\"access_token\":\"token-1\",\"token_type\":\"bearer\",\"expires_in\":86399}",
        "HTTP/1.1 200 OK\r\n\r\n{\"token_type\":\"bearer\",\"access_token\":\"e30.eyJleHBpcmVzX2luIjoiODY0MDAwMDAiLCJjcmVhdGVkX2F0IjoiMTc5NTU5MDAwMDAwMCJ9.c2ln\",\"expires_in\":\"86399999\"}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n0\r\n\r\n",
        "HTTP/1.1 400 Bad Request\r\nX-Debug-Id: a\r\n\r\n{\"error\":\"invalid_client\",\"error_description\":\"invalid client_secret p8e-a-client-secret\"}",
        "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 99999999999\r\n\r\n{\"error\":\"throttled\"}",
        "HTTP/1.1 503 Unavailable\r\nDate: Tue, 24 Nov 2026 07:00:00 GMT\r\nRetry-After: Tue, 24 Nov 2026 07:00:30 GMT\r\n\r\n",
        "HTTP/1.1 302 Found\r\nLocation: https://evil.example/\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n<html>",
    ])
}

/// The result is a usable token with a lifetime of a day at most; or an error that does not blame the user, contains no
/// secret, and has a cool-down of a minute at most.
fn run(row: &'static Provider, bytes: &[u8]) {
    static PORT: OnceLock<u16> = OnceLock::new();
    let profile = profile_at(row, *PORT.get_or_init(serve));
    bytes.clone_into(&mut ANSWER.lock().unwrap_or_else(PoisonError::into_inner));
    let log = Log::default();
    let attempt = Attempt {
        profile: &profile,
        end: Instant::now() + Duration::from_secs(5),
        timeout: Duration::from_secs(5),
        awaited: false,
        audience: None,
        choices: &[],
        log: &log,
    };
    match row.grant.request(&attempt) {
        Ok(token) => {
            let secret = ["access_token", "secret_access_key"].into_iter().find_map(|name| token.fields.get(name));
            assert!(is_token(secret.unwrap_or_default()));
            assert!(token.lifetime.duration() <= LONGEST);
            assert!(token.headers.iter().all(|(name, value)| is_harmless(name) && is_harmless(value)));
        }
        Err(error) => {
            let lines = error.lines();
            assert!(lines.lines().all(is_harmless), "{lines}");
            // A row whose client has a key sends no secret that a server could repeat.
            assert!(!has_secret(&profile) || !lines.contains(SECRET), "{lines}");
            assert!(error.cool_down.is_none_or(|pause| pause <= PATIENCE));
            assert!((3..=5).contains(&error.exit_code()), "{lines}");
        }
    }
}

fn has_secret(profile: &Profile) -> bool {
    ["client_secret", "subject_token", "assertion"].iter().any(|key| profile.count(key) > 0)
}

/// The row's own example, with the server and secrets of this test.
fn profile_at(row: &Provider, port: u16) -> Profile {
    let key = files("support", |path| path.ends_with("private.key")).concat();
    let mut settings: Json = serde_json::from_str(row.example).expect("an example in JSON");
    for (name, value) in [
        (row.schema.endpoint_key, format!("http://127.0.0.1:{port}")),
        ("private_key", String::from_utf8_lossy(&key).into_owned()),
        ("client_secret", SECRET.to_owned()),
        ("subject_token", SECRET.to_owned()),
        ("assertion", SECRET.to_owned()),
    ] {
        let is_used = settings.get(name).is_some() || name == row.schema.endpoint_key;
        if row.schema.field(name).is_some() && is_used {
            settings[name] = value.into();
        }
    }
    if let Some(object) = settings.as_object_mut() {
        object.remove("passphrase");
        object.remove("certificate");
    }
    let place = ProfileLocation::Environment(settings.to_string().into());
    provider::CATALOG.read(place, Instant::now() + DAY).unwrap_or_else(|error| panic!("{}", error.lines()))
}

/// The next answer of the server.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn serve() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            // A client that closed the connection needs no answer.
            let _ = answer(connection);
        }
    });
    port
}

/// Reads the whole request: otherwise the answer would be lost with the connection.
fn answer(mut connection: TcpStream) -> std::io::Result<()> {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
            if body.len() >= length.unwrap_or(0) {
                break;
            }
        }
        match connection.read(&mut piece)? {
            0 => break,
            read => request.extend_from_slice(&piece[..read]),
        }
    }
    connection.write_all(&ANSWER.lock().unwrap_or_else(PoisonError::into_inner))
}
