//! The JSON of a profile, and the files of other tools in its place.

use std::time::Instant;

use jwt_credential::error::Error;
use jwt_credential::host::{Origin, Pattern};
use jwt_credential::profile::{Profile, ProfileLocation};
use jwt_credential::provider;
use serde_json::Value as Json;

use crate::target::files;
use crate::text::{CANARY, is_harmless};

const SECRETS: [&str; 3] = ["client_secret", "private_key", "passphrase"];

pub fn seeds() -> Vec<Vec<u8>> {
    let own = [
        r#"{"provider":"adobe-oauth","client_id":"id","client_secret":"a-long-C4n4ry-secret","org_id":"A@AdobeOrg",
            "scopes":["openid","AdobeID"],"hosts":["*.adobe.io"],"headers":{"x-sandbox-name":"prod","x-a":null}}"#,
        r#"{"provider":"adobe-oauth","client_id":"id","client_secret":["a-long-C4n4ry-secret",{"env":"S"},{"file":"/s"}],
            "scopes":"openid,AdobeID","ca_file":"/ca","token_path":"/ims/token/v3"}"#,
        r#"{"provider":"adobe-jwt","client_id":"id","client_secret":{"command":["pass","a-secret"]},"org_id":"A@AdobeOrg",
            "technical_account_id":"B@techacct.adobe.com","metascopes":["ent_user_sdk"],"ims":"http://127.0.0.1:1",
            "private_key":["-----BEGIN PRIVATE KEY-----","C4n4ry","-----END PRIVATE KEY-----"],"passphrase":"C4n4ry-passphrase"}"#,
    ];
    own.iter().map(|own| own.as_bytes().to_vec()).chain(files("import/files", |_| true)).collect()
}

/// The result is a profile or an error. Neither shows a secret, and a command comes only from a profile that contains
/// one.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let document = serde_json::from_str::<Json>(text).unwrap_or_default();
    let hides = hides_canary(&document);
    let place = ProfileLocation::Environment(text.to_owned().into());
    match provider::CATALOG.read(place, Instant::now()) {
        Ok(profile) => judge(&profile, &document, hides),
        Err(error) => judge_refusal(&error, hides),
    }
}

fn judge_refusal(error: &Error, hides: bool) {
    let lines = error.lines();
    assert!(lines.lines().all(is_harmless));
    assert!(!hides || !lines.contains(CANARY), "an error contains a secret: {lines}");
}

fn judge(profile: &Profile, document: &Json, hides: bool) {
    if profile.runs_commands() {
        let written = SECRETS.iter().filter_map(|key| document.get(key));
        assert!(
            document.get("provider").is_some() && written.into_iter().any(has_command),
            "a command that is not in the input"
        );
    }
    let redacted = profile.redacted();
    let mut shown = Vec::new();
    texts(&redacted, &mut shown);
    assert!(!hides || !shown.iter().any(|shown| shown.contains(CANARY)), "{redacted}");
    for key in SECRETS {
        judge_shown(redacted.get(key));
    }
    // Values in files and variables are not read.
    if !redacted.to_string().contains(r#"{"file":"#) && !redacted.to_string().contains(r#"{"env":"#) {
        judge_values(profile, hides);
    }
}

/// A secret is shown as a fingerprint, as hidden, or as its place.
fn judge_shown(shown: Option<&Json>) {
    match shown {
        Some(Json::String(text)) => {
            let fingerprint = text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 8);
            assert!(fingerprint || text == "(hidden)", "{text}");
        }
        Some(Json::Array(items)) => items.iter().for_each(|item| judge_shown(Some(item))),
        Some(Json::Object(object)) => assert!(object.len() == 1, "{object:?}"),
        None => {}
        Some(other) => panic!("{other}"),
    }
}

fn judge_values(profile: &Profile, hides: bool) {
    for host in profile.list("hosts").into_iter().flatten() {
        let pattern = Pattern::parse(&host).expect("an accepted entry");
        assert_eq!(pattern.to_string(), host, "not in its canonical spelling");
    }
    if let Ok(ims) = profile.required_text("ims") {
        let origin = Origin::parse(&ims).expect("an accepted endpoint");
        assert!(origin.is_https() || origin.is_loopback());
    }
    for (name, value) in profile.headers().into_iter().flatten() {
        assert!(!name.contains([':', ' ']) && is_one_line(&name) && value.as_deref().is_none_or(is_one_line));
    }
    if let Ok(identity) = profile.identity() {
        assert!(!hides || !identity.contains(CANARY), "{identity}");
        assert_eq!(profile.identity().ok(), Some(identity));
    }
    for key in SECRETS {
        assert_eq!(profile.value_digests(key).len(), profile.count(key));
    }
}

fn is_one_line(text: &str) -> bool {
    !text.chars().any(char::is_control)
}

fn has_command(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().any(has_command),
        json => json.get("command").is_some(),
    }
}

/// Whether the canary is in a profile, but only in its secrets: then it may not be shown.
fn hides_canary(document: &Json) -> bool {
    let (mut secrets, mut others) = (Vec::new(), Vec::new());
    let Some(object) = document.as_object().filter(|object| object.contains_key("provider")) else { return false };
    for (key, value) in object {
        others.push(key.as_str());
        match value {
            Json::String(text) if SECRETS.contains(&key.as_str()) => secrets.push(text.as_str()),
            Json::Array(items) if SECRETS.contains(&key.as_str()) => {
                let (own, elsewhere): (Vec<_>, Vec<_>) = items.iter().partition(|item| item.is_string());
                secrets.extend(own.into_iter().filter_map(Json::as_str));
                for item in elsewhere {
                    texts(item, &mut others);
                }
            }
            value => texts(value, &mut others),
        }
    }
    let has = |texts: &[&str]| texts.iter().any(|text| text.contains(CANARY));
    has(&secrets) && !has(&others)
}

/// All strings in a document, including its keys.
pub fn texts<'a>(json: &'a Json, found: &mut Vec<&'a str>) {
    match json {
        Json::String(text) => found.push(text),
        Json::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Json::Object(object) => {
            for (key, value) in object {
                found.push(key);
                texts(value, found);
            }
        }
        _ => {}
    }
}
