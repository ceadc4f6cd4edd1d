//! Contents in the place of a name or a path, as in `--private-key="$(cat private.key)"`: a key, a profile, a secret.
//! They are refused, and an error shows only their length.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::error::{Error, Kind};

/// The longest file name on the file systems in use.
const LONGEST_NAME: usize = 255;

/// Refuses a command line with a word that is a key or a profile. What follows `--` is another program's.
pub fn check_arguments(args: &[OsString]) -> Result<(), Error> {
    for arg in args.iter().take_while(|arg| *arg != "--") {
        let text = arg.to_string_lossy();
        let value = value_of(&text);
        let is_url = value.contains("://") && !is_json(value);
        if !is_url && is_key_or_profile(value) && !is_there(OsStr::new(value)) {
            return Err(refusal("an argument", value));
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

/// Refuses a path that cannot be one, unless it or its directory is there. `what` names it in the error.
pub fn check_path(what: &str, path: &OsStr) -> Result<(), Error> {
    let text = path.to_string_lossy();
    if is_plausible(&text) || is_there(path) { Ok(()) } else { Err(refusal(what, &text)) }
}

/// A word that a message repeats, in quotes; of what is neither a name nor a path, its length.
#[must_use]
pub fn shown(text: &str) -> String {
    if is_plausible(text) { format!("\"{text}\"") } else { format!("({} bytes)", text.len()) }
}

/// Whether a text can be a name or a path.
#[must_use]
pub fn is_plausible(text: &str) -> bool {
    text.len() <= LONGEST_NAME && !text.contains(['{', '"', '\'', '\n', '\r']) && !is_key_or_profile(text)
}

/// Whether a text holds JSON, PEM, or base64 that is too long for a name.
#[must_use]
pub fn is_key_or_profile(text: &str) -> bool {
    // A slash belongs to base64 as well as to a path.
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let in_base64 = |c: char| c.is_ascii_alphanumeric() || "+-_=".contains(c) || (c == '/' && !is_path);
    text.contains("-----") || is_json(text) || text.split(|c| !in_base64(c)).any(is_base64_of_key)
}

/// Whether a text is a JSON object, perhaps in quotes or behind a byte order mark.
fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"' | '\''));
    text.starts_with('{') && text.contains(':')
}

/// Keys have lines of 64 characters in PEM and of 76 from base64(1), which mix all kinds; digests and names do not.
fn is_base64_of_key(run: &str) -> bool {
    let kinds: [fn(&u8) -> bool; 3] = [u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_digit];
    let is_mixed = || kinds.iter().all(|is_kind| run.bytes().any(|byte| is_kind(&byte)));
    run.len() >= 100 || (run.len() >= 64 && is_mixed())
}

/// Whether the path exists, or its directory does, so that it can be created.
fn is_there(path: &OsStr) -> bool {
    let path = Path::new(path);
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty() && *parent != Path::new("/"));
    let has_name = path.file_name().is_some_and(|name| is_plausible(&name.to_string_lossy()));
    exists(path) || (has_name && parent.is_some_and(exists))
}

fn refusal(what: &str, text: &str) -> Error {
    Error::new(Kind::Usage, format!("{what} is not a path or a name but {} bytes of something else", text.len()))
        .hint("give the path of the file, not its contents; a whole profile goes into JWT_CREDENTIAL_PROFILE_JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contents_are_told_from_paths() {
        let key = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC".repeat(4);
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----");
        let cut = pem.replace('\n', " ");
        let json = r#"{"client_secret": "x"}"#;
        let (quoted, marked) = (format!("'{json}'"), format!("\u{feff}{json}"));
        let (line, file) = (format!("{key}x")[..76].to_owned(), format!("file:{key}"));
        for text in [&key, &pem, &cut, &line, &file, json, &quoted, &marked, &json.replace('"', "")] {
            assert!(is_key_or_profile(text), "{text}");
            assert!(check_path("the profile", OsStr::new(text)).is_err(), "{text}");
        }
        let long = format!("./{}.json", "x".repeat(300));
        for text in [long.as_str(), "it's.json", "a{b}", "SECRET=x\nID=y"] {
            let refused = check_path("the profile", OsStr::new(text)).unwrap_err();
            assert!(refused.text.contains(&text.len().to_string()) && !refused.lines().contains(text), "{text}");
        }
        let deep = "/Users/alice/work/platform2/infrastructure/credential-tools/bin/vault-fetch";
        assert!(is_plausible(deep) && is_plausible(&deep.replacen("/Users", "./Users", 1)));
        for text in ["", "prod", "./config/prod.json", "/run/secrets/acme", "C:\\keys\\private.key", "-"] {
            assert!(check_path("the profile", OsStr::new(text)).is_ok(), "{text}");
        }
    }

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
