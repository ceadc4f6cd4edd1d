//! The command line. Every command is one flat clap command, made of the common options and its own, and built where
//! there is something to take apart: a tree of all of them would be built on every cached call for nothing.

mod given;
mod words;

use std::cell::LazyCell;
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::time::{Duration, Instant};

use clap::Arg;
use clap::error::ErrorKind;

use crate::call::{Call, Options};
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind, nearest};
use crate::log::Log;
use crate::rows::Row;
use crate::verb::Verb;
use crate::{clock, environment, rows};
pub use given::Given;
use words::{common, flat, overview, usage};

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

/// Finds the row by the name that the program was called by, else by its word, which is taken out of the arguments
/// (they are without the program's name).
pub fn choose(program: &OsStr, args: &mut Vec<OsString>) -> Result<Chosen, Error> {
    if let Some((row, profile)) = rows::called(program) {
        return Ok(Chosen::Row(row, profile));
    }
    if let Some(row) = args.first().and_then(|first| rows::summoned_by(first)) {
        return Ok(Chosen::Row(row, None));
    }
    let word = position_of_command(args).map(|at| args.remove(at));
    let has = |long: &str, short: &str| args.iter().any(|arg| arg == long || arg == short);
    match &word {
        Some(word) if word == "help" => Ok(Chosen::Tell(overview())),
        Some(word) => {
            rows::named(word).map(|row| Chosen::Row(row, None)).map_err(|error| unknown_option(args).unwrap_or(error))
        }
        None if has("--help", "-h") => Ok(Chosen::Tell(overview())),
        None => match rows::summoned_by_variable() {
            Some(row) => Ok(Chosen::Row(row, None)),
            None if !has("--version", "-V") && rustix::termios::isatty(std::io::stdout()) => {
                Ok(Chosen::Decline(overview()))
            }
            None => rows::named(OsStr::new(USUAL)).map(|row| Chosen::Row(row, None)),
        },
    }
}

/// Takes a row's arguments apart.
pub fn parse(row: Row, profile: Option<String>, args: Vec<OsString>, started: Instant) -> Result<Asked, Error> {
    let verb = row.verb();
    let hands_on = hands_on(verb, &args);
    let own = (verb.options)();
    // Most calls say no more than their command: clap, a third of our own instructions, is left out then.
    let given = if args.is_empty() && own.is_empty() {
        Ok(Given::nothing())
    } else {
        Given::taken_apart(flat(verb, own), args)
    };
    match given {
        Ok(given) => {
            let rest = given.rest().or(hands_on.then(Vec::new));
            call(verb, given, profile, rest, started).map(|call| Asked::Call(Box::new(call)))
        }
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            Ok(Asked::Help(error.to_string().trim_end().to_owned() + "\n"))
        }
        Err(error) => Err(usage(&error, verb)),
    }
}

/// Takes apart what a tool hands over later than on the command line, within the call that is under way: what is not
/// said anew is that call's.
pub fn parse_within(outer: &Call, row: Row, args: Vec<OsString>) -> Result<Call, Error> {
    let Asked::Call(mut call) = parse(row, None, args, Instant::now())? else {
        return Err(Error::new(Kind::Usage, "--help and --version are no options for a tool's configuration"));
    };
    let (own, of_outer) = (&mut call.options, &outer.options);
    if !own.profile_by_option && of_outer.profile.is_some() {
        own.profile.clone_from(&of_outer.profile);
        own.profile_by_option = of_outer.profile_by_option;
    }
    if own.target.is_some() && of_outer.target.is_some() && own.target != of_outer.target {
        return Err(Error::new(Kind::Usage, "--for is given twice, and for two URLs"));
    }
    own.target = own.target.take().or_else(|| of_outer.target.clone());
    own.min_ttl = own.min_ttl.or(of_outer.min_ttl);
    own.refresh |= of_outer.refresh;
    own.no_cache |= of_outer.no_cache;
    if own.timeout.is_none() {
        call.deadline = outer.deadline;
    }
    Ok(*call)
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
    given: Given,
    called: Option<String>,
    rest: Option<Vec<OsString>>,
    started: Instant,
) -> Result<Call, Error> {
    let set = |name| if verb.ignores_settings { None } else { environment::raw(name) };
    let own = given.one::<OsString>("profile").cloned().or(called.map(OsString::from));
    let timeout = duration(&given, "timeout", set("JWT_CREDENTIAL_TIMEOUT"))?;
    if timeout.is_some_and(|timeout| timeout.is_zero() || timeout > LONGEST) {
        return Err(Error::new(Kind::Usage, "--timeout is longer than nothing and no longer than a day"));
    }
    let options = Options {
        profile_by_option: own.is_some(),
        profile: own.or_else(|| set("JWT_CREDENTIAL_PROFILE")),
        min_ttl: duration(&given, "min-ttl", set("JWT_CREDENTIAL_MIN_TTL"))?,
        timeout,
        refresh: given.has("refresh") || (!verb.ignores_settings && environment::is_on("JWT_CREDENTIAL_REFRESH")),
        no_cache: given.has("no-cache"),
        target: given.one::<String>("for").cloned(),
    };
    Ok(Call {
        rest,
        began: clock::now(),
        deadline: Deadline::new(started, timeout.unwrap_or(deadline::DEFAULT)),
        log: Log::open(given.has("verbose"), set("JWT_CREDENTIAL_LOG").as_deref().map(Path::new)),
        options,
        given,
    })
}

/// An option's duration, else that of its variable, which is named after it.
fn duration(given: &Given, option: &str, variable: Option<OsString>) -> Result<Option<Duration>, Error> {
    if let Some(duration) = given.one::<Duration>(option) {
        return Ok(Some(*duration));
    }
    let Some(text) = variable else { return Ok(None) };
    clock::parse_duration(&text.to_string_lossy()).map(Some).map_err(|what| {
        let name = option.to_ascii_uppercase().replace('-', "_");
        Error::new(Kind::Usage, format!("the variable JWT_CREDENTIAL_{name} {what}"))
    })
}

/// Where the command stands: the first word that is neither an option nor an option's value.
fn position_of_command(args: &[OsString]) -> Option<usize> {
    // Most calls have the command first, and need none of it.
    let common = LazyCell::new(common);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_common_option_says_anything_where_it_is_not_given() {
        for option in common() {
            assert!(!option.is_required_set() && option.get_default_values().is_empty(), "{option}");
        }
    }

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
