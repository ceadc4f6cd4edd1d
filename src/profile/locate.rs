//! Where profiles are, and which one is meant.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Place;
use crate::environment;
use crate::error::{Error, Kind, nearest};

const SYSTEM: &str = "/etc/jwt-credential";

/// The profile that is meant: the one asked for; else `JWT_CREDENTIAL_PROFILE_JSON`; else `default`; else the
/// only one there is. `asked` is an option's value, `by_option` says that `--profile` gave it.
pub fn choose(asked: Option<&OsStr>, by_option: bool) -> Result<Place, Error> {
    let json = environment::text("JWT_CREDENTIAL_PROFILE_JSON")?;
    match (asked, json) {
        (Some(_), Some(_)) if !by_option => {
            Err(Error::new(Kind::Usage, "both JWT_CREDENTIAL_PROFILE and JWT_CREDENTIAL_PROFILE_JSON are set")
                .hint("unset one of them, or name a profile with --profile"))
        }
        (Some(asked), _) => named(asked),
        (None, Some(json)) => Ok(Place::Environment(json.into())),
        (None, None) => unnamed(),
    }
}

/// All profiles that have a name, by name; the user's own come before the system's.
#[must_use]
pub fn all() -> BTreeMap<String, PathBuf> {
    let mut found = BTreeMap::new();
    for directory in directories().into_iter().rev() {
        let Ok(entries) = std::fs::read_dir(&directory) else { continue };
        for entry in entries.flatten() {
            let file = entry.file_name();
            let name = file.to_str().and_then(|file| file.strip_suffix(".json"));
            if let Some(name) = name.filter(|name| is_name(name)) {
                found.insert(name.to_owned(), entry.path());
            }
        }
    }
    found
}

/// The path of a profile of the user's own that is to be written. The error says what is wrong with the name.
pub fn own_path(name: &str) -> Result<PathBuf, Error> {
    if !is_plain_name(name) {
        return Err(no_name());
    }
    let directory = user_directory().ok_or_else(|| {
        Error::new(Kind::Setup, "there is no home for profiles: HOME is not set").hint("set JWT_CREDENTIAL_CONFIG_DIR")
    })?;
    Ok(directory.join(format!("{name}.json")))
}

fn no_name() -> Error {
    Error::new(Kind::Usage, "that cannot be a profile's name")
        .hint("a name has letters, digits, '.', '_' and '-', 64 at most; a path has a '/' or ends in .json")
}

fn named(asked: &OsStr) -> Result<Place, Error> {
    let text = asked.to_string_lossy();
    if text.trim_start().starts_with('{') {
        return Err(Error::new(Kind::Usage, "the profile's name or path is a JSON object")
            .hint("a whole profile goes into the variable JWT_CREDENTIAL_PROFILE_JSON"));
    }
    let is_path = text.contains(['/', '\\']) || Path::new(asked).extension().is_some_and(|ending| ending == "json");
    if is_path {
        return Ok(Place::File { name: text.clone().into_owned(), path: asked.into() });
    }
    if !is_name(&text) {
        return Err(no_name());
    }
    find(&text).ok_or_else(|| {
        let known = all();
        let failure = Error::new(Kind::Setup, format!("there is no profile \"{text}\" in {}", places()));
        let failure =
            if text.contains('.') { failure.hint(format!("a file is named by its path: ./{text}")) } else { failure };
        match nearest(&text, known.keys().map(String::as_str)) {
            Some(near) => failure.hint(format!("did you mean \"{near}\"?")),
            None => failure.hint(listing(&known)),
        }
    })
}

fn unnamed() -> Result<Place, Error> {
    if let Some(place) = find("default") {
        return Ok(place);
    }
    let known = all();
    let mut profiles = known.iter();
    match (profiles.next(), profiles.next()) {
        (Some((name, path)), None) => Ok(Place::File { name: name.clone(), path: path.clone() }),
        (Some(_), Some(_)) => {
            Err(Error::new(Kind::Setup, "there are several profiles, and none is called \"default\"")
                .hint(format!("name one with --profile; {}", listing(&known))))
        }
        (None, _) => Err(Error::new(Kind::Setup, format!("there is no profile in {}", places()))
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

fn find(name: &str) -> Option<Place> {
    let file = format!("{name}.json");
    // What is there but cannot be read is an error later: a namesake elsewhere may be another account.
    let is_there =
        |path: &PathBuf| !matches!(path.symlink_metadata(), Err(error) if error.kind() == ErrorKind::NotFound);
    let path = directories().into_iter().map(|directory| directory.join(&file)).find(is_there)?;
    Some(Place::File { name: name.into(), path })
}

fn directories() -> Vec<PathBuf> {
    let own = user_directory();
    // Nothing leads out of the sandbox.
    let system = environment::raw(environment::SANDBOX).is_none().then(|| PathBuf::from(SYSTEM));
    own.into_iter().chain(system).collect()
}

fn user_directory() -> Option<PathBuf> {
    own_directory(environment::raw("JWT_CREDENTIAL_CONFIG_DIR"), "XDG_CONFIG_HOME", dirs::config_dir)
}

fn places() -> String {
    let directories = directories();
    directories.iter().map(|directory| directory.display().to_string()).collect::<Vec<_>>().join(" or ")
}

/// The directory of records: `JWT_CREDENTIAL_CACHE_DIR`, the user's cache directory, or for a user without a
/// home the run-time directory. `None`: there is no place that is ours.
#[must_use]
pub fn cache_directory() -> Option<PathBuf> {
    own_directory(environment::raw("JWT_CREDENTIAL_CACHE_DIR"), "XDG_CACHE_HOME", dirs::cache_dir)
        .or_else(|| dirs::runtime_dir().map(|directory| directory.join("jwt-credential")))
}

fn own_directory(ours: Option<std::ffi::OsString>, xdg: &str, platform: fn() -> Option<PathBuf>) -> Option<PathBuf> {
    let base = || {
        let xdg = environment::raw(xdg).map(PathBuf::from).filter(|path| path.is_absolute());
        xdg.or_else(platform).map(|base| base.join("jwt-credential"))
    };
    ours.map(PathBuf::from).or_else(base)
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
