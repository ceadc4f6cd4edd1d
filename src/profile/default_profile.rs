//! The default profile that `use` chose: `{"default": NAME}` in the configuration directory's config.json.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value as Json};

use super::directories::{is_name, required_user_directory, user_directory};
use super::format::document;
use crate::error::{Error, Kind};
use crate::sys::{self, AtomicFile, DirLock};

/// The file in the configuration directory.
const CONFIG: &str = "config.json";

const DEFAULT: &str = "default";
/// While the default profile is being renamed, its old name: whichever of the two exists is meant.
const RENAMED_FROM: &str = "renamed_from";

/// The choice in config.json. Its other keys are kept.
#[derive(Default)]
pub struct DefaultChoice {
    path: PathBuf,
    settings: Map<String, Json>,
}

impl DefaultChoice {
    /// Reads the user's choice; an empty one without the file. A choice that is not understood is an error: the token of
    /// another account would surprise the user more.
    pub fn read() -> Result<Self, Error> {
        let Some(directory) = user_directory()? else { return Ok(Self::default()) };
        let path = directory.join(CONFIG);
        let file = match sys::read_checked(&path, Duration::ZERO) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self { path, ..Self::default() }),
            Err(error) => return Err(Error::new(Kind::Setup, format!("cannot read {}: {error}", path.display()))),
        };
        file.check(&path, false)?;
        match document::json(&file.bytes) {
            Ok(Json::Object(settings)) if is_choice(&settings) => Ok(Self { path, settings }),
            _ => Err(Error::new(Kind::Setup, format!("{} is not {{\"{DEFAULT}\": NAME}}", path.display()))
                .hint("write it anew: jwt-credential use NAME")),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The chosen name, and while it is being renamed the old one.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        [DEFAULT, RENAMED_FROM].into_iter().filter_map(|key| self.settings.get(key)?.as_str())
    }
}

fn is_choice(settings: &Map<String, Json>) -> bool {
    let is_right = |key| settings.get(key).is_none_or(|name| name.as_str().is_some_and(is_name));
    is_right(DEFAULT) && is_right(RENAMED_FROM)
}

/// Makes a profile the default. Other keys of config.json are kept, if it can be read.
pub fn choose(name: &str) -> Result<(), Error> {
    change(|settings| {
        settings.remove(RENAMED_FROM);
        settings.insert(DEFAULT.into(), name.into());
    })
}

/// Both names mean the default profile, until `choose` is called with one of them.
pub fn choose_either(new: &str, old: &str) -> Result<(), Error> {
    change(|settings| {
        settings.insert(DEFAULT.into(), new.into());
        settings.insert(RENAMED_FROM.into(), old.into());
    })
}

/// Ends the choice of a profile that is gone.
pub fn choose_none() -> Result<(), Error> {
    change(|settings| {
        settings.remove(DEFAULT);
        settings.remove(RENAMED_FROM);
    })
}

fn change(change: impl FnOnce(&mut Map<String, Json>)) -> Result<(), Error> {
    const WAIT: Duration = Duration::from_secs(1);
    let directory = required_user_directory()?;
    let path = directory.join(CONFIG);
    let failed = |error: io::Error| Error::new(Kind::Other, format!("cannot write {}: {error}", path.display()));
    sys::create_directory(&directory).map_err(failed)?;
    // Processes that write here at the same time take turns.
    let _lock = DirLock::on(&directory, WAIT);
    let mut settings = DefaultChoice::read().unwrap_or_default().settings;
    change(&mut settings);
    // A symbolic link is followed, not replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.clone());
    let text = format!("{:#}\n", Json::from(settings));
    AtomicFile::replace(&target, text.as_bytes()).map_err(failed)
}
