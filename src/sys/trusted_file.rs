//! A file that the user or another program made, and whether it is accepted.

use std::path::Path;

use zeroize::Zeroizing;

use super::make_private_command;
use crate::environment;
use crate::error::{Error, Kind};

pub struct CheckedFile {
    /// The whole file.
    pub bytes: Zeroizing<Vec<u8>>,
    /// Never set for files that root owns or Kubernetes mounts: in a container, where root is often the user, mounted
    /// secrets are readable.
    pub others_read: bool,
    pub others_write: bool,
    /// Whether its owner is neither this user nor the administrator.
    pub is_foreign: bool,
}

impl CheckedFile {
    /// Whether another user decides what it contains.
    pub fn others_can_change(&self) -> bool {
        self.others_write || self.is_foreign
    }

    /// Rejects a file that other users can change or, if it holds a secret, read. The user may allow it for all files.
    pub fn check(&self, path: &Path, holds_secret: bool) -> Result<(), Error> {
        const ALLOW: &str = "JWT_CREDENTIAL_ALLOW_LOOSE_MODES";
        let (what, fix) = if self.is_foreign {
            ("belongs to another user", "copy it to a file of your own, and name that one".into())
        } else if self.others_write {
            ("can be changed by other users", make_private_command(path))
        } else if holds_secret && self.others_read {
            ("holds a secret and can be read by other users", make_private_command(path))
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
