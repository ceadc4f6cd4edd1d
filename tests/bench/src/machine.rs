//! When and where a run was made: what a reader needs to compare figures, and nothing that identifies the machine.

use std::fs;
use std::process::Command;

pub(crate) fn description() -> Vec<(&'static str, String)> {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let (cpus, os, release) = (read("/proc/cpuinfo"), read("/etc/os-release"), read("/proc/sys/kernel/osrelease"));
    let model = cpus.lines().find_map(|line| Some(line.strip_prefix("model name")?.split_once(": ")?.1));
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let os = os.lines().find_map(|line| line.strip_prefix("PRETTY_NAME=")).unwrap_or("unknown").trim_matches('"');
    // The number alone: the rest may name the owner of the machine.
    let release = release.trim().split('-').next().unwrap_or_default();
    vec![
        ("day", output("date", &["--utc", "+%F"])),
        ("processor", format!("{}, {cores} cores", model.unwrap_or("unknown"))),
        ("system", format!("{os}, Linux {release}")),
        ("compiler", output("rustc", &["--version"])),
        ("C library", output("getconf", &["GNU_LIBC_VERSION"])),
    ]
}

/// The first line of a program's output.
fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output().ok();
    let line = output.and_then(|output| String::from_utf8(output.stdout).ok()?.lines().next().map(str::to_owned));
    line.unwrap_or_else(|| "unknown".into())
}
