//! Programs that tools start by name, and whether such a program is this one.

use std::path::{Path, PathBuf};

use crate::environment;

pub(super) enum Found {
    /// This program, under that path.
    Ours(PathBuf),
    Other(PathBuf),
    /// A link to a file that does not exist.
    Dangling(PathBuf),
    Missing,
}

/// The directories in which programs are looked up.
pub(super) fn path() -> Vec<PathBuf> {
    environment::program_directories().into_iter().filter(|directory| directory.is_absolute()).collect()
}

/// A program by its name in these directories, or by its absolute path.
pub(super) fn find(program: &str, directories: &[PathBuf]) -> Found {
    let candidates: Vec<PathBuf> = if Path::new(program).is_absolute() {
        vec![program.into()]
    } else {
        directories.iter().map(|directory| directory.join(program)).collect()
    };
    if let Some(path) = candidates.iter().find(|path| path.is_file()) {
        return if is_ours(path) { Found::Ours(path.clone()) } else { Found::Other(path.clone()) };
    }
    match candidates.into_iter().find(|path| path.symlink_metadata().is_ok_and(|meta| meta.is_symlink())) {
        Some(link) => Found::Dangling(link),
        None => Found::Missing,
    }
}

/// Whether a path leads to this program, or to another version of it.
fn is_ours(path: &Path) -> bool {
    let Ok(target) = path.canonicalize() else { return false };
    let own = std::env::current_exe().and_then(|own| own.canonicalize());
    let is_named_so = target.file_stem().is_some_and(|name| name == env!("CARGO_PKG_NAME"));
    is_named_so || own.is_ok_and(|own| own == target)
}
