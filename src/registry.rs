//! The tables of protocols and of commands as one.

use crate::call::Call;
use crate::command::{self, Command};
use crate::command_spec::CommandSpec;
use crate::error::Error;
use crate::protocol::{self, Audience, Protocol};
use crate::tokens::Tokens;

#[derive(Clone, Copy)]
pub enum Entry {
    Protocol(&'static Protocol),
    Command(&'static Command),
}

impl Entry {
    pub fn spec(self) -> &'static CommandSpec {
        match self {
            Entry::Protocol(protocol) => &protocol.spec,
            Entry::Command(command) => &command.spec,
        }
    }

    /// Answers the call, and returns the exit code.
    pub fn run(self, call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
        match self {
            Entry::Protocol(protocol) => (protocol.serve)(call, tokens),
            Entry::Command(command) => (command.run)(call),
        }
    }
}

/// Both tables under headings, in the order of the help. Tools for the provider's own APIs come first: every other
/// server must be configured to trust the issuer.
pub fn groups() -> [(&'static str, Vec<Entry>); 4] {
    let of = |audience: Audience| {
        protocol::ALL.into_iter().filter(move |row| row.audience == audience).map(Entry::Protocol).collect()
    };
    [
        ("Print a token", of(Audience::Anyone)),
        ("Speak a tool's own protocol, for the provider's APIs", of(Audience::ProviderApis)),
        ("Speak a tool's own protocol, for servers that trust the token's issuer", of(Audience::Issuer)),
        ("Manage profiles and tokens", command::ALL.map(Entry::Command).to_vec()),
    ]
}

pub fn all() -> impl Iterator<Item = Entry> {
    protocol::ALL.into_iter().map(Entry::Protocol).chain(command::ALL.into_iter().map(Entry::Command))
}

pub fn find(name: &str) -> Option<Entry> {
    all().find(|entry| entry.spec().name == name)
}
