//! The last step of `import` and `init`: check the draft and write the profile. A profile that replaces another is
//! tried first.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::Arg;
use serde_json::Value as Json;

use super::key_material::KeyMaterial;
use super::write::{self, Candidate, Old, Parts};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::deadline::Deadline;
use crate::error::{Error, printable, shell_word};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Supply};
use crate::profile::{FIRST, Profile};
use crate::store::CachedToken;
use crate::{profile_tokens, provider, selection};

pub fn text(name: &'static str, value: &'static str) -> Arg {
    Arg::new(name).long(name).value_name(value)
}

/// The keys for which `import` has an option, sorted by that option.
pub fn supplied() -> Vec<(&'static Field, Supply)> {
    let mut all: Vec<_> =
        provider::fields().into_iter().filter_map(|field| field.supply.map(|supply| (field, supply))).collect();
    all.sort_by_key(|(_, supply)| supply.option);
    all
}

pub fn option_for((field, supply): (&Field, Supply)) -> Arg {
    let help = match field.name {
        "hosts" => format!("{}; {} unless given", supply.help, provider::USUAL.schema.hosts.join(",")),
        _ => supply.help.to_owned(),
    };
    text(supply.option, supply.value).help(help)
}

/// The options of both commands.
pub fn options() -> Vec<Arg> {
    let path = |name| text(name, "PATH").value_parser(clap::value_parser!(PathBuf));
    let own = [
        text("as", "NAME").help("The new profile's name; the first one is \"default\" unless given"),
        path("private-key").help("The private key; it is copied"),
        path("certificate").help("Its certificate; it is copied"),
    ];
    let unasked = supplied().into_iter().filter(|(field, _)| field.question.is_none());
    own.into_iter().chain(unasked.map(option_for)).collect()
}

/// The option that selects a profile; empty for the default one.
pub fn option(call: &Call, name: &str) -> String {
    if name == FIRST && !selection::is_selected(call) { String::new() } else { format!(" -p {name}") }
}

/// The command that tries a profile.
pub fn line_to_try(call: &Call, name: &str) -> String {
    format!("jwt-credential{} --refresh json", option(call, name))
}

/// A profile to write.
pub struct New<'a> {
    pub name: &'a str,
    /// What it was made from, in words.
    pub from: &'a str,
    pub draft: Draft,
    pub keys: KeyMaterial,
    /// Whether it may replace another profile.
    pub force: bool,
}

pub struct Installed {
    pub profile: Profile,
    /// The token that it got before it replaced another profile.
    pub minted: Option<CachedToken>,
}

impl New<'_> {
    /// Checks the profile, writes it, and shows what it contains.
    pub fn install(self, call: &Call, deadline: &Deadline) -> Result<Installed, Error> {
        let catalog = provider::catalog();
        let Self { mut draft, mut keys, .. } = self;
        let mut notes = draft.notes.clone();
        if draft.schema.field("private_key").is_some() {
            keys.check(draft.text("passphrase"))?;
            notes.extend(keys.notes(&draft));
        } else {
            notes.extend(keys.unused(draft.schema.grant));
            keys = KeyMaterial::default();
        }
        let KeyMaterial { private_key, certificate } = keys;
        if certificate.is_some() {
            // The certificate holds its own end.
            draft.take("certificate_ends");
        }
        let parts = Parts {
            draft,
            private_key: private_key.map(|piece| piece.bytes),
            certificate: certificate.map(|piece| piece.bytes),
        };
        let old = self.force.then(|| write::old(self.name, &catalog, deadline)).flatten();
        let candidate = Candidate::prepare(self.name, parts, old.as_ref(), &catalog, deadline)?;
        notes.extend(candidate.profile.notes());
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
        // The differences from the old profile were shown already.
        let settings = old.is_none().then(|| profile.redacted());
        call.write(&report(&path, self.from, settings.as_ref(), &notes, backup.as_deref()))?;
        Ok(Installed { profile, minted })
    }
}

/// Shows what would change, and requests a token with the new profile.
fn try_over(
    old: &Old,
    candidate: &Candidate,
    from: &str,
    call: &Call,
    deadline: &Deadline,
) -> Result<CachedToken, Error> {
    call.write(&format!(
        "{} would change:\n{}",
        printable(&candidate.profile.place.to_string()),
        changes(old, candidate)
    ))?;
    let token = profile_tokens::try_out(&candidate.profile, call, deadline).map_err(|error| {
        error
            .hint(format!("all this is of the new profile, from {from}"))
            .hint("nothing was changed: the old profile stands as it was")
    })?;
    let until = token.expires_at(&clock::now()).map(|end| format!(", good until {}", rfc3339(end)));
    call.write(&format!("the new one works: it got a token{}\n", until.unwrap_or_default()))?;
    Ok(token)
}

/// What was written, and what the user should know about it.
fn report(path: &Path, from: &str, settings: Option<&Json>, notes: &[String], backup: Option<&Path>) -> String {
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

/// The differences between the old and the new profile, with secrets as fingerprints.
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
            // The user should see where the new secret will be sent.
            (Some(had), Some(has)) if had == has && key == candidate.profile.schema.endpoint_key => {
                writeln!(text, "  {key:<22}{} stays; --{key} names another", line(had))
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
