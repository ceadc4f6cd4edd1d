//! The end of `import` and of `init`: a profile is written. Over another one only after it has shown that it works.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Arg;
use serde_json::Value as Json;

use super::pair::Pair;
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::deadline::Deadline;
use crate::error::{Error, printable, shell_word};
use crate::profile::Profile;
use crate::profile::draft::Draft;
use crate::profile::write::{self, Candidate, Old, Parts};
use crate::store::Kept;
use crate::{grant, selection, tokens};

/// An option with a text.
pub(super) fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

/// What both commands take.
pub(super) fn options() -> Vec<Arg> {
    let path = |name| text(name, "PATH").value_parser(clap::value_parser!(PathBuf));
    vec![
        text("as", "NAME").help("The new profile's name; the first one is \"default\" unless given"),
        path("private-key").help("The private key; it is copied"),
        path("certificate").help("Its certificate; it is copied"),
        text("hosts", "LIST").help("The servers that the token is for, separated by commas; *.adobe.io unless given"),
        text("ims", "ORIGIN").help("Another endpoint: a file's own is taken only where it is Adobe's"),
    ]
}

/// The option that names a profile to the program; nothing where it is the usual one.
pub(super) fn option(call: &Call, name: &str) -> String {
    if name == write::FIRST && !selection::is_selected(call) { String::new() } else { format!(" -p {name}") }
}

/// The command that tries a profile.
pub(super) fn line_to_try(call: &Call, name: &str) -> String {
    format!("jwt-credential{} --refresh json", option(call, name))
}

/// A profile that is to be written.
pub(super) struct New<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// What it was made of, in words.
    pub(super) from: &'a str,
    /// Its settings.
    pub(super) draft: Draft,
    /// Its key and certificate.
    pub(super) pair: Pair,
    /// Whether it may replace another one.
    pub(super) force: bool,
}

/// A profile that was written.
pub(super) struct Installed {
    /// As it now stands.
    pub(super) profile: Profile,
    /// The token that it got before it was to replace another one.
    pub(super) minted: Option<Kept>,
}

impl New<'_> {
    /// Writes it, and tells what is in it.
    pub(super) fn install(self, call: &Call, deadline: &Deadline) -> Result<Installed, Error> {
        let schemas = grant::schemas();
        let mut notes = self.draft.notes.clone();
        let Pair { private_key, certificate } = self.pair;
        let parts = Parts {
            draft: self.draft,
            private_key: private_key.map(|piece| piece.bytes),
            certificate: certificate.map(|piece| piece.bytes),
        };
        let old = self.force.then(|| write::old(self.name, &schemas, deadline)).flatten();
        let candidate = Candidate::prepare(self.name, parts, old.as_ref(), &schemas, deadline)?;
        notes.extend((grant::of(&candidate.profile)?.notes)(&candidate.profile));
        let mut minted = None;
        if let Some(old) = &old {
            if candidate.is_as(old) {
                call.write(&format!("{} is that already: nothing was changed\n", candidate.profile.place))?;
                return Ok(Installed { profile: candidate.profile, minted });
            }
            minted = Some(try_over(old, &candidate, self.from, call, deadline)?);
        }
        let path = candidate.path.clone();
        let (profile, backup) = candidate.keep(old.is_some(), deadline)?;
        // What it replaced was told already.
        let settings = old.is_none().then(|| profile.redacted());
        call.write(&told(&path, self.from, settings.as_ref(), &notes, backup.as_deref()))?;
        Ok(Installed { profile, minted })
    }
}

/// Shows what would change, and mints once with the new profile.
fn try_over(old: &Old, candidate: &Candidate, from: &str, call: &Call, deadline: &Deadline) -> Result<Kept, Error> {
    call.write(&format!(
        "{} would change:\n{}",
        printable(&candidate.profile.place.to_string()),
        changes(old, candidate)
    ))?;
    let token = tokens::try_out(&candidate.profile, call, deadline).map_err(|error| {
        error
            .hint(format!("all this is of the new profile, from {from}"))
            .hint("nothing was changed: the old profile stands as it was")
    })?;
    let until = token.expires_at(&clock::now()).map(|end| format!(", good until {}", rfc3339(end)));
    call.write(&format!("the new one works: it got a token{}\n", until.unwrap_or_default()))?;
    Ok(token)
}

/// What was written, and what a person should know of it.
fn told(path: &Path, from: &str, settings: Option<&Json>, notes: &[String], backup: Option<&Path>) -> String {
    let mut text = format!("wrote {} (0600) from {}\n", printable(&path.to_string_lossy()), printable(from));
    for (key, value) in settings.and_then(Json::as_object).into_iter().flatten() {
        let _ = writeln!(text, "  {key:<22}{}", line(value));
    }
    if let Some(backup) = backup {
        let undo = [backup, path].map(|path| shell_word(&path.to_string_lossy())).join(" ");
        let _ = writeln!(text, "the old one is kept; to have it back: mv {undo}");
    }
    for note in notes {
        let _ = writeln!(text, "note: {}", printable(note));
    }
    text
}

/// What the new profile says otherwise, secrets as fingerprints.
fn changes(old: &Old, candidate: &Candidate) -> String {
    let (had, mut text) = match &old.profile {
        Ok(old) => (old.redacted(), String::new()),
        Err(error) => (Json::Null, format!("  (the old one is broken: {})\n", printable(&error.text))),
    };
    let has = candidate.redacted();
    let keys = |json: &Json| json.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect::<Vec<_>>();
    let mut all = [keys(&had), keys(&has)].concat();
    all.sort();
    all.dedup();
    for key in all {
        let _ = match (had.get(&key), has.get(&key)) {
            // Where the new secret goes is worth a word.
            (Some(had), Some(has)) if had == has && key == "ims" => {
                writeln!(text, "  {key:<22}{} stays; --ims names another", line(had))
            }
            (Some(had), Some(has)) if had == has && !candidate.changes(&key, old) => Ok(()),
            (Some(had), Some(has)) if had == has => writeln!(text, "  {key:<22}{} → another", line(had)),
            (Some(had), Some(has)) => writeln!(text, "  {key:<22}{} → {}", line(had), line(has)),
            (Some(had), None) => writeln!(text, "- {key:<22}{}", line(had)),
            (None, Some(has)) => writeln!(text, "+ {key:<22}{}", line(has)),
            (None, None) => Ok(()),
        };
    }
    text
}

/// A value in one line: a list by commas, a file by its path.
fn line(value: &Json) -> String {
    match value {
        Json::String(text) => printable(text),
        Json::Array(items) => items.iter().map(line).collect::<Vec<_>>().join(", "),
        Json::Object(object) => match object.get("file").and_then(Json::as_str) {
            Some(path) => printable(path),
            None => printable(&value.to_string()),
        },
        other => other.to_string(),
    }
}
