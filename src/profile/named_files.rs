//! The files that a profile names, however broken it is otherwise.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value as Json;

use super::format::document;
use super::value::joined;
use crate::sys;

/// What a file in the directory of profiles names.
pub enum NamedFiles {
    Known(Vec<PathBuf>),
    /// It is no JSON: it may name any file whose name occurs in it.
    Text(Vec<u8>),
    /// It cannot be read: it may name any file.
    Unreadable,
}

impl NamedFiles {
    /// Reads a profile or a backup of one.
    pub fn of(profile: &Path) -> Self {
        let file = match sys::read_checked(profile, Duration::ZERO) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Known(Vec::new()),
            Err(_) => return Self::Unreadable,
        };
        let Ok(json) = document::json(&file.bytes) else { return Self::Text(file.bytes.to_vec()) };
        let mut named = Vec::new();
        collect(&json, &mut named);
        let directory = profile.parent().unwrap_or(Path::new("."));
        Self::Known(named.into_iter().map(|path| joined(directory, path)).collect())
    }

    /// The files that it is known to name.
    pub fn known(self) -> Vec<PathBuf> {
        match self {
            Self::Known(paths) => paths,
            Self::Text(_) | Self::Unreadable => Vec::new(),
        }
    }

    /// Whether it names this file, or may.
    pub fn may_name(&self, file: &Path) -> bool {
        let is_it = |path: &PathBuf| {
            path == file || path.canonicalize().is_ok_and(|path| Ok(path) == file.canonicalize().map_err(drop))
        };
        match self {
            Self::Known(paths) => paths.iter().any(is_it),
            Self::Text(text) => {
                let name = file.file_name().unwrap_or_default().as_encoded_bytes();
                text.windows(name.len().max(1)).any(|part| part == name)
            }
            Self::Unreadable => true,
        }
    }
}

/// The paths in `{"file": PATH}` and in keys that hold a path, such as `private_key_file` of other tools' files.
fn collect<'a>(json: &'a Json, found: &mut Vec<&'a str>) {
    match json {
        Json::Object(object) => {
            for (key, value) in object {
                match value {
                    Json::String(path) if key == "file" || key.ends_with("_file") => found.push(path),
                    value => collect(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
