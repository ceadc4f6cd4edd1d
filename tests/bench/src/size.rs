//! The program's size: its file, its crates, and the memory of a call.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use super::call::Call;
use super::stage::Stage;
use super::{DIRECTORY, Figure};

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The bytes of a built program.
pub(crate) fn file(stage: &Stage, build: &str, name: &str) -> Figure<f64> {
    let path = stage.program(build, name);
    fs::metadata(path).map(|metadata| as_float(metadata.len())).map_err(|error| error.to_string())
}

/// The crates in the program or its build, including our own: counted as in the test `supply`.
pub(crate) fn crates() -> Figure<f64> {
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", TARGET]);
    let output = tree.arg("--manifest-path").arg(format!("{DIRECTORY}/../../Cargo.toml")).output();
    let output = output.map_err(|error| error.to_string())?;
    let stdout = String::from_utf8_lossy(&output.stdout);
    let lines = stdout.lines().filter(|line| !line.is_empty());
    let crates: BTreeSet<Vec<&str>> = lines.map(|line| line.split(' ').take(2).collect()).collect();
    if output.status.success() { Ok(as_float(crates.len())) } else { Err("cargo tree failed".into()) }
}

/// The most resident memory of one run, in KiB.
pub(crate) fn memory(stage: &Stage, call: &Call) -> Figure<f64> {
    let report = stage.path("time.txt");
    let mut command = call.surround("/usr/bin/time");
    let output = command.args(["-f", "%M", "-o"]).arg(&report).args(&call.argv).output();
    let output = output.map_err(|error| error.to_string())?;
    let kib = fs::read_to_string(&report).ok().and_then(|text| text.trim().parse().ok());
    kib.filter(|_| output.status.success()).ok_or_else(|| format!("time: {}", output.status))
}

#[expect(clippy::cast_precision_loss, reason = "counts below 2^53")]
pub(crate) fn as_float(count: impl TryInto<u64>) -> f64 {
    count.try_into().unwrap_or(u64::MAX) as f64
}
