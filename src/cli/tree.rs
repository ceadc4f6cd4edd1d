//! The tree of clap commands, made from the registry, and the help.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::{Arg, ArgAction, Command as Clap};

use crate::command_spec::CommandSpec;
use crate::{clock, registry};

/// All commands by name. Only the called command's options are built, since every call would pay for the whole tree.
/// For the same reason no option is `global`: clap would copy it into each command.
pub(super) fn tree() -> Clap {
    let commands = registry::all().map(|entry| Clap::new(entry.spec().name).defer(fill));
    let help = Clap::new("help").disable_help_flag(true).arg(Arg::new("command"));
    root().no_binary_name(true).disable_help_subcommand(true).subcommands(commands).subcommand(help)
}

fn root() -> Clap {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::SetTrue).help("Print help");
    Clap::new("jwt-credential").version(env!("CARGO_PKG_VERSION")).disable_help_flag(true).args(common()).arg(help)
}

/// A command with its own options, the common options that it takes, and its usage.
fn fill(command: Clap) -> Clap {
    match registry::find(command.get_name()) {
        Some(entry) => filled(command, entry.spec()),
        None => command,
    }
}

fn filled(command: Clap, spec: &CommandSpec) -> Clap {
    let own = (spec.options)();
    let mut usage = format!("jwt-credential {} [OPTIONS]", spec.name);
    for place in own.iter().filter(|arg| arg.is_positional()).filter_map(Arg::get_value_names).flatten() {
        let _ = write!(usage, " {place}");
    }
    let rest = spec.rest.map(|rest| {
        let _ = write!(usage, " -- {rest}");
        let arg = Arg::new("rest").last(true).num_args(0..).value_name(rest);
        arg.value_parser(clap::value_parser!(OsString)).help("Arguments after --, passed on unchanged")
    });
    // The root has its own help, so that clap's flag is disabled there, and must be enabled here.
    command
        .disable_help_flag(false)
        .about(spec.about)
        .version(env!("CARGO_PKG_VERSION"))
        .display_name("jwt-credential")
        .override_usage(usage)
        .args(rest)
        .args(own)
        .args(common().into_iter().filter(|option| takes(spec, option.get_id().as_str())))
}

/// Whether a command takes this common option. Every command has a deadline and a log.
pub(super) fn takes(spec: &CommandSpec, option: &str) -> bool {
    ["timeout", "verbose"].contains(&option) || spec.takes.contains(&option)
}

/// The options of several commands. Each may also be given before the command's name.
pub(super) fn common() -> [Arg; 8] {
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    let duration =
        |name: &'static str| Arg::new(name).long(name).value_name("DURATION").value_parser(clock::parse_duration);
    [
        Arg::new("profile")
            .short('p')
            .long("profile")
            .value_name("NAME_OR_PATH")
            .value_parser(clap::value_parser!(OsString))
            .help("Which profile: a name, or a file if it has a slash or ends in .json [env: JWT_CREDENTIAL_PROFILE]"),
        duration("min-ttl")
            .help("The token lives at least this long (90s, 10m, 1h), or exit code 7 [env: JWT_CREDENTIAL_MIN_TTL]"),
        switch("refresh").help("Request a new token [env: JWT_CREDENTIAL_REFRESH=1]"),
        switch("no-cache").help("Neither read nor write the cache"),
        Arg::new("for").long("for").value_name("URL").help("Only if a profile's \"hosts\" allow this URL"),
        Arg::new("scope")
            .long("scope")
            .value_name("LIST")
            .help("Only these of the profile's scopes, separated by commas"),
        duration("timeout")
            .help("For the whole call, 9s unless given; a request gets 4/9 of it [env: JWT_CREDENTIAL_TIMEOUT]"),
        switch("verbose").short('v').help(
            "Say on standard error what is being done, never a secret; JWT_CREDENTIAL_LOG=FILE appends it to a file",
        ),
    ]
}

pub(super) fn help(spec: &CommandSpec) -> String {
    filled(Clap::new(spec.name), spec).render_help().to_string().trim_end().to_owned() + "\n"
}

/// The help of the program: all commands in their groups, then the common options.
pub(super) fn overview() -> String {
    let form = |spec: &CommandSpec| spec.rest.map_or(spec.name.to_owned(), |rest| format!("{} [-- {rest}]", spec.name));
    let widest = registry::all().map(|entry| form(entry.spec()).len()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, entries) in registry::groups() {
        let _ = writeln!(text, "{heading}:");
        for spec in entries.into_iter().map(registry::Entry::spec) {
            let _ = writeln!(text, "  {:<widest$}  {}", form(spec), spec.about);
        }
        text.push('\n');
    }
    root()
        .about("Prints an access token in the form that the calling tool wants")
        .override_usage("jwt-credential [OPTIONS] [COMMAND] [-- ARGS]")
        .help_template(format!("{{about}}\n\nUsage: {{usage}}\n\n{text}Options:\n{{options}}\n\n`jwt-credential COMMAND --help` shows a command's own options.\nTo begin: jwt-credential import FILE with what a console let you download, or jwt-credential init\nTo see it work without an account: jwt-credential mock\n"))
        .render_help()
        .to_string()
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
        for spec in registry::all().map(registry::Entry::spec) {
            assert!(spec.takes.iter().all(|option| known.iter().any(|known| known == option)), "{}", spec.name);
        }
    }

    #[test]
    fn the_tree_is_one_that_clap_accepts() {
        tree().build();
    }
}
