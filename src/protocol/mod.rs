//! The forms in which callers want a token: one file and one row each.

mod aws;
mod bazel;
mod become_program;
mod cargo;
mod curl;
mod docker;
mod env;
mod exec;
mod git;
mod go;
mod google_executable;
mod header;
mod headers;
mod json;
mod keyring;
mod kubectl;
mod pnpm;
mod postman;
mod rclone;
pub mod stdin;
mod terraform;
mod token;
mod vault;

use std::ffi::OsStr;
use std::path::Path;

use clap::Arg;

use crate::call::Call;
use crate::command_spec::{CommandSpec, text};
use crate::environment;
use crate::error::{Error, Kind};
use crate::profile::locate;
use crate::profile::schema::user_name;
use crate::redaction::shown;
use crate::tokens::{Credential, NotAllowed, Tokens, Want};

pub struct Protocol {
    pub spec: CommandSpec,
    /// The names under which tools of this protocol call the program. `-NAME` after one of them selects a profile.
    pub called: &'static [&'static str],
    pub audience: Audience,
    /// How a tool is recognised if its configuration has no place for a command's name.
    pub trigger: Option<Trigger>,
    /// Reads the request, gets the token, writes the answer, and returns the exit code.
    pub serve: fn(&Call, &dyn Tokens) -> Result<u8, Error>,
}

/// The servers that accept a token which is sent by this protocol's tools.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    Anyone,
    /// The APIs of the provider itself.
    ProviderApis,
    /// A server that trusts the token's issuer.
    Issuer,
}

#[derive(Clone, Copy)]
pub enum Trigger {
    FirstArgument(&'static str),
    Variable(&'static str),
}

impl Protocol {
    /// A form without a tool's own protocol.
    const fn plain(spec: CommandSpec, serve: fn(&Call, &dyn Tokens) -> Result<u8, Error>) -> Self {
        Self { spec, called: &[], audience: Audience::Anyone, trigger: None, serve }
    }

    /// The protocol of a tool whose servers must trust the token's issuer.
    const fn of_tool(
        spec: CommandSpec,
        called: &'static [&'static str],
        serve: fn(&Call, &dyn Tokens) -> Result<u8, Error>,
    ) -> Self {
        Self { called, audience: Audience::Issuer, ..Self::plain(spec, serve) }
    }
}

/// All protocols, in the order of the help.
pub static ALL: [&Protocol; 21] = [
    &json::PROTOCOL,
    &token::PROTOCOL,
    &header::PROTOCOL,
    &headers::PROTOCOL,
    &curl::PROTOCOL,
    &env::PROTOCOL,
    &exec::PROTOCOL,
    &postman::PROTOCOL,
    &aws::PROTOCOL,
    &kubectl::PROTOCOL,
    &git::PROTOCOL,
    &docker::PROTOCOL,
    &cargo::PROTOCOL,
    &terraform::PROTOCOL,
    &bazel::PROTOCOL,
    &go::PROTOCOL,
    &keyring::PROTOCOL,
    &pnpm::PROTOCOL,
    &rclone::PROTOCOL,
    &vault::PROTOCOL,
    &google_executable::PROTOCOL,
];

/// The protocol that the program's name selects, and the profile that its `-NAME` selects.
pub fn called(program: &OsStr) -> Option<(&'static Protocol, Option<String>)> {
    let name = Path::new(program).file_name()?.to_str()?;
    let name = name.strip_suffix(".exe").unwrap_or(name);
    ALL.into_iter().find_map(|protocol| {
        let rest = protocol.called.iter().find_map(|called| name.strip_prefix(called))?;
        match rest.strip_prefix('-') {
            // Never a path: the current directory may belong to another user.
            Some(profile) if locate::is_name(profile) => Some((protocol, Some(profile.to_owned()))),
            _ => rest.is_empty().then_some((protocol, None)),
        }
    })
}

pub fn triggered_by(argument: &OsStr) -> Option<&'static Protocol> {
    let is_own = |row: &&Protocol| matches!(row.trigger, Some(Trigger::FirstArgument(own)) if argument == own);
    ALL.into_iter().find(is_own)
}

pub fn triggered_by_variable() -> Option<&'static Protocol> {
    let is_set = |row: &&Protocol| matches!(row.trigger, Some(Trigger::Variable(name)) if environment::is_set(name));
    ALL.into_iter().find(is_set)
}

/// The error about an operation that the tool does not have.
fn no_operation(call: &Call) -> Error {
    let asked = shown(call.value("operation").unwrap_or_default());
    Error::new(Kind::Usage, format!("{} has no operation {asked}", call.spec.name))
}

/// The option for the user name beside the token. An empty one counts as none.
fn user_option(help: &'static str) -> Arg {
    let user = |name: &str| if name.is_empty() { Ok(String::new()) } else { user_name(name) };
    text("user", "NAME").value_parser(user).help(help)
}

/// The token for a caller that names no server. It is refused only if no profile allows the server that `--for` names.
fn credential(tokens: &dyn Tokens, want: &Want) -> Result<Credential, Error> {
    tokens.get(want)?.map_err(|NotAllowed(why)| why)
}
