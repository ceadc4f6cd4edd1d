//! What can go wrong, said so that the reader knows what to do next.

use std::fmt::Write as _;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::redaction::{masked, without};

/// What the caller can do about a failure. The exit codes are public (README, "Exit codes").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The command line is wrong.
    Usage,
    /// The profile, the key, this machine's CAs or proxy are wrong: mend here.
    Setup,
    /// The endpoint refused the credential: mend at the provider.
    Refused,
    /// Unreachable, too slow, failing or asking for patience: worth another try.
    Unavailable,
    /// The answer could not be written.
    Output,
    /// The life that `--min-ttl` asks for cannot be had.
    MinTtl,
    /// The person at the terminal ended it.
    Interrupted,
    /// Anything else.
    Other,
}

impl Kind {
    /// The process's exit code.
    #[must_use]
    pub fn exit_code(self) -> u8 {
        match self {
            Kind::Other => 1,
            Kind::Usage => 2,
            Kind::Setup => 3,
            Kind::Refused => 4,
            Kind::Unavailable => 5,
            Kind::Output => 6,
            Kind::MinTtl => 7,
            // As shells have it of what Ctrl-C ended.
            Kind::Interrupted => 130,
        }
    }
}

/// A failure: one line of what and where, then lines that say what to do.
#[derive(Clone, Debug)]
pub struct Error {
    /// What the caller can do about it.
    pub kind: Kind,
    /// What failed and where: lower case, no full stop.
    pub text: String,
    /// What to do, most useful first.
    pub hints: Vec<String>,
    /// How long this answer stands for later calls as well; `None`: the next call may try.
    pub cool_down: Option<Duration>,
    /// Whether it is this caller's alone (what was typed at its terminal): no answer for others.
    pub is_personal: bool,
    /// An exit code that replaces the kind's, for commands that become another program (env(1)).
    pub exit_override: Option<u8>,
}

impl Error {
    /// A failure of this kind.
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), hints: Vec::new(), cool_down: None, is_personal: false, exit_override: None }
    }

    /// The failure to run a program, with the exit code that env(1) has for it.
    #[must_use]
    pub fn cannot_run(program: &std::ffi::OsStr, error: &std::io::Error) -> Self {
        let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
        Self::new(Kind::Other, format!("cannot run {}: {error}", program.display())).or_exits_with(code)
    }

    /// The same with one more line of what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same, declared to be no answer for others.
    #[must_use]
    pub fn personal(mut self) -> Self {
        self.is_personal = true;
        self
    }

    /// The same with another exit code, unless it has one of its own already.
    #[must_use]
    pub fn or_exits_with(mut self, code: u8) -> Self {
        self.exit_override.get_or_insert(code);
        self
    }

    /// The process's exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        self.exit_override.unwrap_or_else(|| self.kind.exit_code())
    }

    /// The lines for standard error.
    #[must_use]
    pub fn lines(&self) -> String {
        let mut out = format!("jwt-credential: error: {}\n", printable(&self.text));
        for hint in &self.hints {
            let _ = writeln!(out, "jwt-credential: hint: {}", printable(hint));
        }
        out
    }
}

/// A word of a command line that can be pasted into a POSIX shell, whatever is in it.
#[must_use]
pub fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Text without control, direction or line-breaking characters: nothing that moves a cursor or forges a line. Nor a
/// client secret that somebody put where it does not belong.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in masked(text).chars() {
        let unsafe_to_print = c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
        if unsafe_to_print {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A server's own words: printable, cut, and without these secrets or anything that looks like one.
#[must_use]
pub fn quoted(text: &str, secrets: &[&str]) -> String {
    const LONGEST: usize = 200;
    let text = printable(&without(text, secrets));
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// The known word that a mistyped one means: one edit away, or two where the known word has seven letters or more. A
/// word further away is likely to mean something else.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const LONG: usize = 7;
    known
        .into_iter()
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(edits, candidate)| *edits <= if candidate.len() < LONG { 1 } else { 2 })
        .min()
        .map(|(_, candidate)| candidate)
}

/// How many letters are to be inserted, deleted, replaced or swapped with the next (the optimal string alignment
/// distance), a row of the matrix at a time.
fn edits(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut above: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut next = vec![i + 1];
        for j in 0..b.len() {
            let replaced = row[j] + usize::from(a[i] != b[j]);
            let mut least = replaced.min(row[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(above[j - 1] + 1);
            }
            next.push(least);
        }
        above = std::mem::replace(&mut row, next);
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

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
