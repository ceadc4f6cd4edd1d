//! The last test target of a run: prints which tests were skipped, and what this machine lacks for them. libtest
//! does not show the output of passing tests.
#![expect(clippy::print_stdout, reason = "it is the end of the report")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn main() {
    // cargo-nextest first asks every target for its tests; this target has none.
    if std::env::args().any(|arg| arg == "--list") {
        return;
    }
    let lists = Path::new(env!("CARGO_TARGET_TMPDIR")).join("skipped");
    let list = std::fs::read_to_string(lists.join(parent_id().to_string()));
    // Lists of aborted runs are deleted as well.
    let _ = std::fs::remove_dir_all(&lists);
    print!("{}", report(&list.unwrap_or_default()));
}

#[cfg(unix)]
use std::os::unix::process::parent_id;

/// On other platforms no test needs a client.
#[cfg(not(unix))]
fn parent_id() -> u32 {
    0
}

fn report(list: &str) -> String {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (need, test) in list.lines().filter_map(|line| line.split_once('\t')) {
        needs.entry(need).or_default().insert(test);
    }
    let tests: BTreeSet<&str> = needs.values().flatten().copied().collect();
    if tests.is_empty() {
        return "\nno test was skipped\n".into();
    }
    let mut report = String::from("\nskipped, in whole or in part:\n");
    for (need, tests) in &needs {
        report.extend([format!("  {need} is missing:\n")]);
        report.extend(tests.iter().map(|test| format!("    {test}\n")));
    }
    let counts: Vec<String> = needs.iter().map(|(need, tests)| format!("{need} ({})", tests.len())).collect();
    report + &format!("{} tests were skipped, in whole or in part; missing: {}\n", tests.len(), counts.join(", "))
}
