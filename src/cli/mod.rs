//! The command line: argv and environment become a call.

mod complaint;
mod help;
mod misplaced;
mod options;
mod tree;

use std::ffi::{OsStr, OsString};
use std::io::IsTerminal as _;
use std::mem;
use std::time::Instant;

use clap::ArgMatches;
use clap::error::ErrorKind;

use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind};
use crate::protocol;
use crate::registry::{self, Entry};
use complaint::{complaint, unknown_command};
use help::{help, overview};
use misplaced::check_arguments;
use options::Parsed;
use tree::tree;

/// The command of a call that names none.
const DEFAULT: &str = "json";

/// A command line. If the program's name or a tool's trigger selects the command, its name is added.
pub struct CommandLine {
    words: Vec<OsString>,
    /// The profile that the program's name selects.
    profile: Option<String>,
}

/// What a command line asks for.
pub enum Asked {
    Call(Entry, Box<Call>),
    /// A text for standard output.
    Help(String),
    /// The help for standard error: without a command's name no token is printed on a terminal.
    Declined(String),
}

impl CommandLine {
    /// `args` do not include the program's name.
    pub fn new(program: &OsStr, args: impl Iterator<Item = OsString>) -> Self {
        let mut words: Vec<OsString> = args.collect();
        let (protocol, profile) = match protocol::called(program) {
            Some((protocol, profile)) => (Some(protocol), profile),
            None => (words.first().and_then(|first| protocol::triggered_by(first)), None),
        };
        if let Some(protocol) = protocol {
            words.insert(0, protocol.spec.name.into());
        }
        Self { words, profile }
    }

    pub fn parse(&self, started: Instant) -> Result<Asked, Error> {
        check_arguments(&self.words)?;
        let mut before = match tree(&self.words).try_get_matches_from(&self.words) {
            Ok(matches) => matches,
            Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
                return Ok(Asked::Help(error.to_string().trim_end().to_owned() + "\n"));
            }
            Err(error) => return Err(complaint(&error, self.spec())),
        };
        let wants_help = before.get_flag("help");
        let (name, after) = before.remove_subcommand().unzip();
        let entry = match name.as_deref() {
            Some("help") => match after.as_ref().and_then(|after| after.get_one::<String>("command")) {
                Some(name) if name != "help" => return find(name).map(|entry| Asked::Help(help(entry.spec()))),
                _ => return Ok(Asked::Help(overview())),
            },
            Some(name) if wants_help => return find(name).map(|entry| Asked::Help(help(entry.spec()))),
            Some(name) => find(name)?,
            None if wants_help => return Ok(Asked::Help(overview())),
            None => match protocol::triggered_by_variable() {
                Some(protocol) => Entry::Protocol(protocol),
                None if std::io::stdout().is_terminal() => return Ok(Asked::Declined(overview())),
                None => find(DEFAULT)?,
            },
        };
        let parsed = Parsed { before, after: after.unwrap_or_default() };
        let starts_program = self.starts_program(entry.spec());
        let call = options::call(entry.spec(), parsed, self.profile.clone(), starts_program, started)?;
        Ok(Asked::Call(entry, Box::new(call)))
    }

    /// Whether the line starts another program, whose exit code the caller sees.
    pub fn starts_program(&self, spec: &CommandSpec) -> bool {
        spec.rest.is_some() && self.words.iter().any(|word| word == "--")
    }

    /// The command of a line that cannot be parsed: the first word that is a command's name. A command whose caller
    /// would go on without a token comes first, since another word may be the value of an option that is not known.
    pub fn spec(&self) -> Option<&'static CommandSpec> {
        let words = self.words.iter().take_while(|word| *word != "--").filter_map(|word| word.to_str());
        // A profile may have the name of a command.
        let mut is_value = false;
        let words = words.filter(|word| !mem::replace(&mut is_value, tree::takes_next(word)));
        let mut named = words.filter_map(registry::find).map(Entry::spec);
        let first = named.next()?;
        let goes_on = |spec: &&CommandSpec| spec.when_failing.is_some();
        Some(if goes_on(&first) { first } else { named.find(goes_on).unwrap_or(first) })
    }
}

fn find(name: &str) -> Result<Entry, Error> {
    registry::find(name).ok_or_else(|| unknown_command(name))
}

/// Parses the options in a tool's request, as part of the call under way: an option that the request does not give is
/// the call's.
pub fn parse_late(outer: &Call, words: &[String]) -> Result<Call, Error> {
    let no_options = || Error::new(Kind::Usage, "--help and --version cannot be given in a tool's configuration");
    let mut before = match tree(words).try_get_matches_from(words) {
        Ok(matches) if !matches.get_flag("help") => matches,
        Err(error) if error.kind() != ErrorKind::DisplayHelp && error.kind() != ErrorKind::DisplayVersion => {
            return Err(complaint(&error, Some(outer.spec)));
        }
        _ => return Err(no_options()),
    };
    // A configuration may repeat the command's name: `["jwt-credential", "cargo"]`.
    let after = match before.remove_subcommand() {
        Some((name, _)) if name != outer.spec.name => {
            return Err(Error::new(Kind::Usage, format!("unexpected argument '{name}' found")));
        }
        Some((_, after)) => after,
        None => ArgMatches::default(),
    };
    options::late_call(outer, Parsed { before, after })
}
