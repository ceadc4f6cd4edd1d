//! `doctor`: every line that it can print, by really making that fault.

mod coverage;
mod offline;
mod online;
mod report;
mod shared;
mod signers;
mod tools;

use std::process::Command;

use serde_json::Value as Json;

use crate::support::{Home, Ran};

/// The findings of a run.
struct Found {
    code: i32,
    all: Vec<Json>,
}

/// Runs `doctor --json` with these arguments and variables. No tool's helper is on the PATH.
fn doctor(home: &Home, args: &[&str], variables: &[(&str, &str)]) -> Found {
    let mut command = command(home, args);
    command.arg("--json").envs(variables.iter().copied());
    let ran = Ran::of(&mut command);
    assert_eq!(ran.stderr, "", "{ran:?}");
    let all = ran.json()["findings"].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone();
    Found { code: ran.code, all }
}

fn offline(home: &Home) -> Found {
    doctor(home, &["--offline"], &[])
}

fn command(home: &Home, args: &[&str]) -> Command {
    let mut command = home.command(["doctor"].iter().chain(args));
    command.env("PATH", home.path("bin"));
    command
}

impl Found {
    /// Asserts that this line is printed for this profile or tool, with these words in its text and its fix.
    #[track_caller]
    fn has(&self, line: &str, subject: &str, words: &[&str]) -> &Self {
        let (level, id) = line.split_once(' ').unwrap();
        let said = |finding: &&Json| {
            finding["level"] == level
                && finding["id"] == id
                && finding["subject"].as_str().unwrap_or_default() == subject
        };
        let matches = |finding: &&Json| {
            let text =
                format!("{} {}", finding["text"], finding["fix"].as_str().unwrap_or_default()).replace("\\\"", "\"");
            words.iter().all(|word| text.contains(word))
        };
        assert!(self.all.iter().filter(said).any(|finding| matches(&finding)), "no {line} {words:?} in {self}");
        for finding in self.all.iter().filter(said) {
            assert_eq!(finding.get("fix").is_some(), ["warn", "fail"].contains(&level), "one fix each: {finding}");
        }
        let expected = if self.all.iter().any(|finding| finding["level"] == "fail") { 8 } else { 0 };
        assert_eq!(self.code, expected, "{self}");
        self
    }

    /// Asserts that there is no line of this level and id.
    #[track_caller]
    fn has_no(&self, line: &str) -> &Self {
        let (level, id) = line.split_once(' ').unwrap();
        assert!(!self.all.iter().any(|finding| finding["level"] == level && finding["id"] == id), "{line} in {self}");
        self
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}: {:#}", self.code, Json::from(self.all.clone()))
    }
}
