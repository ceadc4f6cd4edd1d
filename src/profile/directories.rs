//! Where profiles, their keys and the cache are, and what a profile's name is.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind};
use crate::{environment, sys};

/// The directories of profiles and of their keys, in the configuration directory.
pub const PROFILES: &str = "profiles";
pub const KEYS: &str = "keys";

/// The variable that names the directory of records.
pub const CACHE_DIR: &str = "JWT_CREDENTIAL_CACHE_DIR";

/// The directories of profiles, the user's own first.
pub(super) fn directories() -> Result<Vec<PathBuf>, Error> {
    let own = user_directory()?;
    // The mock uses only its own profiles.
    let system = sys::SYSTEM_CONFIG.filter(|_| !environment::is_set(environment::MOCK)).map(PathBuf::from);
    Ok(own.into_iter().chain(system).map(|directory| directory.join(PROFILES)).collect())
}

pub(super) fn user_directory() -> Result<Option<PathBuf>, Error> {
    let ours = environment::absolute_path("JWT_CREDENTIAL_CONFIG_DIR")?;
    Ok(ours.or_else(sys::user_config))
}

/// The user's configuration directory, for a command that writes there.
pub fn required_user_directory() -> Result<PathBuf, Error> {
    user_directory()?.ok_or_else(|| {
        Error::new(Kind::Setup, "no directory for profiles: HOME is not an absolute path")
            .hint("set JWT_CREDENTIAL_CONFIG_DIR")
    })
}

pub(super) fn places() -> Result<String, Error> {
    let directories = directories()?;
    Ok(directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>().join(" or "))
}

/// The directory of records. `None`: this user has neither a home nor a run-time directory.
pub fn cache_directory() -> Result<Option<PathBuf>, Error> {
    let ours = environment::absolute_path(CACHE_DIR)?;
    Ok(ours.or_else(|| match (sys::user_cache(), sys::user_runtime()) {
        // In a job's container, HOME may be another user's.
        (Some(cache), Some(runtime)) if sys::check_can_create(&cache).is_err() => {
            Some(if sys::check_can_create(&runtime).is_ok() { runtime } else { cache })
        }
        (cache, runtime) => cache.or(runtime),
    }))
}

/// Rejects a directory of profiles that another user can change, or replace: a profile may hold commands.
pub(super) fn check(profiles: &Path) -> Result<(), Error> {
    for directory in profiles.parent().into_iter().chain([profiles]) {
        sys::check_trusted_directory(directory).map_err(|error| {
            let close = sys::close_command(directory);
            Error::new(Kind::Setup, format!("the configuration directory {} {error}", directory.display()))
                .hint(format!("if it is yours: {close}; otherwise set JWT_CREDENTIAL_CONFIG_DIR to another one"))
        })?;
    }
    Ok(())
}

/// The path at which a profile of this name is written.
pub fn own_path(name: &str) -> Result<PathBuf, Error> {
    check_name(name)?;
    Ok(required_user_directory()?.join(PROFILES).join(format!("{name}.json")))
}

/// Whether this is the user's own profile of that name.
pub fn is_own(name: &str, path: &Path) -> bool {
    own_path(name).is_ok_and(|own| own == path)
}

/// The directory of the user's own profiles, which only the user can change. It may not exist yet.
pub fn own_directory() -> Result<PathBuf, Error> {
    let directory = required_user_directory()?.join(PROFILES);
    check(&directory).map(|()| directory)
}

/// Where the keys of a profile are written, with another ending: the directory of keys is beside that of profiles.
pub fn key_path(profile: &Path) -> PathBuf {
    let configuration = profile.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    configuration.join(KEYS).join(profile.file_name().unwrap_or_default())
}

pub(super) fn check_name(name: &str) -> Result<(), Error> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "that is not a valid profile name")
        .hint("use letters, digits, '.', '_' and '-', at most 64, and no name of a Windows device; a path has a '/' or ends in .json"))
}

pub(super) fn is_path(asked: &OsStr) -> bool {
    let is_json = Path::new(asked).extension().is_some_and(|ending| ending == "json");
    is_json || asked.to_string_lossy().contains(['/', '\\'])
}

/// Whether a text is a profile's name: it is never used as a path, and `-p` does not take it for one.
pub fn is_name(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    text.len() <= 64 && starts_well && text.bytes().all(rest) && !is_path(OsStr::new(text)) && fits_windows(text)
}

/// Windows takes some names for devices, whatever their ending, and removes a trailing dot. A profile should have the same
/// name on every platform.
fn fits_windows(name: &str) -> bool {
    const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];
    let stem = name.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let is_port =
        stem.len() == 4 && ["com", "lpt"].contains(&&stem[..3]) && stem.ends_with(|c: char| c.is_ascii_digit());
    !name.ends_with('.') && !is_port && !DEVICES.contains(&stem.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_not_a_path() {
        for name in ["prod", "a.b_c-d", "9", &"x".repeat(64), "console", "com", "comx", "aux-prod"] {
            assert!(is_name(name), "{name}");
        }
        for text in
            ["", ".", "-p", "a/b", "a.json", "a b", &"x".repeat(65), "nul", "CON.old", "Com1", "lpt9.x", "prod."]
        {
            assert!(!is_name(text), "{text}");
        }
    }
}
