//! The cache directory: whether tokens can be kept there, and whether its locks reach no other machine.

use super::finding::{Finding, fail, ok, warn};
use crate::profile::locate;
use crate::{profile_tokens, sys};

const FIX: &str = "set JWT_CREDENTIAL_CACHE_DIR to a directory of your own on this machine";

pub(super) fn check() -> Vec<Finding> {
    let (directory, trouble) = match (locate::cache_directory(), profile_tokens::cache_trouble()) {
        (Ok(directory), Ok(trouble)) => (directory, trouble),
        (Err(error), _) | (_, Err(error)) => (None, Some(error.text)),
    };
    if let Some(trouble) = trouble {
        return vec![fail("cache.directory", "", trouble, FIX)];
    }
    let Some(directory) = directory else { return Vec::new() };
    let shown = directory.display();
    let local = if sys::is_on_network(&directory) {
        warn("cache.local", "", format!("{shown} is on a network or FUSE file system, where locks may not work"), FIX)
    } else {
        ok("cache.local", "", format!("{shown} is on a local file system"))
    };
    vec![ok("cache.directory", "", format!("{shown} can be used")), local]
}
