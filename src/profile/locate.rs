//! Where profiles are, and which one is meant.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use super::default_profile::DefaultChoice;
pub use super::directories::{
    CACHE_DIR, KEYS, PROFILES, cache_directory, is_name, is_own, key_path, own_directory, own_path,
    required_user_directory,
};
use super::directories::{check, check_name, directories, is_path, places};
use super::{DEFAULT_NAME, ProfileLocation};
use crate::environment;
use crate::error::{Error, Kind, nearest};
use crate::redaction::is_key_or_profile;
use crate::sys;

/// The variable that holds a whole profile.
pub const PROFILE_JSON: &str = "JWT_CREDENTIAL_PROFILE_JSON";

/// Whether the user named a profile. `asked` is the value of `--profile` or `JWT_CREDENTIAL_PROFILE`.
pub fn is_named(asked: Option<&OsStr>) -> bool {
    asked.is_some() || environment::is_set(PROFILE_JSON)
}

/// The variable that selects a profile, if one is set.
pub fn selecting_variable() -> Option<&'static str> {
    ["JWT_CREDENTIAL_PROFILE", PROFILE_JSON].into_iter().find(|variable| environment::is_set(variable))
}

const MAKE_ONE: &str = "make one with jwt-credential import FILE or jwt-credential init";

/// The profile that the user named, else the default profile.
pub fn choose(asked: Option<&OsStr>, by_option: bool) -> Result<ProfileLocation, Error> {
    named(asked, by_option)?.map_or_else(default, Ok)
}

/// The profile that the user named, if any. `by_option`: `--profile` named it, and not the variable.
pub fn named(asked: Option<&OsStr>, by_option: bool) -> Result<Option<ProfileLocation>, Error> {
    let json = environment::text(PROFILE_JSON)?;
    let Some(asked) = asked else { return Ok(json.map(|text| ProfileLocation::Environment(unpacked(text)))) };
    // A short word that is not a name has an error of its own.
    if is_path(asked) || is_key_or_profile(&asked.to_string_lossy()) {
        sys::check_path(if by_option { "--profile" } else { "JWT_CREDENTIAL_PROFILE" }, asked)?;
    }
    if json.is_some() && !by_option {
        return Err(Error::new(Kind::Usage, format!("both JWT_CREDENTIAL_PROFILE and {PROFILE_JSON} are set"))
            .hint("unset one of them, or name a profile with --profile"));
    }
    if !is_path(asked) {
        let place = by_name(&asked.to_string_lossy());
        let from_variable =
            |error: Error| Error { text: format!("{}; JWT_CREDENTIAL_PROFILE names it", error.text), ..error };
        return if by_option { place } else { place.map_err(from_variable) }.map(Some);
    }
    if !by_option && !Path::new(asked).is_absolute() {
        return Err(environment::not_absolute("JWT_CREDENTIAL_PROFILE", Path::new(asked)));
    }
    Ok(Some(ProfileLocation::File { name: asked.to_string_lossy().into_owned(), path: asked.into() }))
}

/// The profile in a variable, which may be base64: some CI systems mangle JSON.
fn unpacked(text: String) -> Zeroizing<String> {
    let text = Zeroizing::new(text);
    // A string that grew would leave a copy behind.
    let mut packed = Zeroizing::new(String::with_capacity(text.len()));
    packed.extend(text.split_ascii_whitespace());
    let bytes = STANDARD.decode(packed.as_bytes()).ok().map(Zeroizing::new);
    let json = bytes.and_then(|bytes| Some(Zeroizing::new(std::str::from_utf8(&bytes).ok()?.to_owned())));
    json.filter(|json| json.trim_start().starts_with('{')).unwrap_or(text)
}

/// The profiles in the configuration directories, by name. The user's own replace the administrator's.
pub fn all() -> Result<BTreeMap<String, PathBuf>, Error> {
    let mut found = BTreeMap::new();
    for directory in directories()?.into_iter().rev() {
        check(&directory)?;
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let file = entry.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
            if let Some(name) = name.filter(|name| is_name(name)) {
                found.insert(name.to_owned(), entry.path());
            }
        }
    }
    Ok(found)
}

/// Every profile that a call can use: the one in the variable, then those in the configuration directories.
pub fn every_place() -> Result<Vec<ProfileLocation>, Error> {
    Ok(named(None, false)?.into_iter().chain(files()?).collect())
}

/// The profiles in the configuration directories.
pub fn files() -> Result<impl Iterator<Item = ProfileLocation>, Error> {
    Ok(all()?.into_iter().map(|(name, path)| ProfileLocation::File { name, path }))
}

/// The profile with this name.
pub fn by_name(name: &str) -> Result<ProfileLocation, Error> {
    check_name(name)?;
    if let Some(place) = find(name)? {
        return Ok(place);
    }
    let known = all()?;
    let mut failure = Error::new(Kind::Setup, format!("no profile \"{name}\" in {}", places()?));
    if name.contains('.') {
        failure = failure.hint(format!("write ./{name} for a file in this directory"));
    }
    Err(match nearest(name, known.keys().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
        None => failure.hint(listing(&known)),
    })
}

/// The default profile: what `use` chose, else the profile `default`, else the only one that exists.
pub fn default() -> Result<ProfileLocation, Error> {
    let choice = DefaultChoice::read()?;
    for name in default_names(&choice) {
        if let Some(place) = find(name)? {
            return Ok(place);
        }
    }
    let known = all()?;
    if let Some(name) = choice.names().next().filter(|_| !known.is_empty()) {
        let text = format!("{} names the profile \"{name}\", which does not exist", choice.path().display());
        return Err(Error::new(Kind::Setup, text)
            .hint(format!("choose another one with jwt-credential use NAME; {}", listing(&known))));
    }
    let mut profiles = known.iter();
    match (profiles.next(), profiles.next()) {
        (Some((name, path)), None) => Ok(ProfileLocation::File { name: name.clone(), path: path.clone() }),
        (Some(_), Some(_)) => {
            Err(Error::new(Kind::Setup, "there are several profiles, and none of them is the default")
                .hint(format!("name one with --profile; {}", listing(&known)))
                .hint("choose the default: jwt-credential use NAME"))
        }
        (None, _) => Err(no_profile()?),
    }
}

/// The names that the default profile may have, apart from the only profile: what `use` chose, else `default`.
pub fn default_names(choice: &DefaultChoice) -> Vec<&str> {
    let chosen: Vec<&str> = choice.names().collect();
    if chosen.is_empty() { vec![DEFAULT_NAME] } else { chosen }
}

/// What a list of profiles says if it is empty.
pub fn no_profiles() -> String {
    format!("no profiles found: {MAKE_ONE}\n")
}

/// The error where there is no profile at all.
pub fn no_profile() -> Result<Error, Error> {
    Ok(Error::new(Kind::Setup, format!("no profile in {}", places()?))
        .hint("run jwt-credential import FILE with a credentials file from a console, or jwt-credential init")
        .hint("run jwt-credential mock to try the program without an account"))
}

fn listing(known: &BTreeMap<String, PathBuf>) -> String {
    if known.is_empty() {
        return format!("there are no profiles: {MAKE_ONE}");
    }
    format!("there are: {}", known.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn find(name: &str) -> Result<Option<ProfileLocation>, Error> {
    for directory in directories()? {
        check(&directory)?;
        let path = directory.join(format!("{name}.json"));
        let is_system = sys::SYSTEM_CONFIG.is_some_and(|system| directory.starts_with(system));
        match path.symlink_metadata() {
            Err(error) if is_absent(error.kind(), is_system) => {}
            _ => return Ok(Some(ProfileLocation::File { name: name.into(), path })),
        }
    }
    Ok(None)
}

/// Whether a failed look-up means that there is no profile. The administrator may close the system's directory to this
/// user. The user's own profile must not be skipped: the system's profile of that name may be another account.
fn is_absent(failure: ErrorKind, is_system: bool) -> bool {
    failure == ErrorKind::NotFound || (is_system && failure == ErrorKind::PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_system_directory_has_no_profiles() {
        assert!(is_absent(ErrorKind::PermissionDenied, true));
        assert!(!is_absent(ErrorKind::PermissionDenied, false), "the user's own profile may be there");
        assert!(is_absent(ErrorKind::NotFound, true) && is_absent(ErrorKind::NotFound, false));
        assert!(!is_absent(ErrorKind::NotADirectory, true));
    }
}
