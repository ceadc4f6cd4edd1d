//! The environment, read in this one place.
#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};

/// Where the sandbox is, for the programs that run against it: an origin. Its API is below `/api`.
pub const SANDBOX: &str = "JWT_CREDENTIAL_SANDBOX";

/// A variable that is set and not empty, as it stands.
pub fn raw(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// A variable that is set and not empty, as text.
pub fn text(name: &str) -> Result<Option<String>, Error> {
    raw(name)
        .map(|value| {
            value.into_string().map_err(|_| Error::new(Kind::Setup, format!("the variable {name} is not UTF-8")))
        })
        .transpose()
}

/// The absolute path that a variable gives. With a relative one, the owner of the current directory would choose which
/// profiles are read and which of their commands run.
pub fn absolute_path(name: &str) -> Result<Option<PathBuf>, Error> {
    // A trailing slash would lead through a link that must not be followed.
    let path = raw(name).map(|path| Path::new(&path).components().collect::<PathBuf>());
    match path {
        Some(path) if !path.is_absolute() => Err(not_absolute(name, &path)),
        path => Ok(path),
    }
}

/// The refusal of a variable's relative path, which is not repeated: a secret may have been put there.
pub fn not_absolute(name: &str, path: &Path) -> Error {
    let failure = Error::new(Kind::Setup, format!("the variable {name} must be an absolute path"));
    if path.starts_with("~") { failure.hint("~ is not expanded in a variable; write $HOME") } else { failure }
}

/// Whether a switch such as `JWT_CREDENTIAL_REFRESH=1` is on.
pub fn is_on(name: &str) -> bool {
    raw(name).is_some_and(|value| ["1", "true", "yes", "on"].iter().any(|on| value.eq_ignore_ascii_case(on)))
}

/// All variables that begin so, in any case, as far as they are text.
pub fn starting(prefix: &str) -> Vec<(String, String)> {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let begins = |name: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    variables.filter(|(name, _)| begins(name)).collect()
}

/// The names of all variables that begin so.
pub fn names_starting(prefix: &str) -> impl Iterator<Item = OsString> {
    std::env::vars_os()
        .map(|(name, _)| name)
        .filter(move |name| name.to_str().is_some_and(|name| name.starts_with(prefix)))
}
