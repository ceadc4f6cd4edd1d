//! Bytes from outside that nobody thought of: requests, answers, profiles, downloads, keys, records. What is tried, and
//! what must hold, is in `tests/fuzz`; a person runs that for hours (`tests/fuzz/run long`), the tests for moments.

use std::fs;
use std::process::Command;

use jwt_credential::protocol;

use crate::support::{alone, has_client, repository};

fn fuzz(path: &str) -> std::path::PathBuf {
    repository("tests/fuzz").join(path)
}

/// A new protocol without one would stop `run` as well, but only there.
#[test]
fn every_protocol_has_a_conversation_that_is_fuzzed() {
    let files =
        fs::read_dir(fuzz("src/protocol")).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let code = files.collect::<String>();
    // However the rows are broken into lines.
    let code: String = code.split_whitespace().collect();
    let has = |name: &str| ["row:", "row("].iter().any(|row| code.contains(&format!("{row}\"{name}\"")));
    let missing: Vec<&str> = protocol::ALL.iter().map(|row| row.spec.name).filter(|name| !has(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn no_bytes_from_outside_break_a_parser_or_a_promise() {
    if !has_client("g++") {
        return;
    }
    let _machine = alone();
    let ran = Command::new(fuzz("run")).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    eprintln!("{}", said.lines().last().unwrap_or_default());
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}
