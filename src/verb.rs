//! What the command line knows of a row.

use clap::Arg;

/// The word that calls a row, and what may stand behind it.
pub struct Verb {
    /// The word that calls it.
    pub name: &'static str,
    /// What it does, in one line.
    pub about: &'static str,
    /// Its own options.
    pub options: fn() -> Vec<Arg>,
    /// What may stand after `--`.
    pub rest: Option<&'static str>,
    /// What goes on standard output when the call fails, for a caller that would go on without a token.
    pub when_failing: Option<&'static str>,
    /// Whether it passes over the user's own settings in the environment.
    pub ignores_settings: bool,
}

impl Verb {
    /// A word with its description; no options of its own, nothing after `--`.
    #[must_use]
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, options: Vec::new, rest: None, when_failing: None, ignores_settings: false }
    }

    /// The same with options of its own.
    #[must_use]
    pub const fn with(self, options: fn() -> Vec<Arg>) -> Self {
        Self { options, ..self }
    }

    /// The same with something after `--`.
    #[must_use]
    pub const fn and_rest(self, rest: &'static str) -> Self {
        Self { rest: Some(rest), ..self }
    }
}
