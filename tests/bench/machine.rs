//! Where and when it was measured: what a reader needs for comparing, and nothing by which the machine is known.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::bounded;

/// A line of what and its value.
pub(crate) fn described() -> Vec<(&'static str, String)> {
    let cpus = read("/proc/cpuinfo");
    let model = cpus.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1.to_owned()));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let os = read("/etc/os-release");
    let os = os.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("unknown").trim_matches('"');
    let release = read("/proc/sys/kernel/osrelease");
    vec![
        ("day", today()),
        ("processor", format!("{}, {cores} cores", model.unwrap_or_else(|| "unknown".into()))),
        // Its number alone: what follows tells whose machine it is.
        ("system", format!("{os}, Linux {}", release.split('-').next().unwrap_or_default().trim())),
        ("compiler", said("rustc", "--version")),
        ("C library", said("getconf", "GNU_LIBC_VERSION")),
        ("instruments", format!("{}, {}", said("hyperfine", "--version"), said("valgrind", "--version"))),
    ]
}

/// The day in UTC.
#[expect(clippy::disallowed_methods, reason = "the day of the measurement is this machine's")]
fn today() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string().chars().take(10).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default()
}

fn said(program: &str, arg: &str) -> String {
    let ended = bounded::run(Command::new(program).arg(arg), Duration::from_secs(30));
    ended.ok().and_then(|ended| Some(ended.stdout.lines().next()?.to_owned())).unwrap_or_else(|| "unknown".into())
}
