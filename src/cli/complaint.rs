//! Errors of the command line, in the form of all other errors.

use clap::Arg;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::tree::{common, takes};
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, meant, nearest};
use crate::redaction::{is_plausible, shown};
use crate::registry;

const HELP: &str = "see jwt-credential --help";

/// The error for clap's error, about this command or about options before a command.
pub(super) fn complaint(error: &clap::Error, spec: Option<&CommandSpec>) -> Error {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let kinds = [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand];
    if let Some(contents) = kinds.into_iter().find_map(|kind| context(kind).filter(|text| !is_plausible(text))) {
        let what = format!("an argument of {} bytes is not understood", contents.len());
        return Error::new(Kind::Usage, what).hint(spec.map_or(HELP.into(), own_help));
    }
    if let Some(name) = context(ContextKind::InvalidSubcommand) {
        return unknown_command(name);
    }
    let text = error.to_string();
    // clap puts what is missing, or the possible values, on further lines.
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
    let failure = Error::new(Kind::Usage, lines.join(" ").trim_start_matches("error: "));
    let unknown = context(ContextKind::InvalidArg).filter(|_| error.kind() == ErrorKind::UnknownArgument);
    match (spec, unknown) {
        (Some(spec), Some(argument)) => unknown_argument(failure, argument, spec),
        (Some(spec), None) => meant_value(failure, error).hint(own_help(spec)),
        (None, Some(argument)) => match meant_option(argument, common()) {
            Some(meant) => failure.hint(meant).hint(HELP),
            None => failure.hint(HELP),
        },
        (None, None) => failure.hint(HELP),
    }
}

/// The error for a common option that this command does not take.
pub(super) fn not_taken(spec: &CommandSpec, option: &str) -> Error {
    let failure = Error::new(Kind::Usage, format!("{} takes no --{option}", spec.name));
    if option == "profile" { new_name(failure, spec) } else { failure }.hint(own_help(spec))
}

/// The hint for an option that seems to name the new profile.
fn new_name(failure: Error, spec: &CommandSpec) -> Error {
    let makes_one = spec.arguments().iter().any(|own| own.get_long() == Some("as"));
    if makes_one { failure.hint("name the new profile with --as NAME") } else { failure }
}

fn own_help(spec: &CommandSpec) -> String {
    format!("see jwt-credential {} --help", spec.name)
}

/// Commands of other programs, and what does the same here.
const OTHER_WORDS: [(&[&str], &str); 7] = [
    (
        &["login", "auth", "configure", "setup", "add", "create"],
        "make a profile: jwt-credential import FILE, or jwt-credential init",
    ),
    (&["logout", "clear"], "drop the cached token: jwt-credential forget"),
    (&["get-token", "access-token", "print-access-token"], "print the token: jwt-credential token"),
    (&["refresh", "renew"], "request a new token: jwt-credential token --refresh"),
    (&["remove", "rm"], "delete a profile: jwt-credential delete NAME"),
    (&["ls", "config", "profiles"], "list the profiles: jwt-credential list"),
    (&["version"], "print the version: jwt-credential --version"),
];

pub(super) fn unknown_command(name: &str) -> Error {
    let failure = Error::new(Kind::Usage, format!("unknown command {}", shown(name)));
    if let Some((_, hint)) = OTHER_WORDS.iter().find(|(words, _)| words.contains(&name)) {
        return failure.hint(*hint);
    }
    failure.hint(match nearest(name, registry::all().map(|entry| entry.spec().name)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => HELP.into(),
    })
}

fn unknown_argument(failure: Error, argument: &str, spec: &CommandSpec) -> Error {
    let common = common();
    if let Some(not_needed) = common.iter().find(|option| is_named(option, argument)).and_then(Arg::get_long) {
        return not_taken(spec, not_needed);
    }
    let taken = common.into_iter().filter(|option| takes(spec, option.get_id().as_str()));
    let failure = match (meant_option(argument, taken.chain(spec.arguments())), spec.rest) {
        (Some(meant), _) => failure.hint(meant),
        (None, Some(rest)) => {
            failure.hint(format!("put {rest} after two dashes: jwt-credential {} -- {rest}", spec.name))
        }
        // `token prod`, as in other programs.
        (None, None) if !argument.starts_with('-') && takes(spec, "profile") && !spec.is_about_profile => {
            failure.hint(format!("name a profile with an option: jwt-credential {} -p NAME", spec.name))
        }
        (None, None) if argument.split('=').next() == Some("--name") => new_name(failure, spec),
        (None, None) => failure,
    };
    failure.hint(own_help(spec))
}

/// The hint for a value that is a part of a known one.
fn meant_value(failure: Error, error: &clap::Error) -> Error {
    let (Some(ContextValue::String(given)), Some(ContextValue::Strings(known))) =
        (error.get(ContextKind::InvalidValue), error.get(ContextKind::ValidValue))
    else {
        return failure;
    };
    let meant = meant(given, &known.iter().map(String::as_str).collect::<Vec<_>>());
    if meant.is_empty() { failure } else { failure.hint(format!("did you mean {}?", meant.join(" or "))) }
}

/// Whether an argument such as `-pNAME` or `--profile=NAME` is this option.
fn is_named(option: &Arg, argument: &str) -> bool {
    match argument.strip_prefix("--") {
        Some(long) => option.get_long() == long.split('=').next(),
        None => argument.strip_prefix('-').is_some_and(|short| short.chars().next() == option.get_short()),
    }
}

/// The hint for a misspelt option.
fn meant_option(argument: &str, options: impl IntoIterator<Item = Arg>) -> Option<String> {
    let long = argument.strip_prefix("--")?.split('=').next()?;
    let options: Vec<Arg> = options.into_iter().collect();
    let near = nearest(long, options.iter().filter_map(Arg::get_long))?;
    Some(format!("did you mean --{near}?"))
}
