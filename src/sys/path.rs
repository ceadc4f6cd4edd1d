//! Paths that the user gives.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::{Error, Kind};
use crate::redaction::is_plausible;

/// Rejects a text that cannot be a path (a key, a profile, a secret), unless it or its directory exists. `what` names it
/// in the error, which shows only its length.
pub fn check_path(what: &str, path: &OsStr) -> Result<(), Error> {
    let text = path.to_string_lossy();
    if is_plausible(&text) || is_there(Path::new(path)) {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("{what} is not a path or a name but {} bytes of something else", text.len()))
        .hint("give the path of the file, not its contents; a whole profile goes into JWT_CREDENTIAL_PROFILE_JSON"))
}

/// Whether the path exists, or its directory does, so that it can be created.
fn is_there(path: &Path) -> bool {
    let exists = |path: &Path| path.symlink_metadata().is_ok();
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty() && *parent != Path::new("/"));
    let has_name = path.file_name().is_some_and(|name| is_plausible(&name.to_string_lossy()));
    exists(path) || (has_name && parent.is_some_and(exists))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redaction::is_key_or_profile;

    #[test]
    fn contents_are_told_apart_from_paths() {
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
}
