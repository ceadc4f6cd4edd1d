//! Lines that the user pastes into a POSIX shell.

use std::path::Path;

pub use crate::error::shell_word;

/// What separates the directories in `PATH`.
pub const PATH_SEPARATOR: &str = ":";

/// Sets a variable.
pub fn set_variable(name: &str, value: &str) -> String {
    format!("export {name}={}", shell_word(value))
}

/// A variable's value, within double quotes.
pub fn variable(name: &str) -> String {
    format!("${name}")
}

/// Takes the rights to a file from other users.
pub fn make_private_command(path: &Path) -> String {
    format!("chmod 600 {}", shell_word(&path.to_string_lossy()))
}

/// Takes the right to change a file or directory from other users.
pub fn close_command(path: &Path) -> String {
    format!("chmod go-w {}", shell_word(&path.to_string_lossy()))
}
