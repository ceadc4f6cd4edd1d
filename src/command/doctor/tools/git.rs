//! git: `credential.helper` and `credential.URL.helper` (git-credential(1), git-config(1)).

use std::path::Path;

use super::lines::{entries, unquoted};
use super::{Helper, Tool, at_home, below};
use crate::environment::path_if_absolute;
use crate::host::Origin;

pub(super) static TOOL: Tool = Tool {
    name: "git",
    files: || match path_if_absolute("GIT_CONFIG_GLOBAL") {
        Some(file) => vec![file],
        None => below("XDG_CONFIG_HOME", ".config", "git/config").into_iter().chain(at_home(".gitconfig")).collect(),
    },
    read: |text| {
        let helpers = entries(text).into_iter().filter(|entry| entry.section == "credential" && entry.key == "helper");
        Ok(helpers
            .filter_map(|entry| {
                let server = entry.part.as_deref().and_then(|url| Origin::of_url(url).ok());
                Some(helper(unquoted(&entry.value))?.at(server))
            })
            .collect())
    },
    directories: super::program::path,
};

/// An absolute path, a shell command after `!`, or the end of a name that begins with `git-credential-`.
fn helper(value: &str) -> Option<Helper> {
    if let Some(command) = value.strip_prefix('!') {
        return Helper::of_words(command.split_whitespace());
    }
    let helper = Helper::of_words(value.split_whitespace())?;
    if Path::new(&helper.program).is_absolute() {
        return Some(helper);
    }
    Some(Helper { program: format!("git-credential-{}", helper.program), ..helper })
}
