//! A home in which one path is repeated, each time from the same state, with or without strace.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::{Before, Path, TOKEN, left_over};
use crate::support::files::set_mode;
use crate::support::{BINARY, Home, Ran};

/// The first system call of our own: earlier ones are the loader's and the runtime's.
const BEGIN: &str = "/proc/sys/kernel/random/boot_id";

pub(super) struct Stage<'a> {
    pub(super) home: &'a Home,
    pub(super) path: Path,
    /// The record before the call.
    pub(super) record: Option<(PathBuf, String)>,
    identity: Json,
}

/// A system call: its number among those of its name, and strace's line.
#[derive(Clone, Debug)]
pub(super) struct Call {
    name: String,
    number: usize,
    pub(super) line: String,
    /// Not a call of the main thread: the calls of all threads that concern this file are counted.
    of_file: Option<PathBuf>,
}

impl Call {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// strace's option to tamper with this call.
    fn options(&self, tampering: &str) -> Vec<String> {
        let inject = format!("inject={}:{tampering}:when={}", self.name, self.number);
        let mut options = vec!["-e".into(), inject];
        options.extend(self.of_file.as_ref().map(|file| of_file(file)).into_iter().flatten());
        options
    }
}

fn of_file(file: &std::path::Path) -> [String; 3] {
    ["-f".into(), "-P".into(), file.to_str().unwrap().into()]
}

/// The result of a call of the program.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) ran: Ran,
    pub(super) signal: Option<i32>,
    pub(super) took: Duration,
}

impl<'a> Stage<'a> {
    pub(super) fn new(home: &'a Home, path: Path) -> Self {
        let mut stage = Self { home, path, record: None, identity: Json::Null };
        let _ = fs::remove_dir_all(home.path("cache"));
        stage.run(&["token"]).succeeds();
        stage.identity = home.record()["identity"].clone();
        if path.before == Before::Ageing {
            // The last tenth of a day is the refresh window; an hour is left.
            home.age_token(23 * 3_600_000);
        }
        let file = home.record_path().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        stage.record = (path.before != Before::Nothing).then_some((file, text));
        stage
    }

    /// Restores the state before the first call.
    pub(super) fn reset(&self) {
        let _ = fs::remove_dir_all(self.home.path("cache"));
        if let Some((file, text)) = &self.record {
            fs::create_dir(self.home.path("cache")).unwrap();
            set_mode(&self.home.path("cache"), 0o700);
            fs::write(file, text).unwrap();
            set_mode(file, 0o600);
        }
    }

    /// The binary without strace.
    fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.environment(&mut self.home.command(args)))
    }

    /// The path with one tampered call; the result and strace's output.
    pub(super) fn tampered(&self, call: &Call, tampering: &str) -> (Outcome, Vec<String>) {
        self.traced(&call.options(tampering))
    }

    /// Threads are followed only if an option says so: strace counts the calls of each thread separately, and one fault
    /// would become two.
    fn traced(&self, options: &[String]) -> (Outcome, Vec<String>) {
        let file = self.home.path("trace");
        let mut command = self.home.program("timeout");
        command.args(["-s", "KILL", "40", "strace", "-y", "-o"]).arg(&file).args(options).arg(BINARY);
        self.environment(command.args(self.path.args));
        let since = Instant::now();
        let output = command.output().unwrap();
        let took = since.elapsed();
        let outcome = Outcome { signal: output.status.signal(), took, ran: Ran::from(output) };
        let trace = fs::read(&file).unwrap();
        (outcome, String::from_utf8_lossy(&trace).lines().map(str::to_owned).collect())
    }

    fn environment<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        // The directory of the tests is not part of the home.
        command
            .current_dir("/")
            .env("JWT_CREDENTIAL_PROFILE", self.path.profile)
            .env("SSL_CERT_FILE", self.system_cas())
    }

    fn system_cas(&self) -> PathBuf {
        self.home.path("config/profiles/system.pem")
    }

    /// All system calls of our own on the path: those of the main thread, and those of the thread that reads the CAs.
    pub(super) fn calls(&self) -> Vec<Call> {
        let mut calls = self.calls_with(None);
        assert!(calls.len() > 20, "{calls:#?}");
        if self.path.profile == "tls" {
            let of_cas = self.calls_with(Some(&self.system_cas()));
            assert!(of_cas.len() > 2, "{of_cas:#?}");
            calls.extend(of_cas);
        }
        calls
    }

    fn calls_with(&self, file: Option<&std::path::Path>) -> Vec<Call> {
        self.reset();
        let (outcome, trace) = self.traced(&file.map(of_file).into_iter().flatten().collect::<Vec<_>>());
        outcome.ran.succeeds();
        let mut counts = BTreeMap::new();
        let mut calls = Vec::new();
        let mut is_ours = file.is_some();
        for line in trace {
            // With `-f`, the line begins with the thread's number.
            let call = line.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
            let name = call.split_once('(').map(|(name, _)| name);
            let Some(name) = name.filter(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')) else {
                continue;
            };
            let count: &mut usize = counts.entry(name.to_owned()).or_default();
            *count += 1;
            is_ours |= line.contains(BEGIN);
            if is_ours && !name.starts_with("exit") {
                calls.push(Call {
                    name: name.to_owned(),
                    number: *count,
                    line: call.to_owned(),
                    of_file: file.map(PathBuf::from),
                });
            }
        }
        calls
    }

    /// The current record, which must be whole and of the right identity.
    pub(super) fn whole_record(&self) -> Option<Json> {
        let text = fs::read(self.home.record_path()?).unwrap();
        let record: Json = serde_json::from_slice(&text).unwrap_or_else(|_| panic!("torn: {text:?}"));
        assert_eq!(record["identity"], self.identity);
        let token = record["token"]["fields"]["access_token"].as_str();
        assert!(token.is_none_or(|token| token.starts_with(TOKEN)), "{record}");
        Some(record)
    }

    /// The token in the record before the call.
    pub(super) fn old_token(&self) -> Option<String> {
        let record: Json = serde_json::from_str(&self.record.as_ref()?.1).unwrap();
        record["token"]["fields"]["access_token"].as_str().map(str::to_owned)
    }

    /// The next call works and leaves a whole record, and the next token request removes all other files.
    pub(super) fn recovers(&self) {
        let token = self.run(&["token"]).succeeds().stdout;
        let record = self.whole_record().expect("a record");
        assert_eq!(record["token"]["fields"]["access_token"], token.trim());
        if !left_over(self.home).is_empty() {
            self.run(&["token", "--refresh"]).succeeds();
            assert_eq!(left_over(self.home), Vec::<String>::new(), "after two calls");
        }
    }
}
