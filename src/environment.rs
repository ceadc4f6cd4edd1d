//! The environment, read in this one place.
#![expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::error::{Error, Kind};

/// The origin of the mock, for the programs that run in it. Its API is below `/api`.
pub const MOCK: &str = "JWT_CREDENTIAL_MOCK";

/// The profiles whose secret commands led to this process, the outermost first: digests of their identities.
pub const CHAIN: &str = "JWT_CREDENTIAL_CHAIN";

/// A PEM file of CAs that are trusted beside the system's.
pub const CA_FILE: &str = "JWT_CREDENTIAL_CA_FILE";

/// Where a job of GitHub Actions asks for a token that names it, and the token with which it may ask.
pub const ACTIONS_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
pub const ACTIONS_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";

/// A variable that is set and not empty.
pub fn raw(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// Whether a variable is set and not empty. The copy of its value, which may be secret, is wiped.
pub fn is_set(name: &str) -> bool {
    raw(name).map(OsString::into_encoded_bytes).map(Zeroizing::new).is_some()
}

/// The same as text.
pub fn text(name: &str) -> Result<Option<String>, Error> {
    let text = raw(name).map(OsString::into_string).transpose();
    text.map_err(|_| Error::new(Kind::Setup, format!("the variable {name} is not UTF-8")))
}

/// The absolute path that a variable gives. With a relative one, the owner of the current directory would choose which
/// profiles are read and which of their commands run.
pub fn absolute_path(name: &str) -> Result<Option<PathBuf>, Error> {
    // A trailing slash would follow a link that must not be followed.
    let path = raw(name).map(|path| Path::new(&path).components().collect::<PathBuf>());
    match path {
        Some(path) if !path.is_absolute() => Err(not_absolute(name, &path)),
        path => Ok(path),
    }
}

/// The error about a variable's relative path. The path is not repeated: the user may have put a secret there.
pub fn not_absolute(name: &str, path: &Path) -> Error {
    let failure = Error::new(Kind::Setup, format!("the variable {name} must be an absolute path"));
    if path.starts_with("~") { failure.hint("~ is not expanded in a variable; write $HOME") } else { failure }
}

/// The absolute path that a variable gives; a relative one is ignored.
pub fn path_if_absolute(name: &str) -> Option<PathBuf> {
    raw(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

/// The directories in which programs are looked up.
pub fn program_directories() -> Vec<PathBuf> {
    std::env::split_paths(&raw("PATH").unwrap_or_default()).collect()
}

/// Where this program may be, by the name under which it was called.
pub fn called_as() -> impl Iterator<Item = PathBuf> {
    let called = PathBuf::from(std::env::args_os().next().unwrap_or_default());
    let has_directory = called.components().count() > 1;
    let found = if has_directory { vec![called] } else { in_path(&called) };
    found.into_iter().filter_map(|path| std::path::absolute(path).ok())
}

fn in_path(program: &Path) -> Vec<PathBuf> {
    program_directories().into_iter().map(|directory| directory.join(program)).collect()
}

/// This program's file. If there is no /proc, or an upgrade has removed the file, the name of the call finds it.
pub fn own_program() -> io::Result<PathBuf> {
    let own = std::env::current_exe();
    if own.as_ref().is_ok_and(|file| file.is_file()) {
        return own;
    }
    // A link has a tool's name, and a program of that name would speak the tool's protocol.
    called_as().find(|file| file.is_file()).map_or(own, |called| called.canonicalize())
}

/// Whether a switch such as `JWT_CREDENTIAL_REFRESH=1` is on.
pub fn switch(name: &str) -> Result<bool, Error> {
    let Some(value) = raw(name) else { return Ok(false) };
    let is = |words: [&str; 2]| words.iter().any(|word| value.eq_ignore_ascii_case(word));
    match (is(["1", "true"]), is(["0", "false"])) {
        (true, _) => Ok(true),
        (_, true) => Ok(false),
        // The value is not repeated: the user may have put a secret there.
        _ => Err(Error::new(Kind::Usage, format!("the variable {name} must be 1 or 0"))),
    }
}

/// All variables in UTF-8 whose names begin with the prefix, in either case.
pub fn starting(prefix: &str) -> Vec<(String, String)> {
    let variables =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    let begins = |name: &str| name.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    variables.filter(|(name, _)| begins(name)).collect()
}

/// The names of all variables that begin with the prefix, whatever their values.
pub fn names_starting(prefix: &str) -> impl Iterator<Item = OsString> {
    let names = std::env::vars_os().map(|(name, _)| name);
    names.filter(move |name| name.as_encoded_bytes().starts_with(prefix.as_bytes()))
}
