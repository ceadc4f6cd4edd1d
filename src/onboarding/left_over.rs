//! What a replaced profile leaves behind: the private key of a JWT credential that was migrated to OAuth.

use std::path::{Path, PathBuf};

use crate::profile::Profile;
use crate::profile::locate;
use crate::profile::named_files::NamedFiles;
use crate::profile::schema::PRIVATE_KEY;
use crate::sys::shell_word;

/// The private key that the new profile no longer uses, with the line that deletes it. `backup` is the old profile.
pub(super) fn old_key(old: &Profile, new: &Profile, backup: &Path) -> Option<String> {
    if old.count(PRIVATE_KEY) == 0 || new.schema.takes_key() {
        return None;
    }
    let named = (0..old.count(PRIVATE_KEY)).map(|index| old.source_file(PRIVATE_KEY, index));
    // A key that is in the profile itself is in its backup now.
    let mut files: Vec<PathBuf> = named.map(|file| file.unwrap_or(backup).to_owned()).collect();
    files.dedup();
    files.retain(|file| file.exists() && !is_named_elsewhere(file));
    let shown: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let words: Vec<String> = files.iter().map(|file| shell_word(&file.to_string_lossy())).collect();
    (!files.is_empty()).then(|| {
        let (shown, words) = (shown.join(", "), words.join(" "));
        format!("the old private key stays in {shown}; once you do not need the old profile any more: rm {words}")
    })
}

/// Whether another profile still uses a file.
fn is_named_elsewhere(file: &Path) -> bool {
    locate::all().unwrap_or_default().values().any(|profile| NamedFiles::of(profile).may_name(file))
}
