//! A profile for another machine's variable.

use std::path::Path;
use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::schema::{CA_FILE, ValueKind};
use super::value::joined;
use super::{Catalog, ProfileLocation, locate};
use crate::error::{Error, Kind};
use crate::sys;

impl Catalog {
    /// The profile's JSON, with the files of our directory of keys in it and all other paths absolute.
    pub fn export(&self, place: &ProfileLocation, until: Instant) -> Result<Zeroizing<String>, Error> {
        self.read(place.clone(), until)?;
        let settings = match place {
            ProfileLocation::Environment(json) => self.settings(json.as_bytes(), place)?.into(),
            ProfileLocation::File { path, .. } | ProfileLocation::Unwritten { path, .. } => {
                let settings = self.settings(&super::read::file(path, until)?.bytes, place)?;
                let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
                let fields = self.schemas.iter().flat_map(|schema| schema.all());
                let plain = fields.filter(|field| field.kind == ValueKind::Object);
                let plain: Vec<&str> = plain.filter_map(|field| field.name.rsplit('.').next()).collect();
                exported("", settings.into(), &path, &plain, until)?
            }
        };
        Ok(Zeroizing::new(settings.to_string()))
    }
}

/// A value of the profile at this path. `key`: the key before it. `plain`: the keys of objects that are sent as they are.
fn exported(key: &str, json: Json, profile: &Path, plain: &[&str], until: Instant) -> Result<Json, Error> {
    let directory = profile.parent().unwrap_or(Path::new("/"));
    let absolute = |path: &str| Json::from(joined(directory, path).to_string_lossy());
    Ok(match json {
        // A program's path is relative to the profile; a bare name is looked up on the PATH.
        Json::Array(words) if key == "command" => words
            .into_iter()
            .enumerate()
            .map(|(number, word)| match word.as_str() {
                Some(program) if number == 0 && program.contains('/') => absolute(program),
                _ => word,
            })
            .collect(),
        Json::Array(items) => {
            items.into_iter().map(|item| exported(key, item, profile, plain, until)).collect::<Result<_, _>>()?
        }
        Json::Object(_) if plain.contains(&key) => json,
        Json::Object(object) => {
            if let (1, Some(Json::String(path))) = (object.len(), object.get("file")) {
                let path = joined(directory, path);
                return if is_key(&path, profile) {
                    contents(&path, until)
                } else {
                    Ok(json!({"file": path.to_string_lossy()}))
                };
            }
            let member = |(name, json): (String, Json)| match json {
                Json::String(path) if key.is_empty() && name == CA_FILE => Ok((name, absolute(&path))),
                json => exported(&name, json, profile, plain, until).map(|json| (name, json)),
            };
            object.into_iter().map(member).collect::<Result<Map<_, _>, _>>()?.into()
        }
        json => json,
    })
}

/// Whether a file is in the directory of keys beside the profile's.
fn is_key(path: &Path, profile: &Path) -> bool {
    let directory = |path: &Path| path.parent().and_then(|parent| parent.canonicalize().ok());
    directory(path).is_some_and(|parent| Some(parent) == directory(&locate::key_path(profile)))
}

/// A file's text. Profiles may contain a DER key as base64.
fn contents(path: &Path, until: Instant) -> Result<Json, Error> {
    let wait = until.saturating_duration_since(Instant::now());
    let file = sys::read_checked(path, wait)
        .map_err(|error| Error::new(Kind::Setup, format!("cannot read {}: {error}", path.display())))?;
    Ok(std::str::from_utf8(&file.bytes).map_or_else(|_| STANDARD.encode(&*file.bytes), str::to_owned).into())
}
