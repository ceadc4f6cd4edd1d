//! Arguments that hold a key or a profile instead of its path, as in `--private-key="$(cat private.key)"`.

use std::ffi::{OsStr, OsString};

use crate::error::Error;
use crate::redaction::{is_json, is_key_or_profile};
use crate::sys;

/// Rejects a command line with such a word. What follows `--` belongs to another program.
pub(super) fn check_arguments(args: &[OsString]) -> Result<(), Error> {
    for arg in args.iter().take_while(|arg| *arg != "--") {
        let text = arg.to_string_lossy();
        let value = value_of(&text);
        let is_url = value.contains("://") && !is_json(value);
        if !is_url && is_key_or_profile(value) {
            sys::check_path("an argument", OsStr::new(value))?;
        }
    }
    Ok(())
}

/// The value in a word such as `--key=VALUE`, `-pVALUE` or `file:VALUE`.
fn value_of(word: &str) -> &str {
    let value = match word.strip_prefix("--") {
        Some(option) if !option.starts_with('-') => option.split_once('=').map_or(word, |(_, value)| value),
        None if word.starts_with('-') => word.get(2..).unwrap_or(word),
        _ => word,
    };
    value.strip_prefix("file:").unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_checked_up_to_two_dashes() {
        let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(check_arguments(&args(&["token", "--private-key=-----BEGIN"])).is_err());
        assert!(check_arguments(&args(&["{\"a\":1}"])).is_err());
        assert!(
            check_arguments(&args(&["--{\"a\":1}"])).is_ok(),
            "clap rejects an unknown option, and complaint.rs shows its length"
        );
        assert!(check_arguments(&args(&["exec", "--", "sh", "-c", "{ echo; }"])).is_ok());
        let url = format!("https://host.example/a-----b?{}", "x".repeat(3_000));
        assert!(check_arguments(&args(&["token", "--for", &url])).is_ok());
        let here = std::env::current_dir().unwrap().display().to_string() + &"/.".repeat(60) + "/src";
        for word in [here.clone(), format!("-p{here}"), format!("--profile={here}"), format!("file:{here}")] {
            assert!(check_arguments(&args(&[&word])).is_ok(), "{word}");
        }
    }
}
