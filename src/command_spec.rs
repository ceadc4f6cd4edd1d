//! What the command line knows about a command: its name, its options and its help.

use std::ffi::OsString;

use clap::{Arg, ArgAction};

use crate::error::Error;

/// The argument that names the profile of a command such as `show`, in place of `--profile`.
pub const PROFILE_ARGUMENT: &str = "NAME";

pub struct CommandSpec {
    pub name: &'static str,
    /// One line for the overview.
    pub about: &'static str,
    /// Its own options and arguments.
    pub options: fn() -> Vec<Arg>,
    /// Whether it takes its profile as an argument too.
    pub is_about_profile: bool,
    /// Whether it takes its profile from the command line alone: what it does cannot be undone.
    pub ignores_selection: bool,
    /// The common options that it takes. Every command takes `--timeout` and `--verbose`.
    pub takes: &'static [&'static str],
    /// The placeholder in the help for the arguments after `--`.
    pub rest: Option<&'static str>,
    /// The last part of its help. A test runs each of them.
    pub examples: &'static [Example],
    /// How a user tells this caller which of several profiles to use: a hint with the server `{origin}` or `{host}`
    /// and the profile `{name}`.
    pub tells_apart: Option<&'static str>,
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
            is_about_profile: false,
            ignores_selection: false,
            takes: &["profile", "min-ttl", "refresh", "no-cache", "for", "scope", "audience", "repository"],
            rest: None,
            examples: &[],
            tells_apart: None,
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

    /// A command about one profile: `show prod` is `show -p prod`.
    pub const fn about_profile(self) -> Self {
        Self { is_about_profile: true, ..self }
    }

    /// Takes no profile from a variable.
    pub const fn ignoring_selection(self) -> Self {
        Self { ignores_selection: true, ..self }
    }

    /// All its own options and arguments.
    pub fn arguments(&self) -> Vec<Arg> {
        let profile = || {
            let argument = Arg::new(PROFILE_ARGUMENT).value_name(PROFILE_ARGUMENT);
            argument.value_parser(clap::value_parser!(OsString)).help("The profile, in place of --profile")
        };
        (self.options)().into_iter().chain(self.is_about_profile.then(profile)).collect()
    }

    pub const fn telling_apart(self, line: &'static str) -> Self {
        Self { tells_apart: Some(line), ..self }
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

/// An option with a value.
pub fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

pub fn switch(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name).long(name).action(ArgAction::SetTrue).help(help)
}

pub fn argument(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).value_name(value)
}
