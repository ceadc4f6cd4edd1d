//! Contents in the place of a name or a path, as in `--private-key="$(cat private.key)"`: a key, a profile, a secret.
//! They are refused by their length, and repeated nowhere.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use crate::error::{Error, Kind};

/// The longest base64 that could be a name: an RSA key of 512 bits is longer.
const SHORTEST_KEY: usize = 100;
/// The longest file name on the file systems in use.
const LONGEST_NAME: usize = 255;

/// Refuses a command line with a word that is a key or a profile. What follows `--` is another program's.
pub fn check_arguments(args: &[OsString]) -> Result<(), Error> {
    for arg in args.iter().take_while(|arg| *arg != "--") {
        let text = arg.to_string_lossy();
        let is_option = text.starts_with("--") && !text.starts_with("-----");
        let value = text.split_once('=').filter(|_| is_option).map_or(&*text, |(_, value)| value);
        if is_key_or_profile(value) && !is_there(OsStr::new(value)) {
            return Err(refusal("an argument", value));
        }
    }
    Ok(())
}

/// Refuses a path that cannot be one, unless it is there. `what` names it in the error.
pub fn check_path(what: &str, path: &OsStr) -> Result<(), Error> {
    let text = path.to_string_lossy();
    if is_plausible(&text) || is_there(path) { Ok(()) } else { Err(refusal(what, &text)) }
}

/// Whether a text can be a path.
#[must_use]
pub fn is_plausible(text: &str) -> bool {
    text.len() <= LONGEST_NAME && !text.contains(['{', '"', '\'', '\n', '\r']) && !is_key_or_profile(text)
}

/// Whether a text looks like JSON, PEM, or base64 that is too long for a name.
#[must_use]
pub fn is_key_or_profile(text: &str) -> bool {
    let json = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"' | '\''));
    let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/-_=".contains(&b);
    let is_key = text.len() >= SHORTEST_KEY && text.bytes().all(is_base64);
    let is_json = json.starts_with('{') && json.contains(':');
    text.contains("-----") || is_json || is_key
}

fn is_there(path: &OsStr) -> bool {
    Path::new(path).symlink_metadata().is_ok()
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
        for text in [&key, &pem, &cut, json, &quoted, &marked, &json.replace('"', "")] {
            assert!(is_key_or_profile(text), "{text}");
            assert!(check_path("the profile", OsStr::new(text)).is_err(), "{text}");
        }
        let long = format!("./{}.json", "x".repeat(300));
        for text in [long.as_str(), "it's.json", "a{b}", "SECRET=x\nID=y"] {
            let refused = check_path("the profile", OsStr::new(text)).unwrap_err();
            assert!(refused.text.contains(&text.len().to_string()) && !refused.lines().contains(text), "{text}");
        }
        for text in ["", "prod", "./config/prod.json", "/run/secrets/adobe", "C:\\keys\\private.key", "-"] {
            assert!(check_path("the profile", OsStr::new(text)).is_ok(), "{text}");
        }
    }

    #[test]
    fn arguments_are_checked_up_to_two_dashes() {
        let args = |words: &[&str]| words.iter().map(OsString::from).collect::<Vec<_>>();
        assert!(check_arguments(&args(&["token", "--private-key=-----BEGIN"])).is_err());
        assert!(check_arguments(&args(&["{\"a\":1}"])).is_err());
        assert!(check_arguments(&args(&["exec", "--", "sh", "-c", "{ echo; }"])).is_ok());
        let url = format!("https://host.example/?{}", "x".repeat(3_000));
        assert!(check_arguments(&args(&["token", "--for", &url])).is_ok());
    }
}
