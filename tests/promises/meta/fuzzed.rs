//! Fuzzing of requests, answers, profiles, downloads, keys and records. `tests/fuzz` defines the targets and what must
//! hold; the tests run it for moments, `tests/fuzz/run long` for hours.

use std::fs;
use std::process::Command;

use jwt_credential::protocol;

use crate::support::{alone, has_client, repository};

fn fuzz(path: &str) -> std::path::PathBuf {
    repository("tests/fuzz").join(path)
}

/// `tests/fuzz/run` would also stop without one, but the tests notice it first.
#[test]
fn every_protocol_has_a_fuzz_target() {
    let files =
        fs::read_dir(fuzz("src/protocol")).unwrap().map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap());
    let code = files.collect::<String>();
    // Without whitespace, line breaks do not matter.
    let code: String = code.split_whitespace().collect();
    let has = |name: &str| ["row:", "row("].iter().any(|row| code.contains(&format!("{row}\"{name}\"")));
    let missing: Vec<&str> = protocol::ALL.iter().map(|row| row.spec.name).filter(|name| !has(name)).collect();
    assert_eq!(missing, [""; 0]);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn no_input_breaks_a_parser_or_a_promise() {
    if !has_client("g++") {
        return;
    }
    let _machine = alone();
    let ran = Command::new(fuzz("run")).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    eprintln!("{}", said.lines().last().unwrap_or_default());
    assert!(ran.status.success(), "{said}{}", String::from_utf8_lossy(&ran.stderr));
}
