//! Reads values of a document by JSON Pointer (RFC 6901). Only text and lists of text are read: an object would become
//! a reference or a command in the profile.

use serde_json::{Value as Json, json};

use crate::redaction::is_plausible;
use crate::secret::is_recognised;

/// Text that is not empty.
pub fn text<'a>(document: &'a Json, pointer: &str) -> Option<&'a str> {
    document.pointer(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

pub fn object<'a>(document: &'a Json, pointer: &str) -> Option<&'a Json> {
    document.pointer(pointer).filter(|value| value.is_object())
}

/// Whether there is a value that is not empty. Templates have empty ones.
pub fn has(document: &Json, pointer: &str) -> bool {
    document.pointer(pointer).is_some_and(|value| match value {
        Json::Null => false,
        Json::String(text) => !text.trim().is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => true,
    })
}

/// The first text at any of these pointers.
pub fn any_text<'a>(document: &'a Json, pointers: &[&str]) -> Option<&'a str> {
    pointers.iter().find_map(|pointer| text(document, pointer))
}

pub fn secrets(document: &Json, pointer: &str) -> Vec<String> {
    match document.pointer(pointer) {
        Some(Json::String(text)) => json_list(text).unwrap_or_else(|| vec![text.trim().to_owned()]),
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).map(|item| item.trim().to_owned()).collect(),
        _ => Vec::new(),
    }
    .into_iter()
    .filter(|secret| !secret.is_empty())
    .collect()
}

/// A list, or text that is split at commas and spaces.
pub fn words(document: &Json, pointer: &str) -> Vec<String> {
    let split = |text: &String| -> Vec<String> {
        text.split([',', ' ', '\n']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    secrets(document, pointer).iter().flat_map(split).collect()
}

/// A private key: its text, a list of its lines, or the path of its file.
pub fn private_key(document: &Json, pointer: &str) -> Option<Json> {
    let lines = match document.pointer(pointer)? {
        Json::Array(_) => secrets(document, pointer).join("\n"),
        Json::String(text) => json_list(text).map_or_else(|| text.clone(), |lines| lines.join("\n")),
        _ => return None,
    };
    match lines.trim() {
        "" => None,
        // A line break may be two characters.
        path if is_plausible(path) && !path.contains('\\') && !is_recognised(path) => Some(json!({"file": path})),
        key => Some(key.into()),
    }
}

/// A JSON list in a variable.
fn json_list(text: &str) -> Option<Vec<String>> {
    text.trim_start().starts_with('[').then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_a_key_is_told_from_a_key() {
        let at = |text: &str| private_key(&json!({"key": text}), "/key");
        for path in [
            "private.key",
            "keys/private.key",
            "/home/someone/projects/integrations/credentials/production/privatekey",
            "projects/integrations/credentials/production/privatekey",
        ] {
            assert_eq!(at(path), Some(json!({"file": path})), "{path}");
        }
        let line = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
        for key in [line, &line.repeat(20), "-----BEGIN PRIVATE KEY-----\nMIIE", r"MIIE\nvQIB"] {
            assert_eq!(at(key), Some(key.into()), "{key}");
        }
        assert_eq!(at(" "), None);
    }
}
