//! No line of `doctor` without a test.

use std::fs;
use std::path::Path;

use jwt_credential::command::doctor::tools;

use crate::support::repository;

fn texts(directory: &Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            text += &texts(&path);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text += &fs::read_to_string(path).unwrap();
        }
    }
    text
}

/// The lines that the source can print: a call of a level's function with an id.
fn lines(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (call, level) in
        [("ok(", "ok"), ("skipped(", "skipped"), ("warn(", "warn"), ("fail(", "fail"), ("of_error(", "fail")]
    {
        for (at, _) in source.match_indices(call) {
            let is_word = source[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            let id = source[at + call.len()..].trim_start().strip_prefix('"').and_then(|rest| rest.split_once('"'));
            if let Some((id, _)) =
                id.filter(|(id, _)| !is_word && id.bytes().all(|b| b.is_ascii_lowercase() || b == b'.'))
            {
                found.push(format!("{level} {id}"));
            }
        }
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_line_that_doctor_can_print_has_a_test() {
    let lines = lines(&texts(&repository("src/command/doctor")));
    assert!(lines.len() > 45, "{lines:?}");
    let tests = texts(&repository("tests/promises/doctor"));
    let untested: Vec<&String> = lines.iter().filter(|line| !tests.contains(&format!("\"{line}\""))).collect();
    assert!(untested.is_empty(), "{untested:?}");
    eprintln!("{} lines of doctor", lines.len());
}

#[test]
fn every_tool_that_doctor_knows_has_a_test() {
    let tested: Vec<&str> = super::tools::ROWS.iter().map(|row| row.tool).collect();
    let known: Vec<&str> = tools::ALL.iter().map(|tool| tool.name).collect();
    assert_eq!(tested, known);
}
