//! The last step of `import` and `init`: check the draft and write the profile. A profile that replaces another is
//! tried first.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::key_material::KeyMaterial;
use super::write::{CheckedProfile, ReplacedProfile};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::deadline::Deadline;
use crate::error::{Error, printable};
use crate::profile::FIRST;
use crate::profile::draft::Draft;
use crate::store::CachedToken;
use crate::sys::shell_word;
use crate::{profile_tokens, selection};

/// The option that selects a profile; empty for the default one.
pub fn profile_option(call: &Call, name: &str) -> String {
    if name == FIRST && !selection::is_selected(call) { String::new() } else { format!(" -p {name}") }
}

/// The command that tries a profile.
pub fn line_to_try(call: &Call, name: &str) -> String {
    format!("jwt-credential{} --refresh json", profile_option(call, name))
}

/// What a profile is made from.
pub struct Source {
    /// The file or the answers, for messages.
    pub name: String,
    pub draft: Draft,
    pub keys: KeyMaterial,
}

/// Checks the profile, writes it, and shows what it contains. With `is_tried`, or if it replaces another one, a token is
/// requested first, and nothing is written if that fails.
pub fn install(
    name: &str,
    source: Source,
    call: &Call,
    deadline: &Deadline,
    is_tried: bool,
) -> Result<Option<CachedToken>, Error> {
    let Source { name: from, draft, mut keys } = source;
    let mut notes = draft.notes.clone();
    if draft.schema.takes_key() {
        keys.check(draft.algorithm(), draft.text("passphrase"))?;
        notes.extend(keys.notes(&draft));
    } else {
        notes.extend(keys.unused(draft.schema.name));
        keys = KeyMaterial::default();
    }
    let replaced = if call.has("force") { ReplacedProfile::read(name, deadline) } else { None };
    let checked = CheckedProfile::new(name, draft, &keys, replaced.as_ref(), deadline)?;
    notes.extend(checked.profile.notes());
    let mut token = None;
    if let Some(replaced) = &replaced {
        if checked.is_same(replaced) {
            call.write(&format!("{} is that already: nothing was changed\n", checked.profile.place))?;
            return is_tried.then(|| profile_tokens::try_out(&checked.profile, call, deadline)).transpose();
        }
        token = Some(try_replacement(replaced, &checked, &from, call, deadline)?);
    } else if is_tried {
        let tried = profile_tokens::try_out(&checked.profile, call, deadline);
        token =
            Some(tried.map_err(|error| error.hint("no profile was written: fix the cause and run the command again"))?);
    }
    let path = checked.path.clone();
    let (profile, backup) = checked.write(replaced.is_some(), deadline)?;
    // The differences from the replaced profile were shown already.
    let settings = replaced.is_none().then(|| profile.redacted());
    call.write(&report(&path, &from, settings.as_ref(), &notes, backup.as_deref()))?;
    Ok(token)
}

/// Shows what would change, and requests a token with the new profile.
fn try_replacement(
    replaced: &ReplacedProfile,
    checked: &CheckedProfile,
    from: &str,
    call: &Call,
    deadline: &Deadline,
) -> Result<CachedToken, Error> {
    let place = printable(&checked.profile.place.to_string());
    call.write(&format!("{place} would change:\n{}", changes(replaced, checked)))?;
    let token = profile_tokens::try_out(&checked.profile, call, deadline)
        .map_err(|error| error.hint(format!("nothing was changed: the error is about the new profile, from {from}")))?;
    let until = token.expires_at(&clock::now()).map(|end| format!(", good until {}", rfc3339(end)));
    call.write(&format!("the new one works: it got a token{}\n", until.unwrap_or_default()))?;
    Ok(token)
}

/// What was written, and what the user should know about it.
fn report(path: &Path, from: &str, settings: Option<&Json>, notes: &[String], backup: Option<&Path>) -> String {
    let mut text = format!("wrote {} (0600) from {}\n", printable(&path.to_string_lossy()), printable(from));
    for (key, value) in settings.and_then(Json::as_object).into_iter().flatten() {
        let _ = writeln!(text, "  {key:<22}{}", shown(value));
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
fn changes(replaced: &ReplacedProfile, checked: &CheckedProfile) -> String {
    let (old, mut text) = match &replaced.profile {
        Ok(profile) => (profile.redacted(), String::new()),
        Err(error) => (Json::Null, format!("  (the old one is broken: {})\n", printable(&error.text))),
    };
    let new = checked.redacted();
    let mut keys: Vec<&String> =
        [&old, &new].into_iter().filter_map(Json::as_object).flat_map(|json| json.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let _ = match (old.get(key), new.get(key)) {
            // The user should see where the new secret will be sent.
            (Some(old), Some(new)) if old == new && key == checked.profile.schema.endpoint_key => {
                writeln!(text, "  {key:<22}{} stays; --{key} names another", shown(old))
            }
            (Some(old), Some(new)) if old == new && !checked.changes(key, replaced) => Ok(()),
            (Some(old), Some(new)) if old == new => writeln!(text, "  {key:<22}{} → another", shown(old)),
            (Some(old), Some(new)) => writeln!(text, "  {key:<22}{} → {}", shown(old), shown(new)),
            (Some(old), None) => writeln!(text, "- {key:<22}{}", shown(old)),
            (None, new) => writeln!(text, "+ {key:<22}{}", new.map_or_else(String::new, shown)),
        };
    }
    text
}

fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => printable(text),
        Json::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => match other.get("file").and_then(Json::as_str) {
            Some(path) => printable(path),
            None => printable(&other.to_string()),
        },
    }
}
