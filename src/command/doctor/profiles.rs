//! The profiles: whether each can be read, and which are asked online.

use std::ffi::OsStr;

use super::finding::{Finding, fail, ok};
use crate::call::Call;
use crate::error::Error;
use crate::profile::{Profile, ProfileLocation, locate};
use crate::provider;

/// A profile that is checked.
pub(super) struct Examined {
    pub(super) place: ProfileLocation,
    /// `None` if it is broken.
    pub(super) profile: Option<Profile>,
}

impl Examined {
    pub(super) fn name(&self) -> &str {
        self.place.name()
    }
}

/// The profiles to check: those with these names, else the one that the user selected, else all.
pub(super) fn examine(call: &Call, names: &[&String]) -> Result<(Vec<Examined>, Vec<Finding>), Error> {
    let mut places = Vec::new();
    for name in names {
        places.extend(locate::named(Some(OsStr::new(name)), true)?);
    }
    if names.is_empty() {
        places.extend(locate::named(call.options.profile.as_deref(), call.options.profile_by_option)?);
    }
    let mut findings = Vec::new();
    if places.is_empty() {
        match locate::files() {
            Ok(files) => places.extend(files),
            Err(error) => {
                let fix = first_hint(&error, "set JWT_CREDENTIAL_CONFIG_DIR to a directory of your own");
                findings.push(fail("profile.directory", "", error.text, fix));
                return Ok((Vec::new(), findings));
            }
        }
    }
    if places.is_empty() {
        let error = locate::no_profile()?;
        findings.push(fail(
            "profile.none",
            "",
            error.text,
            "make one: jwt-credential import FILE, or jwt-credential init",
        ));
    }
    let examined = places.into_iter().map(|place| {
        let (profile, finding) = read(&place, call);
        findings.push(finding);
        Examined { place, profile }
    });
    Ok((examined.collect::<Vec<_>>(), findings))
}

/// Covers the file's mode and owner as well.
fn read(place: &ProfileLocation, call: &Call) -> (Option<Profile>, Finding) {
    match provider::CATALOG.read(place.clone(), call.deadline.attempt_end()) {
        Ok(profile) => {
            let what = format!("{}, {place}", profile.schema.name);
            (Some(profile), ok("profile.read", place.name(), what))
        }
        Err(error) => {
            let fix = first_hint(&error, &format!("correct {place}"));
            (None, fail("profile.read", place.name(), error.text, fix))
        }
    }
}

/// The profiles to ask a token for: those with names, else the default.
pub(super) fn to_ask<'a>(call: &Call, examined: &'a [Examined], by_name: bool) -> Vec<&'a Examined> {
    if by_name {
        return examined.iter().collect();
    }
    let chosen = locate::choose(call.options.profile.as_deref(), call.options.profile_by_option);
    let Ok(chosen) = chosen else { return Vec::new() };
    examined.iter().filter(|one| one.name() == chosen.name()).collect()
}

/// The fix that an error names.
pub(super) fn first_hint(error: &Error, otherwise: &str) -> String {
    error.hints.first().map_or_else(|| otherwise.to_owned(), Clone::clone)
}
