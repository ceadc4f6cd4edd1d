//! What becomes of the user's own profiles after they are written: another name, other hosts, the end. One rename
//! decides each change; what follows it can be repeated. Where a command is killed in between, the next one finishes it.

pub mod delete;
pub mod hosts;
mod own_profiles;
mod rename;

use std::ffi::OsStr;
use std::path::PathBuf;

use crate::call::Call;
use crate::error::{Error, Kind};
use crate::profile::{ProfileLocation, locate};
pub use own_profiles::OwnProfiles;

/// The user's own profiles, to be changed by this process alone. Finishes what killed processes began.
pub fn open(call: &Call) -> Result<OwnProfiles<'_>, Error> {
    let profiles = OwnProfiles::lock(call)?;
    profiles.finish_renames()?;
    profiles.finish_deletes()?;
    Ok(profiles)
}

/// Finishes what killed commands began, if there is anything. A failure to do so is not this command's.
pub fn finish(call: &Call) {
    let Ok(directory) = locate::own_directory() else { return };
    if !own_profiles::is_unfinished(&directory) {
        return;
    }
    if let Err(error) = open(call) {
        call.log.say(format!("not finished: {}", error.text));
    }
}

/// The user's own profile that the command line names. `verb`: what the command does to it, for errors.
pub fn own(call: &Call, verb: &str) -> Result<Option<(String, PathBuf)>, Error> {
    let Some(asked) = call.options.profile.as_deref() else { return Ok(None) };
    let place = locate::named(Some(asked), true)?;
    place.map(|place| of_own(place, verb)).transpose()
}

/// The names and paths of all profiles of the user's own.
pub fn every_own() -> Result<Vec<(String, PathBuf)>, Error> {
    let mut all = locate::all()?;
    all.retain(|name, path| locate::is_own(name, path));
    Ok(all.into_iter().collect())
}

/// The name and path of a profile, if it is the user's own.
pub fn of_own(place: ProfileLocation, verb: &str) -> Result<(String, PathBuf), Error> {
    let ProfileLocation::File { name, path } = place else {
        let text = format!("{place} cannot be {verb} here: edit the variable where it is set");
        return Err(Error::new(Kind::Usage, text));
    };
    // The user may have given its path.
    let stem = path.file_stem().and_then(OsStr::to_str).unwrap_or_default().to_owned();
    let own = locate::own_path(&stem).ok().filter(|own| std::path::absolute(&path).is_ok_and(|path| path == *own));
    if let Some(own) = own {
        return Ok((stem, own));
    }
    let whose = if locate::is_name(&name) { "the administrator's" } else { "not in your configuration directory" };
    Err(Error::new(Kind::Setup, format!("the profile {} is {whose}: it cannot be {verb} here", path.display()))
        .hint(format!("change {} itself, if you may", path.display())))
}
