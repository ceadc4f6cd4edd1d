//! cargo: `credential-provider` and `registry.global-credential-providers` of config.toml.
//! <https://doc.rust-lang.org/cargo/reference/registry-authentication.html>

use super::lines::{Setting, entries, strings, unquoted};
use super::{Helper, Tool, below};
use crate::host::Origin;

pub(super) static TOOL: Tool = Tool {
    name: "cargo",
    files: || ["config.toml", "config"].iter().filter_map(|file| below("CARGO_HOME", ".cargo", file)).collect(),
    read: |text| Ok(helpers(&entries(text))),
    directories: super::program::path,
};

/// A registry without a provider of its own has the global ones.
fn helpers(entries: &[Setting]) -> Vec<Helper> {
    let value = |section: &str, part: Option<&str>, key: &str| {
        let mut found = entries.iter().filter(|entry| entry.section == section && entry.part.as_deref() == part);
        found.find(|entry| entry.key == key).map(|entry| entry.value.as_str())
    };
    let resolved = |mut words: Vec<String>| {
        if let Some(alias) = words.first().and_then(|name| value("credential-alias", None, &name.to_ascii_lowercase()))
        {
            words = strings(alias);
        }
        Helper::of_words(words.iter().map(String::as_str))
    };
    // Each global provider is one string.
    let providers = value("registry", None, "global-credential-providers").map(strings).unwrap_or_default();
    let global = || providers.iter().filter_map(|one| resolved(one.split_whitespace().map(str::to_owned).collect()));
    let mut all: Vec<Helper> = global().collect();
    for index in entries.iter().filter(|entry| entry.section == "registries" && entry.key == "index") {
        let url = unquoted(&index.value);
        let server = || Origin::of_url(url.strip_prefix("sparse+").unwrap_or(url)).ok();
        match value("registries", index.part.as_deref(), "credential-provider") {
            Some(own) => all.extend(resolved(strings(own)).map(|helper| helper.at(server()))),
            None => all.extend(global().map(|helper| helper.at(server()))),
        }
    }
    all
}
