//! All that can be called: the tables of protocols and of commands, as one.

use std::ffi::OsStr;
use std::path::Path;

use crate::command::{self, Command};
use crate::environment;
use crate::error::{Error, Kind, nearest};
use crate::profile::locate;
use crate::protocol::{self, Audience, Protocol, Summons};
use crate::verb::Verb;

/// A row of one of the two tables.
#[derive(Clone, Copy)]
pub enum Row {
    /// A form in which a caller wants a token.
    Protocol(&'static Protocol),
    /// A command for the person.
    Command(&'static Command),
}

impl Row {
    /// What the command line knows of the row.
    #[must_use]
    pub fn verb(self) -> &'static Verb {
        match self {
            Row::Protocol(protocol) => &protocol.verb,
            Row::Command(command) => &command.verb,
        }
    }
}

/// Both tables under their headings, in the order of the help. Tools for the provider's own APIs stand apart:
/// any other server must trust the issuer first.
pub fn groups() -> [(&'static str, Vec<Row>); 4] {
    let of = |audience: Audience| {
        protocol::ALL.into_iter().filter(move |row| row.audience == audience).map(Row::Protocol).collect()
    };
    [
        ("Print a token", of(Audience::Anyone)),
        ("Speak a tool's own protocol, for the provider's APIs", of(Audience::ProviderApis)),
        ("Speak a tool's own protocol, for servers that trust the token's issuer", of(Audience::TrustingServers)),
        ("For you", command::ALL.map(Row::Command).to_vec()),
    ]
}

/// The row that wants to be called by this program's name, and the profile that a further `-NAME` of it says.
#[must_use]
pub fn called(program: &OsStr) -> Option<(Row, Option<String>)> {
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    // What everybody calls it by, on the path that must be short.
    if name == "jwt-credential" {
        return None;
    }
    protocol::ALL.iter().find_map(|protocol| {
        let rest = protocol.called.iter().find_map(|called| name.strip_prefix(called))?;
        match rest.strip_prefix('-') {
            // Never a path: the directory that somebody stands in may be anybody's.
            Some(profile) if locate::is_plain_name(profile) => {
                Some((Row::Protocol(protocol), Some(profile.to_owned())))
            }
            _ => rest.is_empty().then_some((Row::Protocol(protocol), None)),
        }
    })
}

/// All rows, without their headings: what every call looks through.
fn all() -> impl Iterator<Item = Row> {
    protocol::ALL.into_iter().map(Row::Protocol).chain(command::ALL.into_iter().map(Row::Command))
}

/// The row whose tool says by this first argument that it calls.
#[must_use]
pub fn summoned_by(argument: &OsStr) -> Option<Row> {
    let is_meant = |row: &&Protocol| matches!(row.summons, Some(Summons::Argument(own)) if argument == own);
    protocol::ALL.into_iter().find(is_meant).map(Row::Protocol)
}

/// The row whose tool says by a variable that it calls.
#[must_use]
pub fn summoned_by_variable() -> Option<Row> {
    let is_set =
        |row: &&Protocol| matches!(row.summons, Some(Summons::Variable(name)) if environment::raw(name).is_some());
    protocol::ALL.into_iter().find(is_set).map(Row::Protocol)
}

/// The row that a word calls.
pub fn named(name: &OsStr) -> Result<Row, Error> {
    all().find(|row| OsStr::new(row.verb().name) == name).ok_or_else(|| {
        let name = name.to_string_lossy();
        let failure = Error::new(Kind::Usage, format!("there is no command \"{name}\""));
        failure.hint(match nearest(&name, all().map(|row| row.verb().name)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "what there is: jwt-credential --help".into(),
        })
    })
}
