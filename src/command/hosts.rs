//! Shows or edits the allowlist of a profile: the servers that its token may go to.

use std::fmt::Write as _;

use clap::{Arg, ArgAction};

use super::Command;
use crate::call::Call;
use crate::command_spec::{CommandSpec, argument, example};
use crate::error::{Error, Kind, printable};
use crate::lifecycle;
use crate::lifecycle::hosts::Edit;
use crate::profile::schema::{HOSTS, no_secret};
use crate::profile::{ProfileLocation, locate};
use crate::{host, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("hosts", "Show or edit the servers that may have the token")
        .with(options)
        .taking(&["profile"])
        .showing(&[example("Let a server have the token", "jwt-credential -p prod hosts add git.example.com")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![
        argument("edit", "add|remove")
            .value_parser(["add", "remove"])
            .hide_possible_values(true)
            .help("What to do; without it, the hosts are shown"),
        argument("host", "HOST")
            .num_args(1..)
            .action(ArgAction::Append)
            .help("HOST[:PORT], or *.example.com for exactly one more label"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let place = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option)?;
    let Some(edit) = call.value("edit") else { return call.answer(&shown(&place, call)?) };
    let hosts = call.many::<String>("host").map(|host| checked(edit, host)).collect::<Result<Vec<_>, _>>()?;
    if hosts.is_empty() {
        return Err(Error::new(Kind::Usage, format!("hosts {edit} needs a host"))
            .hint(format!("jwt-credential hosts {edit} api.example.com")));
    }
    let edit = if edit == "add" { Edit::Add } else { Edit::Remove };
    let (_, path) = lifecycle::of_own(place.clone(), "edited")?;
    let changed = lifecycle::open(call)?.edit_hosts(&path, edit, &hosts)?;
    let mut text = String::new();
    for host in &hosts {
        let what = match (edit, changed.contains(host)) {
            (Edit::Add, true) => "added",
            (Edit::Add, false) => "already there",
            (Edit::Remove, true) => "removed",
            (Edit::Remove, false) => "was not there",
        };
        let _ = writeln!(text, "{what}: {}", printable(host));
    }
    call.answer(&(text + &shown(&place, call)?))
}

/// A host as profiles spell it. What is removed may be misspelt.
fn checked(edit: &str, host: &str) -> Result<String, Error> {
    let wrong = |what: String| Error::new(Kind::Usage, format!("a host {what}"));
    let host = no_secret(host).map_err(wrong)?;
    if host.contains('@') {
        return Err(wrong("must have no user name and no password".into()));
    }
    match host::Pattern::parse(host) {
        Ok(pattern) => Ok(pattern.to_string()),
        Err(_) if edit == "remove" => Ok(host.to_owned()),
        Err(what) => {
            let error = Error::new(Kind::Usage, format!("the host {}: it {what}", crate::redaction::shown(host)));
            // People give the URL of a repository or of an API.
            Err(match host::Origin::with_path(host) {
                Ok((server, _)) => error.hint(format!("write the server alone: {}", server.as_host())),
                Err(_) => error,
            })
        }
    }
}

fn shown(place: &ProfileLocation, call: &Call) -> Result<String, Error> {
    let hosts = provider::CATALOG.hosts(place, call.deadline.attempt_end())?;
    let place = printable(&place.to_string());
    if hosts.is_empty() {
        return Ok(format!("{place} has no \"{HOSTS}\": no server may have its token\n"));
    }
    let mut text = format!("these servers may have the token of {place}:\n");
    for host in hosts {
        let _ = writeln!(text, "  {}", printable(&host));
    }
    Ok(text)
}
