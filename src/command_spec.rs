//! What the command line knows about a command: its name, its options and its help.

use clap::Arg;

use crate::error::Error;

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
    /// The last part of its help. A test runs each of them.
    pub examples: &'static [Example],
    /// Printed on standard output when the call fails, if its caller would otherwise go on without a token.
    pub when_failing: Option<&'static str>,
    /// The answer of a call that fails, for a tool that wants it with exit code 0 and nothing on standard error.
    pub instead_of_errors: Option<fn(&Error) -> String>,
    /// Whether it ignores the user's settings in the environment.
    pub ignores_settings: bool,
}

/// A line to paste into a shell.
pub struct Example {
    pub purpose: &'static str,
    pub line: &'static str,
}

impl CommandSpec {
    /// A command that prints a token, without options of its own.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self {
            name,
            about,
            options: Vec::new,
            takes: &["profile", "min-ttl", "refresh", "no-cache", "for", "scope", "audience", "repository"],
            rest: None,
            examples: &[],
            when_failing: None,
            instead_of_errors: None,
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

    pub const fn showing(self, examples: &'static [Example]) -> Self {
        Self { examples, ..self }
    }
}

/// What is done with a token, and the line that does it.
pub const fn example(purpose: &'static str, line: &'static str) -> Example {
    Example { purpose, line }
}
