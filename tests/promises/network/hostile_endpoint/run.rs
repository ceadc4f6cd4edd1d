//! The calls of a row, and the check of their results.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::meter::{Measured, Meter};
use super::wire::{Does, Server};
use super::{Place, Row, TOKEN, good};
use crate::support::endpoint::Asked;
use crate::support::{CERTIFICATE, CLIENT_ID, Home, ORG_ID, PRIVATE_KEY, Ran, SECRET, jwt, oauth};

/// The contract's time for a call.
const LONGEST: Duration = Duration::from_secs(9);
const LARGEST_KIB: u64 = 32 * 1024;
const MOST_LINES: usize = 12;
/// The output may contain at most this much of a secret.
const TELLING: usize = 16;

/// The result of a row.
#[derive(Default)]
pub(super) struct Outcome {
    pub(super) calls: usize,
    pub(super) longest: Duration,
    pub(super) peak_kib: u64,
    /// Whether it was run with the log, and with a good cached token.
    pub(super) is_whole: bool,
    pub(super) complaints: Vec<String>,
}

/// Runs a row: once, or with all its calls: both grants, with the log, and with a good cached token.
pub(super) fn outcome(meter: &mut Meter, row: &Row, is_whole: bool) -> Outcome {
    let mut outcome = Outcome { is_whole, ..Outcome::default() };
    let calls = [(jwt as fn(&str) -> Json, &["token"][..]), (oauth, &["-v", "token"])];
    for (grant, args) in calls.into_iter().take(1 + usize::from(is_whole)) {
        let stage = Stage::new(row, grant);
        let ran = stage.call(meter, args, &mut outcome);
        stage.judge(&ran, args, &mut outcome);
    }
    if is_whole && matches!(row.place, Place::Plain) {
        keeps_a_good_token(meter, row, &mut outcome);
    }
    outcome
}

/// A cached token near its expiry is printed for any behaviour of the endpoint, and stays.
fn keeps_a_good_token(meter: &mut Meter, row: &Row, outcome: &mut Outcome) {
    let stage = Stage::new(row, oauth);
    stage.server.is_good.store(true, Ordering::SeqCst);
    let first = stage.call(meter, &["token"], outcome);
    stage.server.is_good.store(false, Ordering::SeqCst);
    // An hour of a day is left: the refresh window.
    stage.home.age_token(23 * 3_600_000);
    let before = stage.server.connections();
    let (second, third) = (stage.call(meter, &["token"], outcome), stage.call(meter, &["token"], outcome));
    for ran in [&first, &second, &third] {
        if ran.code != 0 || !ran.stdout.contains(TOKEN) || !ran.stderr.is_empty() {
            outcome.complaints.push(format!("{}: a good token was not printed: {ran:?}", row.name));
        }
    }
    if row.code != 0 && stage.home.record()["token"]["fields"]["access_token"] != TOKEN {
        outcome.complaints.push(format!("{}: a good token was lost", row.name));
    }
    if stage.server.connections() == before {
        outcome.complaints.push(format!("{}: no request was made", row.name));
    }
}

/// A row's server, and a home whose profile names it.
struct Stage<'a> {
    row: &'a Row,
    server: Server,
    home: Home,
}

impl Outcome {
    /// Whether a call exceeded the contract's time.
    pub(super) fn is_late(&self) -> bool {
        self.longest >= LONGEST
    }
}

impl<'a> Stage<'a> {
    fn new(row: &'a Row, grant: fn(&str) -> Json) -> Self {
        let well: Does = Arc::new(|wire| wire.request().and_then(|_| wire.say(good())));
        let (home, server) = (Home::new(), Server::new(&row.does, &well));
        let origin = match &row.place {
            Place::Plain => format!("http://{}", server.address),
            Place::Tls(_) => format!("https://{}", server.address),
            Place::Proxy(_) => "https://ims.invalid".into(),
        };
        let mut profile = grant(&origin);
        if let Place::Tls(authority) = &row.place {
            home.write("config/profiles/ca.pem", authority, 0o644);
            profile["ca_file"] = json!("ca.pem");
        }
        home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
        home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
        home.profile("default", &profile);
        Self { row, server, home }
    }

    fn call(&self, meter: &mut Meter, args: &[&str], outcome: &mut Outcome) -> Ran {
        let proxy = match self.row.place {
            Place::Proxy(scheme) => Some(("HTTPS_PROXY", format!("{scheme}://{}", self.server.address))),
            _ => None,
        };
        let Measured { ran, took, peak_kib } = meter.run(&self.home, args, proxy);
        outcome.calls += 1;
        outcome.longest = outcome.longest.max(took);
        outcome.peak_kib = outcome.peak_kib.max(peak_kib);
        if peak_kib > LARGEST_KIB {
            outcome.complaints.push(format!("{}: {peak_kib} KiB", self.row.name));
        }
        if !self.server.is_alone() {
            outcome.complaints.push(format!("{}: the second server was called", self.row.name));
        }
        ran
    }

    fn judge(&self, ran: &Ran, args: &[&str], outcome: &mut Outcome) {
        let expected = if self.row.code == 0 { format!("{TOKEN}\n") } else { String::new() };
        let said = &ran.stderr;
        let is_plain = |line: &str| line.starts_with("jwt-credential: ") && !line.contains(is_moving);
        let is_quiet = ran.code == 0 && args == ["token"];
        let seen = self.server.seen();
        let record = self.home.record_path().map(|_| self.home.record()).unwrap_or_default();
        let places = [said, &ran.stdout, &record.to_string()];
        let told = secrets(&seen).into_iter().find(|secret| places.iter().any(|place| tells(place, secret)));
        let wrongs = [
            (ran.code != self.row.code, format!("exit {}", self.row.code)),
            (ran.stdout != expected, format!("on stdout {expected:?}")),
            (is_quiet && !said.is_empty(), "silence".into()),
            (ran.code != 0 && !said.contains("jwt-credential: error: "), "an error".into()),
            (!said.lines().all(is_plain), "plain lines".into()),
            (args == ["token"] && said.lines().count() > MOST_LINES, "a few lines".into()),
            (told.is_some(), format!("nothing of {told:?}")),
            (said.contains(TOKEN), "no token in messages".into()),
            (self.server.connections() > 3, format!("3 requests, not {}", self.server.connections())),
            (record["failures"][0]["cool_down_ms"].as_u64() > Some(60_000), "a minute of patience at most".into()),
            (ran.code != 0 && record["token"] != Json::Null, "no token in the cache".into()),
            (self.is_leaking(&seen), "no secret for the proxy".into()),
        ];
        for (_, what) in wrongs.into_iter().filter(|(is_wrong, _)| *is_wrong) {
            outcome.complaints.push(format!("{}: {args:?} should give {what}: {ran:?}", self.row.name));
        }
    }

    /// A proxy gets a CONNECT request and sees nothing else in plain text.
    fn is_leaking(&self, seen: &[u8]) -> bool {
        let seen = String::from_utf8_lossy(seen);
        let secrets = [SECRET, CLIENT_ID, ORG_ID, "client_secret", "jwt_token", "POST"];
        matches!(self.row.place, Place::Proxy(_)) && secrets.iter().any(|secret| seen.contains(secret))
    }
}

/// Characters that move a cursor or reverse text.
fn is_moving(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The key, and the secret and the assertion that were sent, each in all forms in which a server might repeat it.
fn secrets(seen: &[u8]) -> Vec<String> {
    let seen = String::from_utf8_lossy(seen);
    let form = seen.split("\r\n\r\n").nth(1).unwrap_or_default();
    let asked = Asked { line: String::new(), head: String::new(), body: form.into() };
    let assertion = asked.field("jwt_token").unwrap_or_default();
    // The header is the same for all assertions, and what follows the last part may be the next attempt.
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let assertion = assertion.split(|c| !is_part(c)).next().and_then(|whole| whole.split_once('.'));
    let assertion = assertion.map(|(_, rest)| rest.to_owned());
    let raw = [Some(SECRET.to_owned()), assertion].into_iter().flatten().flat_map(|secret| forms(&secret));
    raw.chain(PRIVATE_KEY.lines().filter(|line| !line.starts_with('-')).map(str::to_owned)).collect()
}

/// Raw, and in base64 at each of the three possible offsets.
pub(super) fn forms(secret: &str) -> Vec<String> {
    let encoded = |shift: usize| STANDARD.encode("x".repeat(shift) + secret);
    vec![secret.to_owned(), encoded(0), encoded(1), encoded(2)]
}

/// Whether a text contains a secret, or a part of it that is long enough to be useful.
fn tells(text: &str, secret: &str) -> bool {
    let part = TELLING.min(secret.len());
    let mut parts = (0..=secret.len() - part).step_by(TELLING / 2).map(|at| &secret[at..at + part]);
    part > 0 && parts.any(|part| text.contains(part))
}
