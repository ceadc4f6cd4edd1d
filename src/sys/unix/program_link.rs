//! The names by which tools call the program: symbolic links.

use std::path::Path;

/// Gives the program another name.
pub use std::os::unix::fs::symlink as link_program;

/// Whether a file is a link to the program at this path.
pub fn is_link_to(link: &Path, program: &Path) -> bool {
    link.read_link().is_ok_and(|target| target == program)
}

/// Whether this is a link to the program, or to an earlier version of it that is gone.
pub fn is_program_link(link: &Path, program: &Path) -> bool {
    let Ok(target) = link.read_link() else { return false };
    let is_gone = link.metadata().is_err();
    link.canonicalize().ok() == program.canonicalize().ok()
        || (is_gone && target.file_name() == Some(env!("CARGO_PKG_NAME").as_ref()))
}
