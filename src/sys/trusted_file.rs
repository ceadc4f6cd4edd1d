//! Which of the user's files are accepted.

use std::path::Path;

use super::CheckedFile;
use crate::environment;
use crate::error::{Error, Kind, shell_word};

impl CheckedFile {
    /// Rejects a file that other users can change or, if it holds a secret, read. The user may allow it for all files.
    pub fn check(&self, path: &Path, holds_secret: bool) -> Result<(), Error> {
        const ALLOW: &str = "JWT_CREDENTIAL_ALLOW_LOOSE_MODES";
        let chmod = || format!("chmod 600 {}", shell_word(&path.to_string_lossy()));
        let (what, fix) = if self.is_foreign {
            ("belongs to another user", "copy it to a file of your own, and name that one".into())
        } else if self.others_write {
            ("can be changed by other users", chmod())
        } else if holds_secret && self.others_read {
            ("holds a secret and can be read by other users", chmod())
        } else {
            return Ok(());
        };
        if environment::switch(ALLOW)? {
            return Ok(());
        }
        Err(Error::new(Kind::Setup, format!("{} {what}", path.display()))
            .hint(fix)
            .hint(format!("set {ALLOW}=1 if you cannot choose the mode, as with GitLab's file variables")))
    }
}
