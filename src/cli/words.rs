//! The options, the help and the complaints: all that is said in clap's words, and what is made of them.

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, Command as Clap};

use crate::error::{Error, Kind};
use crate::rows::Row;
use crate::verb::Verb;
use crate::{clock, rows};

/// The options of every command. None is required and none has a value of its own: a call that gives nothing is not
/// asked for them.
pub(super) fn common() -> Vec<Arg> {
    let switch = |name: &'static str| Arg::new(name).long(name).action(ArgAction::SetTrue);
    vec![
        Arg::new("profile")
            .short('p')
            .long("profile")
            .value_name("NAME_OR_PATH")
            .value_parser(clap::value_parser!(OsString))
            .help("Which profile: a name, or a file if it has a slash or ends in .json [env: JWT_CREDENTIAL_PROFILE]"),
        Arg::new("min-ttl")
            .long("min-ttl")
            .value_name("DURATION")
            .value_parser(clock::parse_duration)
            .help("The token lives at least this long (90s, 10m, 1h), or exit code 7 [env: JWT_CREDENTIAL_MIN_TTL]"),
        switch("refresh").help("Only a token that is minted now [env: JWT_CREDENTIAL_REFRESH=1]"),
        switch("no-cache").help("Neither read nor write the cache"),
        Arg::new("for").long("for").value_name("URL").help("Only if a profile's \"hosts\" allow this URL"),
        Arg::new("timeout")
            .long("timeout")
            .value_name("DURATION")
            .value_parser(clock::parse_duration)
            .help("For the whole call, 9s unless given [env: JWT_CREDENTIAL_TIMEOUT]"),
        switch("verbose").short('v').help(
            "Say on standard error what is being done, never a secret; JWT_CREDENTIAL_LOG=FILE appends it to a file",
        ),
    ]
}

/// A row as one flat command, with its own options.
pub(super) fn flat(verb: &Verb, own: Vec<Arg>) -> Clap {
    let mut usage = format!("jwt-credential {} [OPTIONS]", verb.name);
    for place in own.iter().filter(|arg| arg.is_positional()).filter_map(Arg::get_value_names).flatten() {
        let _ = write!(usage, " {place}");
    }
    let mut clap =
        Clap::new("jwt-credential").no_binary_name(true).version(env!("CARGO_PKG_VERSION")).about(verb.about);
    if let Some(rest) = verb.rest {
        let _ = write!(usage, " -- {rest}");
        clap = clap.arg(
            Arg::new("rest")
                .last(true)
                .num_args(0..)
                .value_name(rest)
                .value_parser(clap::value_parser!(OsString))
                .help("What follows --, as it stands"),
        );
    }
    clap.override_usage(usage).args(own).args(common())
}

/// All commands in their groups, then the options of each.
pub(super) fn overview() -> String {
    let form = |verb: &Verb| verb.rest.map_or(verb.name.to_owned(), |rest| format!("{} [-- {rest}]", verb.name));
    let widest = rows::groups().iter().flat_map(|(_, rows)| rows).map(|row| form(row.verb()).len()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, rows) in rows::groups() {
        let _ = writeln!(text, "{heading}:");
        for verb in rows.into_iter().map(Row::verb) {
            let _ = writeln!(text, "  {:<widest$}  {}", form(verb), verb.about);
        }
        text.push('\n');
    }
    let clap = Clap::new("jwt-credential")
        .about("Prints an access token in the form that the calling tool wants")
        .version(env!("CARGO_PKG_VERSION"))
        .override_usage("jwt-credential [OPTIONS] [COMMAND] [-- ARGS]")
        .help_template(format!("{{about}}\n\nUsage: {{usage}}\n\n{text}Options:\n{{options}}\n\n`jwt-credential COMMAND --help` shows a command's own options.\nTo begin: jwt-credential import FILE with what a console let you download, or jwt-credential init\nTo see it work without an account: jwt-credential sandbox\n"))
        .args(common());
    clap.clone().render_help().to_string()
}

/// clap's complaint, in the form of all others.
pub(super) fn usage(error: &clap::Error, verb: &Verb) -> Error {
    let text = error.to_string();
    let mut lines = text.lines().map(str::trim);
    // What is missing, or what could stand there, is on lines of its own.
    let what: Vec<&str> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
    let failure = Error::new(Kind::Usage, what.join(" ").trim_start_matches("error: "));
    let tips = lines.filter_map(|line| line.strip_prefix("tip: "));
    let failure = match verb.rest {
        Some(rest) if error.kind() == ErrorKind::UnknownArgument => {
            failure.hint(format!("a program to run stands after two dashes: jwt-credential {} -- {rest}", verb.name))
        }
        // `show prod`, as other programs have it.
        None if error.kind() == ErrorKind::UnknownArgument && !what.join(" ").contains("'-") => {
            failure.hint(format!("a profile is named by an option: jwt-credential {} -p NAME", verb.name))
        }
        _ => failure,
    };
    tips.fold(failure, Error::hint).hint(format!("jwt-credential {} --help", verb.name))
}
