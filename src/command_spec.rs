//! What the command line knows of a command: its name, its options and its place in the help.

use clap::Arg;

/// A command's name, and what may follow it.
pub struct CommandSpec {
    pub name: &'static str,
    /// One line for the overview.
    pub about: &'static str,
    /// Its own options and arguments.
    pub options: fn() -> Vec<Arg>,
    /// The common options that it takes, beside `--timeout` and `--verbose`.
    pub takes: &'static [&'static str],
    /// The name in the help of what may follow `--`.
    pub rest: Option<&'static str>,
    /// What goes to standard output when the call fails, for a caller that would go on without a token.
    pub when_failing: Option<&'static str>,
    /// Whether it ignores the user's own settings in the environment.
    pub ignores_settings: bool,
}

impl CommandSpec {
    /// A command that prints a token, without options of its own.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            options: Vec::new,
            takes: &["profile", "min-ttl", "refresh", "no-cache", "for", "scope"],
            rest: None,
            when_failing: None,
            ignores_settings: false,
        }
    }

    pub const fn with(self, options: fn() -> Vec<Arg>) -> Self {
        Self { options, ..self }
    }

    pub const fn taking(self, takes: &'static [&'static str]) -> Self {
        Self { takes, ..self }
    }

    pub const fn and_rest(self, rest: &'static str) -> Self {
        Self { rest: Some(rest), ..self }
    }
}
