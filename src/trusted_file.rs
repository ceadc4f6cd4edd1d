//! Which files of a person's are accepted: those that other users can neither change nor, if they hold a secret, read.

use std::path::Path;

use crate::environment;
use crate::error::{Error, Kind, shell_word};
use crate::sys::CheckedFile;

/// Refuses a file that other users can read or change, unless the user allows it for all files.
pub fn check(path: &Path, file: &CheckedFile) -> Result<(), Error> {
    const ALLOW: &str = "JWT_CREDENTIAL_ALLOW_LOOSE_MODES";
    if environment::is_on(ALLOW) {
        return Ok(());
    }
    let (shown, word) = (path.display(), shell_word(&path.to_string_lossy()));
    let (what, fix) = if file.is_foreign {
        ("belongs to another user", "copy it to a file of your own, and name that one".into())
    } else if file.others_write {
        ("can be changed by other users", format!("chmod 600 {word}"))
    } else {
        ("holds a secret and can be read by other users", format!("chmod 600 {word}"))
    };
    Err(Error::new(Kind::Setup, format!("{shown} {what}"))
        .hint(fix)
        .hint(format!("where the mode is not yours to choose (GitLab's file variables): {ALLOW}=1")))
}
