//! The state of each profile's token, credential and last exchanges, and the servers that were refused a token. Callers
//! may swallow standard error; here its messages can be read again.

mod of_profile;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Command, NEEDS_CARE, switch, text};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, printable, printable_json};
use crate::local_time::when;
use crate::profile::{ProfileLocation, locate};
use crate::store::{RefusedServer, refused_servers};
use crate::{profile_tokens, provider};
use of_profile::{Accounts, Status};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("status", "Show tokens, expiry dates, failures and refused servers")
        .with(options)
        .taking(&["profile"])
        .about_profile()
        .showing(&[example("Fail if something ends within 30 days", "jwt-credential status --within 30d")]),
    run,
};

fn options() -> Vec<Arg> {
    let within = text("within", "DURATION").value_parser(clock::parse_duration);
    vec![
        within.help("Exit with 8 if a profile is broken, or a credential expires within this time, such as 30d"),
        switch("json", "A JSON object, with times in UTC"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    // A wrong variable is no profile's fault.
    let directory = locate::cache_directory()?;
    let trouble = profile_tokens::cache_trouble()?;
    let within: Option<Duration> = call.one("within").copied();
    let accounts = accounts(call)?;
    let of = |place| Status::of(place, &accounts, call, within);
    let all: Vec<Status> = places(call)?.into_iter().map(of).collect();
    let refused = directory.as_deref().map(refused_servers).unwrap_or_default();
    let text = if call.has("json") {
        let profiles: Vec<&Json> = all.iter().map(|status| &status.json).collect();
        let servers: Vec<Json> = refused.iter().map(refused_json).collect();
        let cache = cache_json(directory.as_deref(), trouble.as_deref());
        let json = json!({"version": 1, "profiles": profiles, "cache": cache, "refused_servers": servers});
        printable_json(&json) + "\n"
    } else {
        let mut text: String = all.iter().map(|status| status.text.as_str()).collect();
        if all.is_empty() {
            text += &locate::no_profiles();
        }
        text + &cache_lines(directory.as_deref(), trouble.as_deref()) + &refused_lines(&refused)
    };
    call.write(&text)?;
    // If no profile is found, it is unknown whether all is well.
    let needs_care = all.is_empty() || all.iter().any(|status| !status.care.is_empty());
    Ok(if needs_care && within.is_some() { NEEDS_CARE } else { 0 })
}

/// The profile that the user named; else the one in the environment, and those in the configuration directories.
fn places(call: &Call) -> Result<Vec<ProfileLocation>, Error> {
    match locate::named(call.options.profile.as_deref(), call.options.profile_by_option)? {
        Some(file @ ProfileLocation::File { .. }) => Ok(vec![file]),
        _ => locate::every_place(),
    }
}

/// The names of all profiles, by the identity of their tokens.
fn accounts(call: &Call) -> Result<Accounts, Error> {
    let mut accounts = Accounts::new();
    for place in locate::files()? {
        let name = place.name().to_owned();
        let profile = provider::CATALOG.read(place, call.deadline.attempt_end());
        if let Ok(identity) = profile.and_then(|profile| profile.identity()) {
            accounts.entry(identity).or_default().push(name);
        }
    }
    Ok(accounts)
}

fn cache_json(directory: Option<&Path>, trouble: Option<&str>) -> Json {
    let mut json = json!({"usable": trouble.is_none()});
    if let Some(directory) = directory {
        json["directory"] = directory.to_string_lossy().into();
    }
    if let Some(trouble) = trouble {
        json["error"] = trouble.into();
    }
    json
}

fn cache_lines(directory: Option<&Path>, trouble: Option<&str>) -> String {
    match (directory, trouble) {
        (_, Some(trouble)) => format!("no cache         {}\n", printable(trouble)),
        (Some(directory), None) => format!("cache            {}\n", printable(&directory.to_string_lossy())),
        (None, None) => String::new(),
    }
}

fn refused_json(server: &RefusedServer) -> Json {
    json!({"origin": server.origin, "reason": server.reason.code(), "at": rfc3339(server.at_ms)})
}

fn refused_lines(refused: &[RefusedServer]) -> String {
    let now = clock::now().wall_ms;
    let mut text = String::new();
    for server in refused {
        let line = format!("{}: {}, {}", server.origin, server.reason.text(), when(server.at_ms, now));
        let _ = writeln!(text, "refused server   {}", printable(&line));
    }
    text
}
