//! PROMISES.md names tests that exist, and every sweep is named by a row of it. Test names are short.

use crate::support::repository;
use std::fs;
use std::process::Command;

/// The names of the tests in this program: all, or the sweeps only.
fn tests(long_only: bool) -> Vec<String> {
    let mut list = Command::new(std::env::current_exe().unwrap());
    list.args(["--list", "--format=terse"]).args(long_only.then_some("--ignored"));
    let listed = String::from_utf8(list.output().unwrap().stdout).unwrap();
    listed.lines().filter_map(|line| line.strip_suffix(": test")).map(str::to_owned).collect()
}

/// The rows: promise, number, tests, others.
fn rows() -> Vec<[String; 4]> {
    let page = fs::read_to_string(repository("tests/PROMISES.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").map(str::to_owned).collect::<Vec<_>>());
    let rows = cells.filter(|cells| cells[0] != "What you rely on" && cells[0] != "---");
    rows.map(|cells| cells.try_into().unwrap_or_else(|cells| panic!("four cells: {cells:?}"))).collect()
}

/// The parts of a cell in code style.
fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_promise_has_a_number_and_existing_tests() {
    let (tests, rows) = (tests(false), rows());
    for [promise, number, shown_by, peer] in &rows {
        assert!(number.contains(|c: char| c.is_ascii_digit()), "{promise}: {number}");
        assert!(!peer.is_empty(), "{promise}");
        let names = named(shown_by);
        assert!(!names.is_empty(), "{promise}");
        for name in names {
            let is_file = repository(name).is_file();
            assert!(is_file || tests.iter().any(|test| test.starts_with(name)), "{promise}: no test or file {name}");
        }
    }
    eprintln!("{} promises", rows.len());
}

#[test]
fn every_sweep_belongs_to_a_promise() {
    let rows = rows();
    let named: Vec<&str> = rows.iter().flat_map(|[_, _, shown_by, _]| named(shown_by)).collect();
    for test in tests(true) {
        assert!(named.iter().any(|name| test.starts_with(name)), "{test}");
    }
}

#[test]
fn every_test_name_is_shorter_than_60_letters() {
    let long: Vec<String> =
        tests(false).into_iter().filter(|test| test.rsplit("::").next().is_some_and(|name| name.len() >= 60)).collect();
    assert_eq!(long, [""; 0]);
}
