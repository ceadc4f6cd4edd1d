//! Which files of a person's are accepted: those that other users can neither change nor, if they hold a secret, read.

use std::path::Path;

use crate::environment;
use crate::error::{Error, Kind, shell_word};
use crate::sys::CheckedFile;

/// Refuses a file that other users can change or, if it holds a secret, read, unless the user allows it for all files.
pub fn check(path: &Path, file: &CheckedFile, holds_secret: bool) -> Result<(), Error> {
    const ALLOW: &str = "JWT_CREDENTIAL_ALLOW_LOOSE_MODES";
    let what = if file.is_foreign {
        "belongs to another user"
    } else if file.others_write {
        "can be changed by other users"
    } else if holds_secret && file.others_read {
        "holds a secret and can be read by other users"
    } else {
        return Ok(());
    };
    if environment::is_on(ALLOW) {
        return Ok(());
    }
    let fix = if file.is_foreign {
        "copy it to a file of your own, and name that one".into()
    } else {
        format!("chmod 600 {}", shell_word(&path.to_string_lossy()))
    };
    Err(Error::new(Kind::Setup, format!("{} {what}", path.display()))
        .hint(fix)
        .hint(format!("where the mode is not yours to choose (GitLab's file variables): {ALLOW}=1")))
}
