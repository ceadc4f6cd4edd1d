//! Looks for what keeps a token from arriving: in the profiles, on this machine, in the configuration of other tools,
//! and on the way to the token endpoint. Its output is safe to paste: names and hosts, never a secret.

mod cache;
mod finding;
mod hosts;
mod keys;
mod names;
mod online;
mod profiles;
mod program;
mod secrets;
mod shared;
mod signer;
pub mod tools;

use std::io;

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Command, NEEDS_CARE, switch};
use crate::call::{Call, named_twice};
use crate::colour;
use crate::command_spec::{CommandSpec, argument, example};
use crate::error::{Error, printable_json};
use finding::{Finding, Level};
use profiles::Examined;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("doctor", "Find out what keeps a token from arriving")
        .with(options)
        .taking(&["profile"])
        .showing(&[example("Check a profile without a request", "jwt-credential doctor prod --offline")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![
        argument("names", "NAME").num_args(0..).help("The profiles to check (default: all)"),
        switch("offline", "Send nothing: no name lookup, no connection, no token request"),
        switch("json", "A JSON object with all findings"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    let names: Vec<&String> = call.many::<String>("names").collect();
    if let (Some(one), true) = (names.first(), call.options.profile_by_option) {
        return Err(named_twice(one));
    }
    let (examined, mut findings) = profiles::examine(call, &names)?;
    for one in &examined {
        findings.extend(of_profile(one, call));
    }
    findings.extend(hosts::overlaps(call));
    findings.extend(cache::check());
    findings.extend(names::check());
    findings.extend(tools::check(call));
    if call.has("offline") {
        findings.push(finding::skipped("online", "", "--offline was given: nothing was sent"));
        findings.extend(examined.iter().filter_map(online::untried_secret));
    } else {
        for one in profiles::to_ask(call, &examined, !names.is_empty()) {
            findings.extend(online::check(one, call));
            findings.extend(one.profile.as_ref().and_then(|profile| shared::server(profile, call)));
        }
    }
    report(call, &findings)?;
    let has_failed = findings.iter().any(|finding| finding.level == Level::Fail);
    Ok(if has_failed { NEEDS_CARE } else { 0 })
}

/// What can be found out about a profile on this machine.
fn of_profile(one: &Examined, call: &Call) -> Vec<Finding> {
    let mut findings = hosts::listed(one, call);
    if let Some(profile) = &one.profile {
        findings.extend(secrets::check(profile, call));
        findings.extend(keys::check(profile, call));
        findings.extend(shared::settings(profile, call));
        findings.extend(signer::check(profile, call));
    }
    findings
}

fn report(call: &Call, findings: &[Finding]) -> Result<(), Error> {
    if call.has("json") {
        let all: Vec<Json> = findings.iter().map(Finding::json).collect();
        let mut json = json!({"version": 1, "findings": all});
        for level in Level::ALL {
            json["count"][level.word()] = count(findings, level).into();
        }
        return call.write(&(printable_json(&json) + "\n"));
    }
    let (findings, coloured) = (finding::merged(findings), colour::is_wanted(&io::stdout()));
    let lines: String = findings.iter().map(|finding| finding.lines(coloured)).collect();
    let counts = Level::ALL.map(|level| format!("{} {}", count(&findings, level), level.word())).join(", ");
    call.write(&format!("{lines}\n{counts}\n"))
}

fn count(findings: &[Finding], level: Level) -> usize {
    findings.iter().filter(|finding| finding.level == level).count()
}
