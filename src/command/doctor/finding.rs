//! What a check found: a line of the report.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::colour::{Colour, painted};
use crate::error::printable;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Ok,
    Warn,
    Fail,
    Skipped,
}

impl Level {
    pub(super) const ALL: [Level; 4] = [Level::Ok, Level::Warn, Level::Fail, Level::Skipped];

    pub(super) fn word(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
            Level::Skipped => "skipped",
        }
    }

    fn colour(self) -> Option<Colour> {
        match self {
            Level::Ok => Some(Colour::Green),
            Level::Warn => Some(Colour::Yellow),
            Level::Fail => Some(Colour::Red),
            Level::Skipped => None,
        }
    }
}

#[derive(Clone)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// Stable: scripts may look for it.
    id: &'static str,
    /// The profile or the tool that was checked; empty for this machine.
    subject: String,
    text: String,
    fix: Option<String>,
}

pub(super) fn ok(id: &'static str, subject: &str, text: impl Into<String>) -> Finding {
    Finding { level: Level::Ok, id, subject: subject.into(), text: text.into(), fix: None }
}

pub(super) fn skipped(id: &'static str, subject: &str, text: impl Into<String>) -> Finding {
    Finding { level: Level::Skipped, ..ok(id, subject, text) }
}

pub(super) fn warn(id: &'static str, subject: &str, text: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { level: Level::Warn, fix: Some(fix.into()), ..ok(id, subject, text) }
}

pub(super) fn fail(id: &'static str, subject: &str, text: impl Into<String>, fix: impl Into<String>) -> Finding {
    Finding { level: Level::Fail, fix: Some(fix.into()), ..ok(id, subject, text) }
}

impl Finding {
    pub(super) fn json(&self) -> Json {
        let mut json = json!({"level": self.level.word(), "id": self.id, "text": self.text});
        if !self.subject.is_empty() {
            json["subject"] = self.subject.as_str().into();
        }
        if let Some(fix) = &self.fix {
            json["fix"] = fix.as_str().into();
        }
        json
    }

    /// Whether it says the same of another subject.
    fn is_alike(&self, other: &Self) -> bool {
        (self.level, self.id, &self.text, &self.fix) == (other.level, other.id, &other.text, &other.fix)
    }

    /// The line for people, and a second one with the fix.
    pub(super) fn lines(&self, coloured: bool) -> String {
        let word = format!("{:<8}", self.level.word());
        let word = match self.level.colour().filter(|_| coloured) {
            Some(colour) => painted(&word, colour),
            None => word,
        };
        let subject = if self.subject.is_empty() { String::new() } else { format!("{}: ", self.subject) };
        let mut text = format!("{word} {:<18} {}\n", self.id, printable(&format!("{subject}{}", self.text)));
        if let Some(fix) = &self.fix {
            let _ = writeln!(text, "{:27} fix: {}", "", printable(fix));
        }
        text
    }
}

/// Findings that say the same one after another, as one about all their subjects.
pub(super) fn merged(findings: &[Finding]) -> Vec<Finding> {
    let one = |alike: &[Finding]| {
        let subjects: Vec<&str> = alike.iter().map(|finding| finding.subject.as_str()).collect();
        Some(Finding { subject: subjects.join(", "), ..alike.first()?.clone() })
    };
    findings.chunk_by(Finding::is_alike).filter_map(one).collect()
}
