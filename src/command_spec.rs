//! What the command line knows about a command: its name, its options and its line of help.

use clap::Arg;

pub struct CommandSpec {
    pub name: &'static str,
    /// One line for the overview.
    pub about: &'static str,
    /// Its own options and arguments.
    pub options: fn() -> Vec<Arg>,
    /// The common options that it takes. Every command takes `--timeout` and `--verbose`.
    pub takes: &'static [&'static str],
    /// The placeholder in the help for the arguments after `--`.
    pub rest: Option<&'static str>,
    /// Printed on standard output when the call fails, if its caller would otherwise go on without a token.
    pub when_failing: Option<&'static str>,
    /// Whether it ignores the user's settings in the environment.
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
