//! Writers are killed at random moments while readers read.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::{Endpoints, TOKEN, left_over, none};
use crate::support::files::names;
use crate::support::{Home, oauth};

/// Each writer has its own identity: writers with one identity would share an exchange, and most would only wait.
const WRITERS: usize = 2;
/// For each writer: threads that read the records, and loops that run the program.
const READERS: (usize, usize) = (3, 1);

struct Field {
    home: Home,
    records: Vec<PathBuf>,
    kills: usize,
    until: Instant,
    over: AtomicBool,
    killed: AtomicUsize,
    /// How many of the killed calls held the lock.
    held: AtomicUsize,
    reads: AtomicUsize,
    calls: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

impl Field {
    fn new(home: Home, endpoints: &Endpoints, kills: usize) -> Self {
        let mut records = Vec::new();
        for writer in 0..WRITERS {
            let mut profile = oauth(&endpoints.plain.origin());
            profile["client_id"] = json!(format!("client-{writer}"));
            home.profile(&format!("writer-{writer}"), &profile);
            // The same identity. If its record were torn or missing, it would have no secret to request a token with.
            profile["client_secret"] = json!({"command": ["false"]});
            home.profile(&format!("reader-{writer}"), &profile);
            home.run(["token", "-p", &format!("writer-{writer}")]).succeeds();
            let all = names(&home.path("cache")).into_iter().map(|name| home.path("cache").join(name));
            records.extend(
                all.filter(|path| path.extension() == Some("json".as_ref()) && !records.contains(path))
                    .collect::<Vec<_>>(),
            );
        }
        let until = Instant::now() + Duration::from_secs(300);
        let (over, zero) = (AtomicBool::new(false), AtomicUsize::default);
        let failures = Mutex::default();
        Self { home, records, kills, until, over, killed: zero(), held: zero(), reads: zero(), calls: zero(), failures }
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Ends the run with a failure.
    fn check(&self, outcome: Result<(), String>) {
        if let Err(failure) = outcome {
            self.failures.lock().unwrap().push(failure);
            self.over.store(true, Ordering::Relaxed);
        }
    }

    /// Kills its own calls, one after the other, at moments spread over the whole call.
    fn write(&self, writer: usize) -> Result<(), String> {
        let mut random = Random::new(writer);
        // The duration of a call.
        let mut span = Duration::from_millis(5);
        let temporary = self.records[writer].with_extension("tmp1");
        while !self.is_over() {
            if Instant::now() > self.until {
                return Err(format!("only {} kills in time", self.killed.load(Ordering::Relaxed)));
            }
            let before = written(&temporary);
            let mut command = self.home.command(["token", "--refresh", "-p", &format!("writer-{writer}")]);
            let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
            // Late moments are more likely: the beginning of a call touches no file of ours.
            std::thread::sleep(span.mul_f64(random.fraction().sqrt()));
            child.kill().unwrap();
            let output = child.wait_with_output().unwrap();
            if output.status.signal() == Some(9) {
                self.held
                    .fetch_add(usize::from(temporary.exists() && written(&temporary) != before), Ordering::Relaxed);
                // Adapts to the calls: about one in eight ends by itself.
                span = span.mul_f64(1.01);
                if self.killed.fetch_add(1, Ordering::Relaxed) + 1 >= self.kills {
                    self.over.store(true, Ordering::Relaxed);
                }
            } else {
                span = span.mul_f64(0.93);
            }
            let is_fine = output.stderr.is_empty() && output.status.code().is_none_or(|code| code == 0);
            is_fine.then_some(()).ok_or_else(|| format!("a writer: {output:?}"))?;
        }
        Ok(())
    }

    /// Reads a record again and again: it always exists, is whole, and never goes back to an older one.
    fn read(&self, record: &Path) -> Result<(), String> {
        let mut newest = 0;
        while !self.is_over() {
            let bytes = fs::read(record).map_err(|error| format!("no record: {error}"))?;
            let number = number_of(&bytes).ok_or_else(|| format!("torn: {:?}", String::from_utf8_lossy(&bytes)))?;
            if number < newest {
                return Err(format!("token {number} after {newest}"));
            }
            newest = number;
            self.reads.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Asks the program again and again for a token that it cannot request.
    fn call(&self, writer: usize) -> Result<(), String> {
        while !self.is_over() {
            let ran = self.home.run(["json", "-p", &format!("reader-{writer}")]);
            let token = serde_json::from_str::<Json>(&ran.stdout).ok();
            let is_token =
                token.is_some_and(|token| token["access_token"].as_str().is_some_and(|token| token.starts_with(TOKEN)));
            if ran.code != 0 || !ran.stderr.is_empty() || !is_token {
                return Err(format!("a reader: {ran:?}"));
            }
            self.calls.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

/// The file's identity and its time: a file left by an earlier kill does not count.
fn written(path: &Path) -> Option<(u64, i64, i64)> {
    let file = path.symlink_metadata().ok()?;
    Some((file.ino(), file.mtime(), file.mtime_nsec()))
}

/// The number of the token in a whole record.
fn number_of(record: &[u8]) -> Option<u64> {
    let record: Json = serde_json::from_slice(record).ok()?;
    record["identity"].as_str().filter(|identity| identity.contains("client-"))?;
    record["token"]["fields"]["access_token"].as_str()?.strip_prefix(TOKEN)?.parse().ok()
}

/// Marsaglia's xorshift: these moments need no better randomness.
struct Random(u64);

impl Random {
    fn new(number: usize) -> Self {
        let since = std::time::UNIX_EPOCH.elapsed().unwrap();
        Self(u64::from(since.subsec_nanos()) << 8 | number as u64 | 1)
    }

    /// From 0 to 1.
    fn fraction(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        f64::from(u32::try_from(self.0 >> 32).unwrap()) / f64::from(u32::MAX)
    }
}

fn kill_at_random(kills: usize) {
    let endpoints = Endpoints::new();
    let field = Field::new(Home::new(), &endpoints, kills);
    let since = Instant::now();
    std::thread::scope(|scope| {
        let field = &field;
        for writer in 0..WRITERS {
            scope.spawn(move || field.check(field.write(writer)));
            (0..READERS.0).for_each(|_| drop(scope.spawn(move || field.check(field.read(&field.records[writer])))));
            (0..READERS.1).for_each(|_| drop(scope.spawn(move || field.check(field.call(writer)))));
        }
    });
    let took = since.elapsed();
    none(&field.failures.lock().unwrap());
    let orphans = left_over(&field.home).len();
    assert!(orphans <= WRITERS, "{orphans} temporary files");
    for writer in 0..WRITERS {
        field.home.run(["token", "--refresh", "-p", &format!("writer-{writer}")]).succeeds();
    }
    assert_eq!(left_over(&field.home), Vec::<String>::new(), "after one more call");
    let [killed, held, reads, calls] =
        [&field.killed, &field.held, &field.reads, &field.calls].map(|count| count.load(Ordering::Relaxed));
    assert!(held * 5 > killed, "only {held} of {killed} held the lock when they were killed");
    eprintln!(
        "{killed} kills at random in {took:?}, {held} of a process that had the lock: 0 torn of {reads} reads by {} \
         readers, 0 of {calls} calls of the program by {} failed; temporary files left: {orphans}, after one more \
         call 0",
        WRITERS * READERS.0,
        WRITERS * READERS.1
    );
}

#[test]
fn random_kills_leave_no_record_torn_for_readers() {
    kill_at_random(300);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn ten_thousand_random_kills_leave_no_record_torn() {
    kill_at_random(10_000);
}
