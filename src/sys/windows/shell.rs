//! Lines that the user pastes into PowerShell.

use std::path::Path;

/// What separates the directories in `PATH`.
pub const PATH_SEPARATOR: &str = ";";

/// A word that can be pasted.
pub fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Sets a variable.
pub fn set_variable(name: &str, value: &str) -> String {
    format!("$env:{name} = {}", shell_word(value))
}

/// A variable's value, within double quotes.
pub fn variable(name: &str) -> String {
    format!("$env:{name}")
}

/// Takes the rights to a file from other users.
pub fn make_private_command(path: &Path) -> String {
    format!("icacls {} /inheritance:r /grant:r \"${{env:USERNAME}}:F\"", shell_word(&path.to_string_lossy()))
}

/// Makes a file or directory the user's own.
pub fn close_command(path: &Path) -> String {
    format!("takeown /F {}", shell_word(&path.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quote_in_a_word_is_doubled() {
        assert_eq!(set_variable("X", "it's"), "$env:X = 'it''s'");
    }
}
