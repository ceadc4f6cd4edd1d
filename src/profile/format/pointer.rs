//! Reads values of a document by JSON Pointer (RFC 6901). Only text and lists of text are read: an object would become
//! a reference or a command in the profile.

use serde_json::{Value as Json, json};

use crate::secret::is_recognised;

/// Text that is not empty.
pub fn text<'a>(document: &'a Json, pointer: &str) -> Option<&'a str> {
    document.pointer(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty())
}

pub fn object<'a>(document: &'a Json, pointer: &str) -> Option<&'a Json> {
    document.pointer(pointer).filter(|value| value.is_object())
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
        // A path has one line and is shorter than a key in base64.
        path if !is_recognised(path)
            && !is_base64(path)
            && !path.contains("-----BEGIN")
            && !path.contains(['\n', '\\'])
            && path.len() < 512 =>
        {
            Some(json!({"file": path}))
        }
        key => Some(key.into()),
    }
}

/// Whether a text is part of a key rather than a path: it is long and has only the characters of base64.
fn is_base64(text: &str) -> bool {
    const LONG: usize = 40;
    text.len() >= LONG && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b))
}

/// A JSON list in a variable.
fn json_list(text: &str) -> Option<Vec<String>> {
    text.trim_start().starts_with('[').then(|| serde_json::from_str(text).ok()).flatten()
}
