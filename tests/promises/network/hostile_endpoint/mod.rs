//! For any behaviour of the endpoint, a call ends in time, with little memory and the right exit code. It reveals
//! nothing in its output or to a second server, and a good cached token stays.

mod bodies;
mod framing;
mod lifetimes;
mod meter;
mod on_the_way;
mod refusing;
mod run;
mod slow;
mod tokens;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;

use meter::Meter;
use run::{Outcome, outcome};
use wire::{Does, Wire};

/// The token of every answer. No message may contain it.
const TOKEN: &str = "t0k3n-CANARY.in.an-answer";
/// How many calls run at once.
const AT_ONCE: usize = 12;

/// A server's behaviour and the expected exit code: with 0 the token is printed, otherwise nothing.
pub(super) struct Row {
    name: String,
    code: i32,
    does: Does,
    place: Place,
}

/// Where the server is.
#[derive(Clone)]
pub(super) enum Place {
    /// At a loopback address.
    Plain,
    /// The same with TLS; the trusted CA as PEM.
    Tls(String),
    /// A proxy for an https endpoint, reached by this scheme.
    Proxy(&'static str),
}

/// A server with this behaviour.
fn row(name: &str, code: i32, does: impl Fn(&mut Wire) -> std::io::Result<()> + Send + Sync + 'static) -> Row {
    Row { name: name.into(), code, does: Arc::new(does), place: Place::Plain }
}

impl Row {
    fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

/// A server that reads the request and sends this.
fn says(name: &str, code: i32, answer: impl Into<Vec<u8>>) -> Row {
    let answer = answer.into();
    row(name, code, move |wire| wire.request().and_then(|_| wire.say(&answer)))
}

/// A server that sends nothing.
fn silent(name: &str) -> Row {
    row(name, 5, |wire| wire.say("").and_then(|()| wire.hang()))
}

/// An answer with this status, these header lines, and a body of the right length.
fn answer(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// The body of a good answer: an hour in seconds, more than a minute in milliseconds.
fn token() -> String {
    json!({"access_token": TOKEN, "token_type": "bearer", "expires_in": 3_600_000}).to_string()
}

/// A good answer.
fn good() -> Vec<u8> {
    answer("200 OK", "", token())
}

/// All rows, slow ones first.
fn table() -> Vec<(&'static str, Vec<Row>)> {
    vec![
        ("slow or silent", slow::rows()),
        ("TLS and proxies", on_the_way::rows()),
        ("framing", framing::rows()),
        ("bodies", bodies::rows()),
        ("tokens", tokens::rows()),
        ("redirects and refusals", refusing::rows()),
    ]
}

/// Runs all rows, every n-th with all its calls.
fn each_ends_well(nth: usize) {
    let table = table();
    let rows: Vec<&Row> = table.iter().flat_map(|(_, rows)| rows).collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let number = || Some(next.fetch_add(1, Ordering::SeqCst)).filter(|number| *number < rows.len());
        let mut meter = Meter::new();
        std::iter::from_fn(number)
            .map(|number| in_time(&mut meter, rows[number], number % nth == 0))
            .collect::<Vec<_>>()
    };
    let outcomes: Vec<Outcome> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    for (group, rows) in &table {
        eprintln!("{group}: {} behaviours", rows.len());
    }
    let (mut calls, mut whole, mut longest, mut peak) = (0, 0, Duration::ZERO, 0);
    for outcome in &outcomes {
        (calls, whole) = (calls + outcome.calls, whole + usize::from(outcome.is_whole));
        (longest, peak) = (longest.max(outcome.longest), peak.max(outcome.peak_kib));
    }
    eprintln!(
        "{} behaviours of an endpoint, {whole} of them with the log on and a good token in the cache; {calls} calls: \
         the longest took {longest:.1?}, the largest {peak} KiB",
        rows.len()
    );
    let complaints: Vec<String> = outcomes.into_iter().flat_map(|outcome| outcome.complaints).collect();
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
    assert!(rows.len() >= 450, "rows were lost");
}

/// Runs a row. A row that exceeds its time is run once more, because the machine may be busy.
fn in_time(meter: &mut Meter, row: &Row, is_whole: bool) -> Outcome {
    let first = outcome(meter, row, is_whole);
    if !first.is_late() {
        return first;
    }
    let mut second = outcome(meter, row, is_whole);
    if second.is_late() {
        second.complaints.push(format!("{}: took {:.1?}, and {:.1?} before", row.name, second.longest, first.longest));
    }
    second
}

#[test]
fn for_any_endpoint_a_call_ends_well_and_reveals_nothing() {
    each_ends_well(8);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn for_any_endpoint_a_good_cached_token_is_printed() {
    each_ends_well(1);
}
