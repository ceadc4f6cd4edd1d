//! Edits the `hosts` of a profile. The rest of its JSON stays as it is written, however broken the profile is otherwise.

use std::path::Path;
use std::time::Duration;

use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_json::{Value as Json, json};

use super::own_profiles::{OwnProfiles, failed};
use crate::error::{Error, Kind};
use crate::host;
use crate::json_members::Members;
use crate::profile::schema::{HOSTS, NAMING};
use crate::sys::{self, AtomicFile};

/// What becomes of each host.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    Add,
    Remove,
}

impl OwnProfiles<'_> {
    /// Adds these hosts or removes them. Returns those that changed something.
    pub fn edit_hosts(&self, path: &Path, edit: Edit, hosts: &[String]) -> Result<Vec<String>, Error> {
        let wrong = |what: &str| Error::new(Kind::Setup, format!("the profile {} {what}", path.display()));
        let unread = |error| Error::new(Kind::Setup, format!("cannot read the profile {}: {error}", path.display()));
        let file = sys::read_checked(path, Duration::ZERO).map_err(unread)?;
        let text = std::str::from_utf8(&file.bytes).map_err(|_| wrong("is not UTF-8 text"))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Members(mut entries) = serde_json::from_str(text).map_err(|error| match error.classify() {
            Category::Data => wrong("is not a JSON object"),
            _ if text.trim().is_empty() => wrong("is empty"),
            _ => wrong(&format!("is not JSON: {error}")),
        })?;
        if !entries.iter().any(|(key, _)| NAMING.contains(&key.as_str())) {
            return Err(wrong("is another tool's file: its hosts cannot be edited")
                .hint("make a profile of it: jwt-credential import FILE"));
        }
        let at = entries.iter().position(|(key, _)| key == HOSTS);
        let mut list = match at {
            Some(at) => literal_hosts(entries[at].1, path).map_err(|what| wrong(&what))?,
            None => Vec::new(),
        };
        let changed = change(&mut list, edit, hosts);
        if changed.is_empty() {
            return Ok(changed);
        }
        let written = json!(list).to_string();
        let written = RawValue::from_string(written).map_err(|error| wrong(&error.to_string()))?;
        match at {
            // An empty list is an error in a profile.
            Some(at) if list.is_empty() => drop(entries.remove(at)),
            Some(at) => entries[at].1 = &written,
            None => entries.push((HOSTS.into(), &written)),
        }
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let text = lines(&entries);
        AtomicFile::replace(&target, text.as_bytes()).map_err(|error| failed("write", path, &error))?;
        Ok(changed)
    }
}

/// The hosts that stand in the profile itself.
fn literal_hosts(written: &RawValue, profile: &Path) -> Result<Vec<Json>, String> {
    let items = match serde_json::from_str(written.get()).unwrap_or_default() {
        Json::Array(items) => items,
        Json::String(list) => list.split(',').map(|host| host.trim().into()).filter(|host| host != "").collect(),
        item => vec![item],
    };
    for item in &items {
        let source = |key: &str| item.get(key).and_then(Json::as_str);
        match (item, source("file"), source("env")) {
            (Json::String(_), ..) => {}
            (_, Some(file), _) => {
                let file = profile.with_file_name(file);
                return Err(format!("has its \"{HOSTS}\" from the file {}: edit it there", file.display()));
            }
            (_, _, Some(name)) => return Err(format!("has its \"{HOSTS}\" from the variable {name}: edit it there")),
            _ => return Err(format!("has a \"{HOSTS}\" that is no list of strings: correct it there")),
        }
    }
    Ok(items)
}

/// Changes the list; returns the hosts that changed it.
fn change(list: &mut Vec<Json>, edit: Edit, hosts: &[String]) -> Vec<String> {
    let normal = |host: &str| host::pattern(host.trim()).unwrap_or_else(|_| host.to_owned());
    let is = |item: &Json, host: &str| item.as_str().is_some_and(|item| normal(item) == normal(host));
    let mut changed = Vec::new();
    for host in hosts {
        let before = list.len();
        match edit {
            Edit::Remove => list.retain(|item| !is(item, host)),
            Edit::Add if list.iter().any(|item| is(item, host)) => {}
            Edit::Add => list.push(host.as_str().into()),
        }
        if list.len() != before {
            changed.push(host.clone());
        }
    }
    changed
}

/// The text of a profile with a key on each line, in this order.
fn lines(entries: &[(String, &RawValue)]) -> String {
    let lines = entries.iter().map(|(key, value)| format!("  {}: {}", json!(key), value.get()));
    format!("{{\n{}\n}}\n", lines.collect::<Vec<_>>().join(",\n"))
}
