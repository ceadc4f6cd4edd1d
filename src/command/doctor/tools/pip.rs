//! pip: `keyring-provider = subprocess`, and the index URLs with a user name.
//! <https://pip.pypa.io/en/stable/topics/authentication/#keyring-support>

use super::lines::{Setting, entries};
use super::{Helper, Tool, at_home, below};
use crate::environment::path_if_absolute;
use crate::host::Origin;

pub(super) static TOOL: Tool = Tool {
    name: "pip",
    files: || match path_if_absolute("PIP_CONFIG_FILE") {
        Some(file) => vec![file],
        None => {
            below("XDG_CONFIG_HOME", ".config", "pip/pip.conf").into_iter().chain(at_home(".pip/pip.conf")).collect()
        }
    },
    read: |text| Ok(helpers(&entries(text))),
    directories: super::program::path,
};

fn helpers(entries: &[Setting]) -> Vec<Helper> {
    let is_keyring = |entry: &Setting| entry.key == "keyring-provider" && entry.value == "subprocess";
    if !entries.iter().any(is_keyring) {
        return Vec::new();
    }
    let indexes = entries.iter().filter(|entry| ["index-url", "extra-index-url"].contains(&entry.key.as_str()));
    let urls = indexes.flat_map(|entry| entry.value.split_whitespace());
    // Without a user name pip never asks for a password; one with a password needs none.
    let servers = urls.filter(|url| url.contains('@')).filter_map(|url| Origin::of_url(url).ok());
    let keyring = || Helper::new("keyring", []);
    let mut helpers: Vec<Helper> = servers.map(|server| keyring().at(Some(server))).collect();
    if helpers.is_empty() {
        helpers.push(keyring());
    }
    helpers
}
