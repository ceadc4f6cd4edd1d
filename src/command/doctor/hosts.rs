//! The servers that profiles allow, and servers that several profiles allow.

use std::collections::BTreeMap;

use super::finding::{Finding, ok, skipped, warn};
use super::profiles::Examined;
use crate::call::Call;
use crate::host::{Origin, Pattern};
use crate::profile::{ProfileLocation, locate};
use crate::provider;

pub(super) fn listed(one: &Examined, call: &Call) -> Vec<Finding> {
    // A profile that cannot be read has a finding of its own.
    let Ok(hosts) = provider::CATALOG.hosts(&one.place, call.deadline.attempt_end()) else { return Vec::new() };
    if hosts.is_empty() {
        let what = "lists no hosts: git, docker, cargo and other tools that name a server get no token";
        return vec![skipped("hosts.listed", one.name(), what)];
    }
    vec![ok("hosts.listed", one.name(), hosts.join(", "))]
}

/// All profiles' hosts, by profile.
pub(super) fn all(call: &Call) -> BTreeMap<String, Vec<Pattern>> {
    let patterns = |place: ProfileLocation| {
        let hosts = provider::CATALOG.hosts(&place, call.deadline.attempt_end()).ok()?;
        Some((place.name().to_owned(), hosts.iter().filter_map(|host| Pattern::parse(host).ok()).collect()))
    };
    locate::files().into_iter().flatten().filter_map(patterns).collect()
}

/// Whether one of these hosts is this server.
pub(super) fn allow(hosts: &[Pattern], server: &Origin) -> bool {
    hosts.iter().any(|pattern| pattern.matches(server).is_some())
}

/// Entries that several profiles have: a tool that names such a server gets the default profile's token or none.
pub(super) fn overlaps(call: &Call) -> Vec<Finding> {
    let mut profiles: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, patterns) in all(call) {
        for pattern in patterns {
            let names = profiles.entry(pattern.to_string()).or_default();
            if !names.contains(&name) {
                names.push(name.clone());
            }
        }
    }
    let chosen = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option).ok();
    let is_chosen = |name: &String| chosen.as_ref().is_some_and(|place| place.name() == name);
    let mut findings = Vec::new();
    for (host, names) in profiles.iter().filter(|(_, names)| names.len() > 1) {
        let list = names.join(", ");
        findings.push(match names.iter().find(|name| is_chosen(name)) {
            Some(one) => ok("hosts.overlap", "", format!("{host} is listed by {list}; {one} answers")),
            None => warn(
                "hosts.overlap",
                "",
                format!("{host} is listed by {list}, so that none answers"),
                "remove it from the hosts of all but one, or select a profile with -p in the tool's configuration",
            ),
        });
    }
    if findings.is_empty() {
        findings.push(ok("hosts.overlap", "", "no server is listed by two profiles"));
    }
    findings
}
