//! Where profiles are, and which one is meant.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::ProfileLocation;
use crate::environment;
use crate::error::{Error, Kind, nearest, shell_word};
use crate::redaction::is_key_or_profile;
use crate::sys;

/// The profile that is meant: the one asked for; else `JWT_CREDENTIAL_PROFILE_JSON`; else `default`; else the
/// only one there is. `asked` is an option's value, `by_option` says that `--profile` gave it.
pub fn choose(asked: Option<&OsStr>, by_option: bool) -> Result<ProfileLocation, Error> {
    let json = environment::text("JWT_CREDENTIAL_PROFILE_JSON")?;
    // A short word that is no name has its own error, which does not repeat it either.
    if let Some(asked) = asked.filter(|asked| is_path(asked) || is_key_or_profile(&asked.to_string_lossy())) {
        sys::check_path(if by_option { "--profile" } else { "JWT_CREDENTIAL_PROFILE" }, asked)?;
    }
    match (asked, json) {
        (Some(_), Some(_)) if !by_option => {
            Err(Error::new(Kind::Usage, "both JWT_CREDENTIAL_PROFILE and JWT_CREDENTIAL_PROFILE_JSON are set")
                .hint("unset one of them, or name a profile with --profile"))
        }
        (Some(asked), _) if is_path(asked) => {
            if !by_option && !Path::new(asked).is_absolute() {
                return Err(environment::not_absolute("JWT_CREDENTIAL_PROFILE", Path::new(asked)));
            }
            Ok(ProfileLocation::File { name: asked.to_string_lossy().into_owned(), path: asked.into() })
        }
        (Some(asked), _) => named(asked),
        (None, Some(json)) => Ok(ProfileLocation::Environment(json.into())),
        (None, None) => unnamed(),
    }
}

/// All profiles that have a name, by name; the user's own come before the system's.
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

/// Refuses a directory of profiles that another user can change: a profile may hold commands.
fn check(directory: &Path) -> Result<(), Error> {
    sys::check_trusted_directory(directory).map_err(|error| {
        let word = shell_word(&directory.to_string_lossy());
        Error::new(Kind::Setup, format!("the configuration directory {} {error}", directory.display()))
            .hint(format!("if it is yours: chmod go-w {word}; otherwise JWT_CREDENTIAL_CONFIG_DIR names another one"))
    })
}

/// The path of a profile of the user's own that is to be written. The error says what is wrong with the name.
pub fn own_path(name: &str) -> Result<PathBuf, Error> {
    if !is_plain_name(name) {
        return Err(no_name());
    }
    let directory = user_directory()?.ok_or_else(|| {
        Error::new(Kind::Setup, "there is no home for profiles: HOME is not an absolute path")
            .hint("set JWT_CREDENTIAL_CONFIG_DIR")
    })?;
    Ok(directory.join(format!("{name}.json")))
}

fn no_name() -> Error {
    Error::new(Kind::Usage, "that cannot be a profile's name")
        .hint("a name has letters, digits, '.', '_' and '-', 64 at most; a path has a '/' or ends in .json")
}

fn is_path(asked: &OsStr) -> bool {
    let is_json = Path::new(asked).extension().is_some_and(|ending| ending == "json");
    is_json || asked.to_string_lossy().contains(['/', '\\'])
}

fn named(asked: &OsStr) -> Result<ProfileLocation, Error> {
    let text = asked.to_string_lossy();
    if !is_name(&text) {
        return Err(no_name());
    }
    if let Some(place) = find(&text)? {
        return Ok(place);
    }
    let known = all()?;
    let failure = Error::new(Kind::Setup, format!("there is no profile \"{text}\" in {}", places()?));
    let failure =
        if text.contains('.') { failure.hint(format!("a file is named by its path: ./{text}")) } else { failure };
    Err(match nearest(&text, known.keys().map(String::as_str)) {
        Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
        None => failure.hint(listing(&known)),
    })
}

fn unnamed() -> Result<ProfileLocation, Error> {
    if let Some(place) = find("default")? {
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
        (None, _) => Err(Error::new(Kind::Setup, format!("there is no profile in {}", places()?))
            .hint("jwt-credential import FILE makes one of what a console let you download, jwt-credential init asks for it")
            .hint("to see the program work without an account: jwt-credential sandbox")),
    }
}

fn listing(known: &BTreeMap<String, PathBuf>) -> String {
    if known.is_empty() {
        return "no profile is there yet".into();
    }
    format!("there are: {}", known.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
}

fn find(name: &str) -> Result<Option<ProfileLocation>, Error> {
    let file = format!("{name}.json");
    // What is there but cannot be read is an error later: a namesake elsewhere may be another account.
    let is_there =
        |path: &PathBuf| !matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
    for directory in directories()? {
        check(&directory)?;
        let path = directory.join(&file);
        if is_there(&path) {
            return Ok(Some(ProfileLocation::File { name: name.into(), path }));
        }
    }
    Ok(None)
}

fn directories() -> Result<Vec<PathBuf>, Error> {
    let own = user_directory()?;
    // Nothing leads out of the sandbox.
    let system = sys::SYSTEM_CONFIG.filter(|_| environment::raw(environment::SANDBOX).is_none()).map(PathBuf::from);
    Ok(own.into_iter().chain(system).collect())
}

fn user_directory() -> Result<Option<PathBuf>, Error> {
    let ours = environment::absolute_path("JWT_CREDENTIAL_CONFIG_DIR")?;
    Ok(ours.or_else(sys::user_config))
}

fn places() -> Result<String, Error> {
    let directories = directories()?;
    Ok(directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>().join(" or "))
}

/// The directory of records: `JWT_CREDENTIAL_CACHE_DIR`, the user's cache directory, or for a user without a
/// home the run-time directory. `None`: there is no place that is ours.
pub fn cache_directory() -> Result<Option<PathBuf>, Error> {
    let ours = environment::absolute_path("JWT_CREDENTIAL_CACHE_DIR")?;
    Ok(ours.or_else(sys::user_cache).or_else(sys::user_runtime))
}

/// Whether it is a name and nothing that `-p` takes for a path.
#[must_use]
pub fn is_plain_name(name: &str) -> bool {
    is_name(name) && Path::new(name).extension().is_none_or(|ending| ending != "json")
}

/// A name is never used as a path.
pub(super) fn is_name(name: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    name.len() <= 64 && name.bytes().all(rest) && name.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric())
}
