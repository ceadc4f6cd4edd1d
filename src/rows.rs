//! All that can be called: the tables of protocols and of commands, as one.

use std::ffi::OsStr;

use crate::command::{self, Command};
use crate::error::{Error, Kind, nearest};
use crate::protocol::{self, Protocol};
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

/// Both tables under their headings, in the order of the help.
pub fn groups() -> [(&'static str, Vec<Row>); 2] {
    [("Print a token", protocol::ALL.map(Row::Protocol).to_vec()), ("For you", command::ALL.map(Row::Command).to_vec())]
}

/// The row that a word calls.
pub fn named(name: &OsStr) -> Result<Row, Error> {
    let rows = || groups().into_iter().flat_map(|(_, rows)| rows);
    rows().find(|row| OsStr::new(row.verb().name) == name).ok_or_else(|| {
        let name = name.to_string_lossy();
        let failure = Error::new(Kind::Usage, format!("there is no command \"{name}\""));
        failure.hint(match nearest(&name, rows().map(|row| row.verb().name)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "what there is: jwt-credential --help".into(),
        })
    })
}
