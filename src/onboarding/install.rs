//! The last step of `import` and `init`: check the draft, test the profile with one exchange, and write it.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value as Json;

use super::command_line::repeated;
use super::key_material::KeyMaterial;
use super::left_over;
use super::write::{self, CheckedProfile, ReplacedProfile};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::deadline::Deadline;
use crate::error::{Error, Kind, printable};
use crate::profile::default_profile::{self, DefaultChoice};
use crate::profile::draft::Draft;
use crate::profile::{DEFAULT_NAME, Profile, locate};
use crate::store::CachedToken;
use crate::sys::shell_word;
use crate::{profile_tokens, selection};

/// The switch that leaves out the test.
pub const NO_CHECK: &str = "no-check";

/// The switch that writes nothing.
pub const DRY_RUN: &str = "dry-run";

/// The option that selects a profile; empty for the default one.
fn profile_option(call: &Call, name: &str) -> String {
    let is_default = !selection::is_selected(call) && locate::default().is_ok_and(|place| place.name() == name);
    if is_default { String::new() } else { format!(" -p {name}") }
}

/// What a profile is made from.
pub struct Source {
    /// The file or the answers, for hints.
    pub place: String,
    /// The same with what it is.
    pub name: String,
    pub draft: Draft,
    pub keys: KeyMaterial,
    /// The words that repeat what the user typed at the terminal, without secrets.
    pub typed: Vec<String>,
}

/// When a new profile is tested by requesting a token.
#[derive(Clone, Copy)]
pub enum Test {
    /// Before it is written: nothing is written if that fails.
    Now,
    /// By the user. What the line that does it follows.
    Later(&'static str),
}

impl Test {
    pub fn asked(call: &Call) -> Self {
        if call.has(NO_CHECK) { Self::Later("to test it: ") } else { Self::Now }
    }
}

/// A profile that can be tested and written.
struct Prepared {
    from: String,
    typed: Vec<String>,
    checked: CheckedProfile,
    replaced: Option<ReplacedProfile>,
    notes: Vec<String>,
}

impl Prepared {
    fn new(name: &str, source: Source, call: &Call, deadline: &Deadline) -> Result<Self, Error> {
        let Source { place, name: from, draft, mut keys, typed } = source;
        let mut notes = draft.notes.clone();
        if draft.schema.takes_key() {
            keys.check(draft.algorithm(), draft.text("passphrase"))?;
            notes.extend(keys.notes(&draft));
        } else {
            notes.extend(keys.unused(draft.schema.name));
            keys = KeyMaterial::default();
        }
        let replaced = if call.has("force") { ReplacedProfile::read(name, deadline) } else { None };
        let checked = CheckedProfile::new(name, place, draft, &keys, replaced.as_ref(), deadline)?;
        notes.extend(checked.profile.notes());
        Ok(Self { from, typed, checked, replaced, notes })
    }

    /// Whether the profile that it would replace is the same.
    fn is_same(&self) -> bool {
        self.replaced.as_ref().is_some_and(|replaced| self.checked.is_same(replaced))
    }

    /// What it would change in the profile that it would replace.
    fn difference(&self) -> Option<String> {
        let replaced = self.replaced.as_ref().filter(|_| !self.is_same())?;
        let place = printable(&self.checked.location().to_string());
        Some(format!("{place} would change:\n{}", changes(replaced, &self.checked)))
    }

    fn same(&self) -> String {
        format!("{} has these values already: nothing was changed\n", self.checked.location())
    }
}

/// Shows what `install` would write, with fingerprints in place of secrets.
pub fn preview(name: &str, source: Source, call: &Call) -> Result<u8, Error> {
    let mut prepared = Prepared::new(name, source, call, &call.deadline)?;
    if prepared.replaced.is_none() && write::exists(name) {
        prepared
            .notes
            .push(format!("there is a profile {name} already: --as NAME makes another one, --force replaces it"));
    }
    if prepared.is_same() {
        return call.answer(&prepared.same());
    }
    let Prepared { from, checked, notes, .. } = &prepared;
    let settings = prepared.replaced.is_none().then(|| checked.redacted());
    let difference = prepared.difference().unwrap_or_default();
    call.answer(&(difference + &report("would write", &checked.path, from, settings.as_ref(), None, notes)))
}

/// Checks the profile, tests it, writes it, and shows what it contains. The token of the test is cached. The first profile
/// becomes the default.
pub fn install(name: &str, source: Source, call: &Call, deadline: &Deadline, test: Test) -> Result<u8, Error> {
    let prepared = Prepared::new(name, source, call, deadline)?;
    let is_same = prepared.is_same();
    if let Some(difference) = prepared.difference() {
        unchanged(call.write(&difference))?;
    }
    let replaces = prepared.replaced.is_some();
    let token = match test {
        Test::Now => Some(tested(&prepared, call, deadline)?),
        Test::Later(_) => None,
    };
    let same = prepared.same();
    let Prepared { from, checked, replaced, mut notes, .. } = prepared;
    let (profile, told) = if is_same {
        (checked.into_written(), same)
    } else {
        let is_first = locate::all()?.is_empty();
        let path = checked.path.clone();
        let (profile, backup) = checked.write(replaces, deadline)?;
        if is_first {
            make_default(name, call);
        }
        let old = replaced.and_then(|replaced| replaced.profile.ok());
        notes.extend(old.zip(backup.as_deref()).and_then(|(old, backup)| left_over::old_key(&old, &profile, backup)));
        // The differences from the replaced profile were shown already.
        let settings = (!replaces).then(|| profile.redacted());
        (profile, report("wrote", &path, &from, settings.as_ref(), backup.as_deref(), &notes))
    };
    if let Some(token) = &token {
        profile_tokens::keep(&profile, token, call, deadline);
    }
    let next = next_steps(call, &profile, token.as_ref(), test);
    call.answer(&(told + &next))
        .map_err(|error| Error { text: format!("{}; {} is complete", error.text, profile.place), ..error })
}

/// Makes the first profile the default, whatever profiles follow. A profile named `default` is that without a choice.
fn make_default(name: &str, call: &Call) {
    let has_choice = DefaultChoice::read().is_ok_and(|choice| choice.names().next().is_some());
    if name == DEFAULT_NAME || has_choice {
        return;
    }
    // As the only profile it is the default in any case.
    if let Err(error) = default_profile::choose(name) {
        call.log.warn(error.text);
    }
}

/// Requests a token with the new profile.
fn tested(prepared: &Prepared, call: &Call, deadline: &Deadline) -> Result<CachedToken, Error> {
    let Prepared { typed, checked, replaced, .. } = prepared;
    profile_tokens::try_out(&checked.profile, call, deadline).map_err(|error| {
        let nothing = if replaced.is_some() { "nothing was changed" } else { "no profile was written" };
        let text = format!("{nothing}, because the test of the new profile failed: {}", error.text);
        let error = Error { text, ..error };
        if error.kind == Kind::Interrupted {
            return error;
        }
        let options = [&typed[..], &[format!("--{NO_CHECK}")]].concat().join(" ");
        error.hint(format!("to write it without a test: {}", repeated(call, &format!(" {options}"))))
    })
}

/// An error that comes before anything is written.
fn unchanged(written: Result<(), Error>) -> Result<(), Error> {
    written.map_err(|error| Error { text: format!("{}; nothing was changed", error.text), ..error })
}

/// How the user goes on.
fn next_steps(call: &Call, profile: &Profile, token: Option<&CachedToken>, test: Test) -> String {
    let option = profile_option(call, profile.place.name());
    match (token, test) {
        (None, Test::Now) => String::new(),
        (None, Test::Later(before)) => format!("{before}jwt-credential{option} json --refresh\n"),
        (Some(token), _) => {
            let end = token.expires_at(&clock::now());
            let until = end.map(|end| format!(", valid until {}", rfc3339(end))).unwrap_or_default();
            // Such a grant has no server to ask.
            let tried = match profile.schema.endpoint_key {
                "" => format!("the token is signed{until}; it was not tried at a server"),
                _ => format!("it works: a token was issued{until}"),
            };
            let note = locate::selecting_variable().map_or_else(String::new, |variable| {
                format!("note: {variable} is set, and selects the profile of calls without -p\n")
            });
            format!(
                "{tried}\n\
                 to call an API:         jwt-credential{option} curl -- https://…\n\
                 for your own programs:  jwt-credential{option} json\n\
                 {note}"
            )
        }
    }
}

/// What was or would be written, and what the user should know about it.
fn report(
    verb: &str,
    path: &Path,
    from: &str,
    settings: Option<&Json>,
    backup: Option<&Path>,
    notes: &[String],
) -> String {
    let mut text = format!("{verb} {} (0600) from {}\n", printable(&path.to_string_lossy()), printable(from));
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
                writeln!(text, "  {key:<22}{} (unchanged)", shown(old))
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
