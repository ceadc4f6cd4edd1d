//! The command line. Every command is one flat clap command, made of the common options and its own: a tree of
//! all of them would be built on every cached call for nothing.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use clap::error::ErrorKind;
use clap::{Arg, ArgAction, ArgMatches, Command as Clap};

use crate::call::{Call, Options};
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind, nearest};
use crate::log::Log;
use crate::rows::Row;
use crate::verb::Verb;
use crate::{clock, environment, rows};

/// What the first look at the command line finds.
pub enum Chosen {
    /// A row to run, and the profile that the program's name says.
    Row(Row, Option<String>),
    /// Something to tell, on standard output.
    Tell(String),
    /// A token would go on a screen unasked: the help instead, on standard error.
    Decline(String),
}

/// What a row's own command line says.
pub enum Asked {
    /// What the row shall do.
    Call(Box<Call>),
    /// The row's help.
    Help(String),
}

/// The longest `--timeout`.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// What a call without a command means.
const USUAL: &str = "json";

/// How cargo calls every credential provider; the options that it was configured with come later.
pub const CARGO_PLUGIN: &str = "--cargo-plugin";

/// What kubectl sets for its plugins.
pub const KUBERNETES: &str = "KUBERNETES_EXEC_INFO";

/// Finds the row by the name that the program was called by, else by its word, which is taken out of the arguments
/// (they are without the program's name).
pub fn choose(program: &OsStr, args: &mut Vec<OsString>) -> Result<Chosen, Error> {
    if let Some((row, profile)) = rows::called(program) {
        return Ok(Chosen::Row(row, profile));
    }
    if args.first().is_some_and(|first| first == CARGO_PLUGIN) {
        return rows::named(OsStr::new("cargo")).map(|row| Chosen::Row(row, None));
    }
    let word = position_of_command(args).map(|at| args.remove(at));
    let has = |long: &str, short: &str| args.iter().any(|arg| arg == long || arg == short);
    match &word {
        Some(word) if word == "help" => Ok(Chosen::Tell(overview())),
        Some(word) => {
            rows::named(word).map(|row| Chosen::Row(row, None)).map_err(|error| unknown_option(args).unwrap_or(error))
        }
        None if has("--help", "-h") => Ok(Chosen::Tell(overview())),
        None if environment::raw(KUBERNETES).is_some() => {
            rows::named(OsStr::new("kubectl")).map(|row| Chosen::Row(row, None))
        }
        None if !has("--version", "-V") && rustix::termios::isatty(std::io::stdout()) => {
            Ok(Chosen::Decline(overview()))
        }
        None => rows::named(OsStr::new(USUAL)).map(|row| Chosen::Row(row, None)),
    }
}

/// Takes a row's arguments apart.
pub fn parse(row: Row, profile: Option<String>, args: Vec<OsString>, started: Instant) -> Result<Asked, Error> {
    let verb = row.verb();
    let hands_on = hands_on(verb, &args);
    match flat(verb).try_get_matches_from(args) {
        Ok(matches) => {
            let rest = matches.try_get_many("rest").ok().flatten();
            let rest = rest.map(|rest| rest.cloned().collect()).or(hands_on.then(Vec::new));
            call(verb, matches, profile, rest, started).map(|call| Asked::Call(Box::new(call)))
        }
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Ok(Asked::Help(error.to_string().trim_end().to_owned() + "\n"))
        }
        Err(error) => Err(usage(&error, verb)),
    }
}

/// Whether the call hands on to another program.
#[must_use]
pub fn hands_on(verb: &Verb, args: &[OsString]) -> bool {
    verb.rest.is_some() && args.iter().any(|arg| arg == "--")
}

/// The option before the command that nobody knows, whose value was then taken for the command.
fn unknown_option(args: &[OsString]) -> Option<Error> {
    let common = common();
    let known = || common.iter().filter_map(Arg::get_long);
    let longs = args.iter().filter_map(|arg| arg.to_str()?.strip_prefix("--")).filter(|long| !long.is_empty());
    let unknown =
        longs.map(|long| long.split('=').next().unwrap_or(long)).find(|long| !known().any(|had| had == *long))?;
    let failure = Error::new(Kind::Usage, format!("there is no option --{unknown} that goes before a command"));
    Some(match nearest(unknown, known()) {
        Some(near) => failure.hint(format!("did you mean --{near}?")),
        None => failure.hint("what there is: jwt-credential --help"),
    })
}

fn call(
    verb: &Verb,
    matches: ArgMatches,
    called: Option<String>,
    rest: Option<Vec<OsString>>,
    started: Instant,
) -> Result<Call, Error> {
    let set = |name| if verb.ignores_settings { None } else { environment::raw(name) };
    let own = matches.get_one::<OsString>("profile").cloned().or(called.map(OsString::from));
    let timeout = duration(&matches, "timeout", set("JWT_CREDENTIAL_TIMEOUT"))?;
    if timeout.is_some_and(|timeout| timeout.is_zero() || timeout > LONGEST) {
        return Err(Error::new(Kind::Usage, "--timeout is longer than nothing and no longer than a day"));
    }
    let options = Options {
        profile_by_option: own.is_some(),
        profile: own.or_else(|| set("JWT_CREDENTIAL_PROFILE")),
        min_ttl: duration(&matches, "min-ttl", set("JWT_CREDENTIAL_MIN_TTL"))?,
        timeout,
        refresh: matches.get_flag("refresh")
            || (!verb.ignores_settings && environment::is_on("JWT_CREDENTIAL_REFRESH")),
        no_cache: matches.get_flag("no-cache"),
        target: matches.get_one::<String>("for").cloned(),
    };
    Ok(Call {
        rest,
        began: clock::now(),
        deadline: Deadline::new(started, timeout.unwrap_or(deadline::DEFAULT)),
        log: Log::open(matches.get_flag("verbose"), set("JWT_CREDENTIAL_LOG").as_deref().map(Path::new)),
        options,
        matches,
    })
}

/// An option's duration, else that of its variable, which is named after it.
fn duration(matches: &ArgMatches, option: &str, variable: Option<OsString>) -> Result<Option<Duration>, Error> {
    if let Some(given) = matches.get_one::<Duration>(option) {
        return Ok(Some(*given));
    }
    let Some(text) = variable else { return Ok(None) };
    clock::parse_duration(&text.to_string_lossy()).map(Some).map_err(|what| {
        let name = option.to_ascii_uppercase().replace('-', "_");
        Error::new(Kind::Usage, format!("the variable JWT_CREDENTIAL_{name} {what}"))
    })
}

/// Where the command stands: the first word that is neither an option nor an option's value.
fn position_of_command(args: &[OsString]) -> Option<usize> {
    let common = common();
    let takes_value =
        |wanted: &dyn Fn(&Arg) -> bool| common.iter().any(|arg| arg.get_action().takes_values() && wanted(arg));
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let text = arg.to_string_lossy();
        let skips_next = if text == "--" {
            return None;
        } else if let Some(long) = text.strip_prefix("--") {
            takes_value(&|arg| arg.get_long() == Some(long))
        } else if let Some(cluster) = text.strip_prefix('-') {
            // In `-vp NAME` the value follows, in `-pNAME` it does not.
            let valued = cluster.char_indices().find(|(_, short)| takes_value(&|arg| arg.get_short() == Some(*short)));
            valued.is_some_and(|(at, short)| at + short.len_utf8() == cluster.len())
        } else {
            return Some(at);
        };
        at += if skips_next { 2 } else { 1 };
    }
    None
}

fn common() -> Vec<Arg> {
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

fn flat(verb: &Verb) -> Clap {
    let own = (verb.options)();
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
fn overview() -> String {
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
fn usage(error: &clap::Error, verb: &Verb) -> Error {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_the_first_word_that_is_no_options_value() {
        let at = |args: &[&str]| position_of_command(&args.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(at(&["json"]), Some(0));
        assert_eq!(at(&["-p", "token", "json"]), Some(2));
        assert_eq!(at(&["-ptoken", "json"]), Some(1));
        assert_eq!(at(&["-vp", "token", "json"]), Some(2));
        assert_eq!(at(&["--profile=token", "--timeout", "9", "json", "-v"]), Some(3));
        assert_eq!(at(&["--refresh", "json"]), Some(1));
        assert_eq!(at(&["-v", "--", "json"]), None);
        assert_eq!(at(&["-p"]), None);
    }
}
