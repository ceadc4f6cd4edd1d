//! The calling names on the PATH, such as `git-credential-jwt`.

use std::collections::BTreeSet;

use super::finding::{Finding, fail, ok, skipped, warn};
use super::program::{Found, find, path};
use crate::profile::locate;
use crate::protocol;
use crate::sys::shell_word;

/// pip's own program has this name too.
const SHARED: &str = "keyring";

pub(super) fn check() -> Vec<Finding> {
    let directories = path();
    let entries = directories.iter().filter_map(|directory| std::fs::read_dir(directory).ok()).flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let called: BTreeSet<String> = names.filter(|name| protocol::called(name.as_ref()).is_some()).collect();
    let findings: Vec<Finding> = called.iter().filter_map(|name| one(name, find(name, &directories))).collect();
    if findings.is_empty() {
        let what = "no calling name such as git-credential-jwt is on the PATH; jwt-credential link DIR makes them";
        return vec![skipped("name.path", "", what)];
    }
    findings
}

fn one(name: &str, found: Found) -> Option<Finding> {
    match found {
        Found::Ours(path) => {
            let profile = protocol::called(name.as_ref()).and_then(|(_, profile)| profile);
            let missing = profile.filter(|profile| locate::all().is_ok_and(|all| !all.contains_key(profile)));
            let shown = path.display();
            Some(match missing {
                Some(profile) => fail(
                    "name.profile",
                    name,
                    format!("{shown} selects the profile \"{profile}\", which does not exist"),
                    format!("make the profile \"{profile}\", or: rm {}", shell_word(&path.to_string_lossy())),
                ),
                None => ok("name.path", name, shown.to_string()),
            })
        }
        Found::Other(path) if name != SHARED => Some(warn(
            "name.other",
            name,
            format!("{} is another program", path.display()),
            format!("put the directory of the right {name} earlier on the PATH"),
        )),
        Found::Dangling(path) => Some(fail(
            "name.dangling",
            name,
            format!("{} leads to a program that does not exist", path.display()),
            format!("jwt-credential link {}", shell_word(&path.parent().unwrap_or(&path).to_string_lossy())),
        )),
        Found::Other(_) | Found::Missing => None,
    }
}
