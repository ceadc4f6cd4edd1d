//! The tree of clap commands, made from the registry.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command as Clap};

use crate::clock;
use crate::command_spec::{CommandSpec, Example};
use crate::registry::{self, Entry};

/// The columns of the help: below 80.
const LINE: usize = 79;

/// The tree for a command line: the commands that one of its words names, and `help`. Every call would pay for the
/// others, for options of a command that is not called, and for a `global` option, which clap copies into each command.
pub(super) fn tree<Word: AsRef<OsStr>>(words: &[Word]) -> Clap {
    with_commands(registry::all().filter(|entry| words.iter().any(|word| word.as_ref() == entry.spec().name)))
}

fn with_commands(entries: impl Iterator<Item = Entry>) -> Clap {
    let commands = entries.map(|entry| Clap::new(entry.spec().name).defer(fill));
    let help = Clap::new("help").disable_help_flag(true).arg(Arg::new("command"));
    root().no_binary_name(true).disable_help_subcommand(true).subcommands(commands).subcommand(help)
}

pub(super) fn root() -> Clap {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::SetTrue).help("Print help");
    Clap::new("jwt-credential").version(env!("CARGO_PKG_VERSION")).disable_help_flag(true).args(common()).arg(help)
}

/// What only the help and the man page show: each call would pay for it.
pub(super) fn described(root: Clap) -> Clap {
    root.about("Print an access token in the form that the calling tool needs")
        .override_usage("jwt-credential [OPTIONS] [COMMAND] [-- ARGS]")
        .max_term_width(LINE)
}

/// All commands with all that each takes, for completions and man pages.
pub(super) fn whole() -> Clap {
    let names: Vec<&str> = registry::all().map(|entry| entry.spec().name).collect();
    described(with_commands(registry::all())).mut_subcommand("help", |help| {
        help.about("Print the help of a command").mut_arg("command", |command| command.value_parser(names))
    })
}

/// A command with its own options, the common options that it takes, and its usage.
fn fill(command: Clap) -> Clap {
    match registry::find(command.get_name()) {
        Some(entry) => filled(command, entry.spec()),
        None => command,
    }
}

pub(super) fn filled(command: Clap, spec: &CommandSpec) -> Clap {
    let own = spec.arguments();
    let mut usage = format!("jwt-credential {} [OPTIONS]", spec.name);
    for place in own.iter().filter(|arg| arg.is_positional()) {
        let more = if place.get_num_args().is_some_and(|range| range.max_values() > 1) { "..." } else { "" };
        for name in place.get_value_names().into_iter().flatten() {
            let name = if place.is_required_set() { name.to_string() } else { format!("[{name}]") };
            let _ = write!(usage, " {name}{more}");
        }
    }
    let rest = spec.rest.map(|rest| {
        let _ = write!(usage, " [-- {rest}]");
        let arg = Arg::new("rest").last(true).num_args(0..).value_name(rest);
        arg.value_parser(clap::value_parser!(OsString)).help("Arguments after --, passed on unchanged")
    });
    let taken = common().into_iter().filter(|option| takes(spec, option.get_id().as_str()));
    // clap would list its own --help and --version among the command's own options.
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Print help");
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).hide(true);
    command
        .disable_help_flag(true)
        .disable_version_flag(true)
        .about(spec.about)
        .version(env!("CARGO_PKG_VERSION"))
        .display_name("jwt-credential")
        .max_term_width(LINE)
        .override_usage(usage)
        .after_help(shown("Examples", spec.examples))
        .args(rest)
        .args(own)
        .args(taken.chain([help, version]).map(|option| option.help_heading("Common options")))
}

/// Examples under a heading, for pasting: each purpose is a shell comment.
pub(super) fn shown(heading: &str, examples: &[Example]) -> String {
    let mut text = String::new();
    if !examples.is_empty() {
        let _ = writeln!(text, "{heading}:");
    }
    for Example { purpose, line } in examples {
        let _ = writeln!(text, "  # {purpose}\n  {line}");
    }
    text
}

/// Whether a command takes this common option. Every command has a deadline and a log.
pub(super) fn takes(spec: &CommandSpec, option: &str) -> bool {
    ["timeout", "verbose"].contains(&option) || spec.takes.contains(&option)
}

/// The options of several commands. Each may also be given before the command's name.
pub(super) fn common() -> [Arg; 10] {
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let duration =
        |name: &'static str| Arg::new(name).long(name).value_name("DURATION").value_parser(clock::parse_duration);
    let list = |name: &'static str| Arg::new(name).long(name).value_name("LIST");
    [
        Arg::new("profile")
            .short('p')
            .long("profile")
            .value_name("NAME_OR_PATH")
            .value_parser(clap::value_parser!(OsString))
            .help("The profile: a name, or a file if it has a slash or ends in .json\n[env: JWT_CREDENTIAL_PROFILE]"),
        duration("min-ttl").help(
            "Fail with exit code 7 unless the token is valid this long (90s, 10m)\n[env: JWT_CREDENTIAL_MIN_TTL]",
        ),
        switch("refresh").help("Request a new token\n[env: JWT_CREDENTIAL_REFRESH=1]"),
        switch("no-cache").help("Neither read nor write the cache\n[env: JWT_CREDENTIAL_NO_CACHE=1]"),
        Arg::new("for").long("for").value_name("URL").help("Fail if the profile's \"hosts\" do not allow this URL"),
        list("scope").help("Request only these of the profile's scopes, separated by commas"),
        list("audience").help("Request only these of the profile's audiences"),
        list("repository").help("Request only these of the profile's repositories"),
        duration("timeout")
            .help("Time limit of the call (default: 9s in all, 4s for a request)\n[env: JWT_CREDENTIAL_TIMEOUT]"),
        switch("verbose")
            .short('v')
            .help("Report each step on standard error, never a secret\n[env: JWT_CREDENTIAL_LOG=FILE appends to FILE]"),
    ]
}

/// Whether the next word is the value of this common option.
pub(super) fn takes_next(word: &str) -> bool {
    common().iter().filter(|option| option.get_action().takes_values()).any(|option| {
        // As in `-vp NAME`.
        let is_short = |short| word.starts_with('-') && !word.starts_with("--") && word.ends_with(short);
        word.strip_prefix("--") == option.get_long() || option.get_short().is_some_and(is_short)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_common_option_is_required_or_has_a_value_of_its_own() {
        for option in common() {
            assert!(!option.is_required_set() && option.get_default_values().is_empty(), "{option}");
        }
    }

    #[test]
    fn every_command_takes_common_options_that_there_are() {
        let known: Vec<String> = common().iter().map(|option| option.get_id().to_string()).collect();
        for spec in registry::all().map(Entry::spec) {
            assert!(spec.takes.iter().all(|option| known.iter().any(|known| known == option)), "{}", spec.name);
        }
    }

    #[test]
    fn the_tree_is_one_that_clap_accepts() {
        whole().build();
    }
}
