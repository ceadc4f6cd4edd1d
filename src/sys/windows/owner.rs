//! Who owns a file.

use std::io;
use std::path::Path;

/// Whether another user owns it. A file of the administrators is an administrator's own. A file system without owners, such
/// as FAT, counts as another user's.
pub(super) fn is_foreign(path: &Path) -> bool {
    gix_sec::identity::is_path_owned_by_current_user(path).is_ok_and(|is_ours| !is_ours)
}

/// Checks that a directory belongs to this user.
pub(super) fn check_owner(path: &Path) -> io::Result<()> {
    if is_foreign(path) {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "belongs to another user"));
    }
    Ok(())
}
