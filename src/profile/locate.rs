//! Where profiles are, and which one is meant.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{FIRST, ProfileLocation};
use crate::environment;
use crate::error::{Error, Kind, nearest, shell_word};
use crate::redaction::is_key_or_profile;
use crate::sys;

/// The variable that holds a whole profile.
pub const PROFILE_JSON: &str = "JWT_CREDENTIAL_PROFILE_JSON";

/// The directories of profiles and of their keys, in the configuration directory.
pub const PROFILES: &str = "profiles";
pub const KEYS: &str = "keys";

/// The variable that names the directory of records.
pub const CACHE_DIR: &str = "JWT_CREDENTIAL_CACHE_DIR";

/// Whether the user named a profile. `asked` is the value of `--profile` or `JWT_CREDENTIAL_PROFILE`.
pub fn is_named(asked: Option<&OsStr>) -> bool {
    asked.is_some() || environment::raw(PROFILE_JSON).is_some()
}

/// The profile that the user named, else `default`, else the only one that exists.
pub fn choose(asked: Option<&OsStr>, by_option: bool) -> Result<ProfileLocation, Error> {
    named(asked, by_option)?.map_or_else(unnamed, Ok)
}

/// The profile that the user named, if any. `by_option`: `--profile` named it, and not the variable.
pub fn named(asked: Option<&OsStr>, by_option: bool) -> Result<Option<ProfileLocation>, Error> {
    let json = environment::text(PROFILE_JSON)?;
    let Some(asked) = asked else { return Ok(json.map(|json| ProfileLocation::Environment(json.into()))) };
    // A short word that is not a name has an error of its own.
    if is_path(asked) || is_key_or_profile(&asked.to_string_lossy()) {
        sys::check_path(if by_option { "--profile" } else { "JWT_CREDENTIAL_PROFILE" }, asked)?;
    }
    if json.is_some() && !by_option {
        return Err(Error::new(Kind::Usage, format!("both JWT_CREDENTIAL_PROFILE and {PROFILE_JSON} are set"))
            .hint("unset one of them, or name a profile with --profile"));
    }
    if !is_path(asked) {
        return by_name(&asked.to_string_lossy()).map(Some);
    }
    if !by_option && !Path::new(asked).is_absolute() {
        return Err(environment::not_absolute("JWT_CREDENTIAL_PROFILE", Path::new(asked)));
    }
    Ok(Some(ProfileLocation::File { name: asked.to_string_lossy().into_owned(), path: asked.into() }))
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

/// Rejects a directory of profiles that another user can change, or replace: a profile may hold commands.
fn check(profiles: &Path) -> Result<(), Error> {
    for directory in profiles.parent().into_iter().chain([profiles]) {
        sys::check_trusted_directory(directory).map_err(|error| {
            let word = shell_word(&directory.to_string_lossy());
            Error::new(Kind::Setup, format!("the configuration directory {} {error}", directory.display())).hint(
                format!("if it is yours: chmod go-w {word}; otherwise JWT_CREDENTIAL_CONFIG_DIR names another one"),
            )
        })?;
    }
    Ok(())
}

/// The path at which a profile of this name is written.
pub fn own_path(name: &str) -> Result<PathBuf, Error> {
    check_name(name)?;
    let directory = user_directory()?.ok_or_else(|| {
        Error::new(Kind::Setup, "there is no home for profiles: HOME is not an absolute path")
            .hint("set JWT_CREDENTIAL_CONFIG_DIR")
    })?;
    Ok(directory.join(PROFILES).join(format!("{name}.json")))
}

/// Where the keys of a profile are written, with another ending: the directory of keys is beside that of profiles.
pub fn key_path(profile: &Path) -> PathBuf {
    let configuration = profile.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    configuration.join(KEYS).join(profile.file_name().unwrap_or_default())
}

fn check_name(name: &str) -> Result<(), Error> {
    if is_name(name) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "that cannot be a profile's name")
        .hint("a name has letters, digits, '.', '_' and '-', 64 at most; a path has a '/' or ends in .json"))
}

fn is_path(asked: &OsStr) -> bool {
    let is_json = Path::new(asked).extension().is_some_and(|ending| ending == "json");
    is_json || asked.to_string_lossy().contains(['/', '\\'])
}

fn by_name(name: &str) -> Result<ProfileLocation, Error> {
    check_name(name)?;
    if let Some(place) = find(name)? {
        return Ok(place);
    }
    let known = all()?;
    let mut failure = Error::new(Kind::Setup, format!("there is no profile \"{name}\" in {}", places()?));
    if name.contains('.') {
        failure = failure.hint(format!("a file is named by its path: ./{name}"));
    }
    Err(match nearest(name, known.keys().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
        None => failure.hint(listing(&known)),
    })
}

fn unnamed() -> Result<ProfileLocation, Error> {
    if let Some(place) = find(FIRST)? {
        return Ok(place);
    }
    let known = all()?;
    let mut profiles = known.iter();
    match (profiles.next(), profiles.next()) {
        (Some((name, path)), None) => Ok(ProfileLocation::File { name: name.clone(), path: path.clone() }),
        (Some(_), Some(_)) => {
            Err(Error::new(Kind::Setup, "there are several profiles, and none is called \"default\"")
                .hint(format!("name one with --profile; {}", listing(&known))))
        }
        (None, _) => Err(no_profile()?),
    }
}

/// The error where there is no profile at all.
pub fn no_profile() -> Result<Error, Error> {
    Ok(Error::new(Kind::Setup, format!("there is no profile in {}", places()?))
        .hint(
            "jwt-credential import FILE makes one of what a console let you download, jwt-credential init asks for it",
        )
        .hint("to see the program work without an account: jwt-credential mock"))
}

fn listing(known: &BTreeMap<String, PathBuf>) -> String {
    if known.is_empty() {
        return "no profile is there yet".into();
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

/// The directories of profiles, the user's own first.
fn directories() -> Result<Vec<PathBuf>, Error> {
    let own = user_directory()?;
    // The mock uses only its own profiles.
    let system = sys::SYSTEM_CONFIG.filter(|_| environment::raw(environment::MOCK).is_none()).map(PathBuf::from);
    Ok(own.into_iter().chain(system).map(|directory| directory.join(PROFILES)).collect())
}

fn user_directory() -> Result<Option<PathBuf>, Error> {
    let ours = environment::absolute_path("JWT_CREDENTIAL_CONFIG_DIR")?;
    Ok(ours.or_else(sys::user_config))
}

fn places() -> Result<String, Error> {
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

/// Whether a text is a profile's name: it is never used as a path, and `-p` does not take it for one.
pub fn is_name(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    let starts_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    text.len() <= 64 && starts_well && text.bytes().all(rest) && !is_path(OsStr::new(text))
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

    #[test]
    fn a_name_is_not_a_path() {
        for name in ["prod", "a.b_c-d", "9", &"x".repeat(64)] {
            assert!(is_name(name), "{name}");
        }
        for text in ["", ".", "-p", "a/b", "a.json", "a b", &"x".repeat(65)] {
            assert!(!is_name(text), "{text}");
        }
    }
}
