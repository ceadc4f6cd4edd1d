//! What a call costs, in figures that do not depend on how busy the machine is.
//! `tests/bench/README.md` says what each item is for; the times are in `tests/bench/RESULTS.md`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;

use super::support::ca::Ca;
use super::support::clients::{is_met, pass_over};
use super::support::endpoint::{Answer, Endpoint};
use super::support::{BINARY, Home, Ran, has_client, jwt};

/// Arguments; instructions in user space, the dynamic linker's 250,000 among them (x86-64, rustc 1.95, glibc 2.36);
/// allocations on the heap.
const CALLS: [(&[&str], u64, u64); 2] = [(&["json"], 445_054, 128), (&["json", "-p", "default"], 540_747, 198)];
/// System calls from the first of our own on.
const SYSTEM_CALLS: usize = 31;

/// A home with a good token, at a path whose length is always the same: instructions depend on it.
struct Cached {
    home: Home,
    at: PathBuf,
    record: String,
}

impl Cached {
    fn new() -> Self {
        let home = Home::new();
        // As long as Adobe's.
        let endpoint = Endpoint::always(Answer::token(&"token".repeat(200), 86_399_999));
        home.jwt_at(&endpoint);
        let mut profile = jwt(&endpoint.origin());
        profile["hosts"] = json!(["*.adobe.io"]);
        home.profile("default", &profile);
        home.run(["json"]).succeeds();
        let record = home.record_path().unwrap().file_name().unwrap().to_str().unwrap().to_owned();
        let at = Path::new("/tmp").join(format!("jwt-credential-{:0>10}", endpoint.port()));
        // One that a killed run has left.
        let _ = fs::remove_file(&at);
        std::os::unix::fs::symlink(home.directory.path(), &at).unwrap();
        Self { home, at, record }
    }

    /// A call below a watcher, in an environment that is empty but for two variables.
    fn watched(&self, watcher: &[&str], args: &[&str]) -> Command {
        let mut command = Command::new("env");
        let directory = |name: &str, part: &str| format!("JWT_CREDENTIAL_{name}_DIR={}", self.at.join(part).display());
        command.arg("-i").arg(directory("CONFIG", "config")).arg(directory("CACHE", "cache"));
        command.args(watcher).arg(BINARY).args(args).stdin(Stdio::null());
        command
    }

    /// What the watcher says on standard error, once it is sure that the token was printed.
    fn told(&self, watcher: &[&str], args: &[&str]) -> String {
        let output = self.watched(watcher, args).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        // Below valgrind a call once died half-way, and was cheap.
        assert!(output.status.success() && output.stdout.starts_with(b"{\"version\":1"), "{told}");
        told
    }
}

impl Drop for Cached {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.at);
    }
}

/// The number behind these words.
fn number(told: &str, words: &str) -> u64 {
    let (_, rest) = told.split_once(words).unwrap_or_else(|| panic!("no {words:?} in {told}"));
    let digits: String = rest.trim_start().chars().take_while(|c| c.is_ascii_digit() || *c == ',').collect();
    digits.replace(',', "").parse().unwrap()
}

fn grows_by_a_twentieth_at_most(what: &str, now: u64, recorded: u64) {
    eprintln!("MEASURED: {now} {what} ({recorded} are recorded)");
    assert!(
        now <= recorded + recorded / 20,
        "{now} {what}, and {recorded} were recorded: if they earn their keep, record them in {}",
        file!()
    );
}

/// What is recorded is of a release build on x86-64 Linux.
fn is_as_recorded() -> bool {
    let is = cfg!(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(debug_assertions)));
    if !is {
        pass_over("a release build for x86-64 Linux with glibc");
    }
    is
}

#[test]
fn what_a_cached_call_runs_lies_side_by_side() {
    if !is_as_recorded() || !has_client("readelf") {
        return;
    }
    let sections = Command::new("readelf").args(["-SW", BINARY]).output().unwrap().stdout;
    let sections = String::from_utf8(sections).unwrap();
    let Some(line) = sections.lines().find(|line| line.contains(" .text.cached ")) else {
        is_met(false, "a linker that lays the program out");
        return;
    };
    let size = line.split_whitespace().skip_while(|word| *word != "PROGBITS").nth(3).unwrap();
    let kib = u64::from_str_radix(size, 16).unwrap() / 1024;
    eprintln!("MEASURED: {kib} KiB of code side by side");
    // A list that another compiler's names have outdated finds little; patterns that match too much find all.
    assert!((200..500).contains(&kib), "{kib} KiB of {line}: tests/bench/layout makes the list anew");
}

#[test]
fn a_cached_call_costs_the_instructions_and_allocations_that_are_recorded() {
    if !is_as_recorded() || !has_client("valgrind") {
        return;
    }
    let cached = Cached::new();
    let out = format!("--callgrind-out-file={}", cached.at.join("callgrind").display());
    for (args, instructions, allocations) in CALLS {
        let call = args.join(" ");
        let told = cached.told(&["valgrind", "--tool=callgrind", &out], args);
        grows_by_a_twentieth_at_most(&format!("instructions of {call}"), number(&told, "Collected :"), instructions);
        let told = cached.told(&["valgrind"], args);
        grows_by_a_twentieth_at_most(
            &format!("allocations of {call}"),
            number(&told, "total heap usage:"),
            allocations,
        );
    }
}

#[test]
fn a_call_that_mints_reads_each_file_once_connects_once_and_asks_for_cas_over_tls_only() {
    if !has_client("strace") {
        return;
    }
    let home = Home::new();
    let Some(ca) = Ca::new(&home) else { return };
    let token = || Answer::token("token", 86_399_999);
    let (plain, tls) = (Endpoint::always(token()), ca.endpoint(move |_, _| token()));
    home.jwt_at(&plain);
    let at = format!("https://127.0.0.1:{}", tls.port());
    home.profile("tls", &jwt(&at));
    for (profile, cas) in [("default", 0), ("tls", 1)] {
        let trace = home.path("trace");
        let mut strace = home.program("strace");
        strace.args(["-f", "-o"]).arg(&trace).args([BINARY, "-p", profile, "json"]);
        Ran::of(strace.env("SSL_CERT_FILE", &ca.pem)).succeeds();
        let trace = fs::read_to_string(trace).unwrap();
        let count = |call: &str, part: &str| trace.lines().filter(|l| l.contains(call) && l.contains(part)).count();
        for (what, expected) in [("private.key", 1), ("certificate_pub.crt", 0), ("ca.pem", cas)] {
            assert_eq!(count("open", what), expected, "{profile}: {what} in {trace}");
        }
        assert_eq!(count("connect(", "127.0.0.1"), 1, "{profile}: {trace}");
        assert_eq!(count("open", &format!("{profile}.json")), 1, "{profile}: {trace}");
        assert_eq!(count("write(1", ""), 1, "{profile}: {trace}");
    }
    assert_eq!((plain.count(), tls.count()), (1, 1));
}

#[test]
fn a_cached_call_opens_the_boot_id_the_profile_and_the_record_and_that_is_all() {
    if !is_as_recorded() || !has_client("strace") {
        return;
    }
    let cached = Cached::new();
    let file = cached.at.join("trace").display().to_string();
    cached.told(&["strace", "-o", &file], &["json"]);
    let trace = fs::read_to_string(cached.home.path("trace")).unwrap();
    let lines: Vec<&str> = trace.lines().skip_while(|line| !line.starts_with("prctl(PR_SET_DUMPABLE")).collect();
    let opened: Vec<&str> =
        lines.iter().filter(|line| line.starts_with("open")).filter_map(|line| line.split('"').nth(1)).collect();
    let of = |part: &str| cached.at.join(part).display().to_string();
    let expected =
        ["/proc/sys/kernel/random/boot_id", &of("config/default.json"), &of("cache"), cached.record.as_str()];
    assert_eq!(opened, expected, "{trace}");
    let calls = lines.iter().filter(|line| !line.starts_with("+++")).count();
    eprintln!("MEASURED: {calls} system calls of a cached call");
    assert!(calls <= SYSTEM_CALLS, "{calls}: {lines:#?}");
}
