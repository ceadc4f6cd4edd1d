//! Errors, which say what failed and what to do next.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::redaction::{masked, without};

/// What the caller can do about a failure. The exit codes are public (docs/exit-codes.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// The profile, the key, this machine's CAs or its proxy are wrong: fix it on this machine.
    Setup,
    /// The endpoint rejected the credential: fix it at the provider.
    Refused,
    /// The endpoint is unreachable, slow, failing or throttling: try again later.
    Unavailable,
    /// The answer could not be written.
    Output,
    /// The issuer's tokens live shorter than `--min-ttl`.
    MinTtl,
    /// The user pressed Ctrl-C.
    Interrupted,
    Other,
}

impl Kind {
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Other => 1,
            Kind::Usage => 2,
            Kind::Setup => 3,
            Kind::Refused => 4,
            Kind::Unavailable => 5,
            Kind::Output => 6,
            Kind::MinTtl => 7,
            // The code of a shell after Ctrl-C.
            Kind::Interrupted => 130,
        }
    }
}

/// Which other calls a failure to get a token concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharedBy {
    /// Those that would send the same: the endpoint replied.
    SameRequest,
    /// Of these, those that would also send it on the same way: the same proxy and CAs.
    SameWay,
    /// None: it depends on what this caller's user typed, or on this caller's environment.
    NoOther,
}

/// The most hints of an error.
pub const MOST_HINTS: usize = 2;

#[derive(Clone, Debug)]
pub struct Error {
    pub kind: Kind,
    /// What failed and where: lower case, no full stop.
    pub text: String,
    /// What to do, most useful first.
    pub hints: Vec<String>,
    /// How long later calls get the same error; `None`: the next call may try again.
    pub cool_down: Option<Duration>,
    /// Which other calls get the same error.
    pub shared_by: SharedBy,
    /// Replaces the kind's exit code, for commands that become another program (env(1)).
    pub exit_override: Option<u8>,
}

impl Error {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            hints: Vec::new(),
            cool_down: None,
            shared_by: SharedBy::SameWay,
            exit_override: None,
        }
    }

    /// The failure to run a program, with the exit code of env(1).
    pub fn cannot_run(program: &std::ffi::OsStr, error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
        Self::new(Kind::Other, format!("cannot run {}: {error}", program.display())).or_exits_with(code)
    }

    /// Adds a hint. If there are two, it replaces the second: the caller knows what the user wanted.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.truncate(MOST_HINTS - 1);
        self.hints.push(hint.into());
        self
    }

    pub fn shared_by(mut self, shared_by: SharedBy) -> Self {
        self.shared_by = shared_by;
        self
    }

    /// Sets the exit code, unless it is set already.
    pub fn or_exits_with(mut self, code: u8) -> Self {
        self.exit_override.get_or_insert(code);
        self
    }

    pub fn exit_code(&self) -> u8 {
        self.exit_override.unwrap_or_else(|| self.kind.exit_code())
    }

    /// The lines for standard error.
    pub fn lines(&self) -> String {
        let mut out = format!("jwt-credential: error: {}\n", printable(&self.text));
        for hint in &self.hints {
            let _ = writeln!(out, "jwt-credential: hint: {}", printable(hint));
        }
        out
    }
}

/// A word that can be pasted into a POSIX shell.
pub fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Text without control, direction or line-breaking characters, which could move a cursor or forge a line, and without
/// misplaced client secrets.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in masked(text).chars() {
        if is_unsafe_to_print(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Indented JSON for a terminal. Within strings, such characters are escaped as JSON has it.
pub fn printable_json(json: &Json) -> String {
    let mut out = String::new();
    for c in format!("{json:#}").chars() {
        if c != '\n' && is_unsafe_to_print(c) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A server's text: printable, at most 200 characters, without these secrets or anything that looks like a secret.
pub fn quoted(text: &str, secrets: &[&str]) -> String {
    const LONGEST: usize = 200;
    let text = printable(&without(text, secrets));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The known word that a mistyped word means: at one edit, or at two from seven letters on. A word at a greater distance
/// is likely to mean something else.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONG: usize = 7;
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= if candidate.len() < LONG { 1 } else { 2 })
        .min()
        .map(|(_, candidate)| candidate)
}

/// The known words that a word means: the nearest one, or those that have it as a part, as `github-app` has `github`.
pub fn meant<'a>(word: &str, known: &[&'a str]) -> Vec<&'a str> {
    let all = || known.iter().copied();
    match nearest(word, all()) {
        Some(near) => vec![near],
        None => all().filter(|candidate| candidate.split('-').any(|part| part == word)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_name_means_the_whole() {
        let known = ["box-jwt", "box-oauth", "github-app", "google", "google-sts"];
        for (word, expected) in [
            ("github", vec!["github-app"]),
            ("box", vec!["box-jwt", "box-oauth"]),
            ("gogle", vec!["google"]),
            ("git", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(meant(word, &known), expected, "{word}");
        }
    }

    #[test]
    fn an_error_has_two_hints_at_most() {
        let error = Error::new(Kind::Other, "x").hint("one").hint("two").hint("three");
        assert_eq!(error.hints, ["one", "three"]);
    }

    #[test]
    fn a_suggestion_is_an_edit_away_or_two_in_long_words() {
        let known = ["docker", "json", "client_secret", "status"];
        for (word, expected) in [
            ("jsno", Some("json")),
            ("jsn", Some("json")),
            ("json", Some("json")),
            ("client_secert", Some("client_secret")),
            ("cleint_secert", Some("client_secret")),
            ("cleint_secrt2", None),
            ("doctor", None),
            ("stauts", Some("status")),
            ("statuses", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), expected, "{word}");
        }
    }
}
