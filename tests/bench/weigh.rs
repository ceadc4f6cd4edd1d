//! What the program weighs: its file, and the crates in it.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::bounded;
use super::case::Build;
use super::measure::Figure;
use super::stage::Stage;

const TARGET: &str = "x86_64-unknown-linux-gnu";

/// The size of a built program, in bytes.
pub(crate) fn size(stage: &Stage, name: &str, build: Build) -> Figure<u64> {
    let path = stage.program(name, build).ok_or("it is not built in this way here")?;
    fs::metadata(path).map(|metadata| metadata.len()).map_err(|error| error.to_string())
}

/// The crates that are in the program or build it, ours among them: counted as `tests/promises/meta/supply.rs` does.
pub(crate) fn crates() -> Figure<usize> {
    let mut tree = Command::new("cargo");
    tree.args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}", "--target", TARGET]);
    let ended = bounded::run(tree.current_dir(env!("CARGO_MANIFEST_DIR")), Duration::from_secs(60))?;
    let lines = ended.stdout.lines().filter(|line| !line.is_empty());
    let crates: BTreeSet<Vec<&str>> = lines.map(|line| line.split(' ').take(2).collect()).collect();
    if ended.status.success() { Ok(crates.len()) } else { Err("cargo tree failed".into()) }
}

/// All files below a directory, in bytes.
pub(crate) fn directory(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    let size = |entry: fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => directory(&entry.path()),
        Ok(metadata) if metadata.is_file() => metadata.len(),
        _ => 0,
    };
    entries.map(size).sum()
}
