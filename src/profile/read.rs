//! Reads a profile's JSON. Every error names the key and the file, and quotes no value.

use std::path::Path;
use std::time::Instant;

use serde_json::{Map, Value as Json};
use zeroize::Zeroizing;

use super::format::{self, Formats, document};
use super::schema::{Field, Need, Schema, ValueKind, no_secret};
use super::value::{self, Value};
use super::{Profile, ProfileLocation, Setting};
use crate::error::{self, Error};
use crate::redaction::shown;
use crate::sys;

/// What can be read as a profile.
pub struct Catalog {
    pub schemas: Vec<&'static Schema>,
    /// Other files that can be used as a profile.
    pub formats: Formats,
}

/// Reads a profile. Pipes are read no longer than `until`, here and later.
pub fn read(place: ProfileLocation, catalog: &Catalog, until: Instant) -> Result<Profile, Error> {
    match &place {
        ProfileLocation::Environment(json) => parse(json.clone().as_bytes(), place, catalog, until),
        ProfileLocation::File { path, .. } => {
            let file = sys::read_checked(path, until.saturating_duration_since(Instant::now())).map_err(|error| {
                Error::new(error::Kind::Setup, format!("cannot read the profile {}: {error}", path.display()))
            })?;
            let path = path.clone();
            let profile = parse(&file.bytes, place, catalog, until)?;
            if file.others_can_change() && profile.runs_commands() {
                let word = error::shell_word(&path.to_string_lossy());
                return Err(setup(&profile.place, "runs a command, and others can change it")
                    .hint(format!("chmod go-w {word}, and have it owned by you or root")));
            }
            file.check(&path, profile.holds_secrets())?;
            Ok(profile)
        }
    }
}

fn parse(bytes: &[u8], place: ProfileLocation, catalog: &Catalog, until: Instant) -> Result<Profile, Error> {
    let settings = own_or_provided(bytes, &place, catalog)?;
    from_settings(settings, place, &catalog.schemas, until)
}

/// The profile's JSON, made from the file of a provider or of another tool where it is one.
fn own_or_provided(bytes: &[u8], place: &ProfileLocation, catalog: &Catalog) -> Result<Map<String, Json>, Error> {
    let not_a_profile = match document::json(bytes) {
        Ok(Json::Object(settings)) if settings.contains_key("grant") => return Ok(settings),
        Ok(Json::Object(_)) => setup(place, "has no \"grant\"").hint(format!("one of: {}", names(&catalog.schemas))),
        Ok(_) => setup(place, "is not a JSON object"),
        Err(error) if error.is_data() => {
            let at = format!("line {}, column {}", error.line(), error.column());
            setup(place, &format!("is not a JSON object with each key once ({at})"))
        }
        Err(error) if bytes.trim_ascii_start().starts_with(b"{") => {
            setup(place, &format!("is not JSON (line {}, column {})", error.line(), error.column()))
        }
        // Other tools write YAML or environment variables.
        Err(_) => match format::recognise(bytes, catalog.formats) {
            Ok(_) => setup(place, "is not JSON"),
            Err(what) => setup(place, &what.to_string()),
        },
    };
    let recognised = format::recognise(bytes, catalog.formats).map_err(|_| not_a_profile)?;
    let about = recognised.format.about;
    recognised
        .complete(&place.import_words())
        .map_err(|error| Error { text: format!("{place} ({about}) {}", error.text), ..error })
}

/// Reads the JSON of a profile. No key occurs twice in it.
pub fn from_settings(
    entries: Map<String, Json>,
    place: ProfileLocation,
    schemas: &[&'static Schema],
    until: Instant,
) -> Result<Profile, Error> {
    let schema = grant_of(&entries, &place, schemas)?;
    let directory = match &place {
        ProfileLocation::File { path, .. } => path.parent(),
        ProfileLocation::Environment(_) => None,
    };
    let mut settings = Vec::with_capacity(entries.len());
    for (key, json) in entries {
        let field =
            schema.all().find(|field| field.name == key).ok_or_else(|| unknown(&key, &place, schema, schemas))?;
        let setting =
            setting(field, json, directory).map_err(|what| setup(&place, &format!("has a \"{key}\" that {what}")))?;
        settings.push((field, setting));
    }
    if let Some(missing) = schema
        .all()
        .find(|field| field.need == Need::Required && !settings.iter().any(|(had, _)| had.name == field.name))
    {
        return Err(setup(&place, &format!("has no \"{}\", which {} needs", missing.name, schema.grant)));
    }
    Ok(Profile { place, schema, settings, until })
}

fn grant_of(
    entries: &Map<String, Json>,
    place: &ProfileLocation,
    schemas: &[&'static Schema],
) -> Result<&'static Schema, Error> {
    let grant = entries.get("grant").and_then(Json::as_str);
    let known = grant.and_then(|grant| schemas.iter().find(|schema| schema.grant == grant));
    known
        .copied()
        .ok_or_else(|| setup(place, "has a \"grant\" that is not known").hint(format!("one of: {}", names(schemas))))
}

fn names(schemas: &[&'static Schema]) -> String {
    schemas.iter().map(|schema| schema.grant).collect::<Vec<_>>().join(", ")
}

fn unknown(key: &str, place: &ProfileLocation, schema: &Schema, schemas: &[&'static Schema]) -> Error {
    let failure = setup(place, &format!("has an unknown key {}", error::quoted(&shown(key), &[])));
    if let Some(other) = schemas.iter().find(|other| other.all().any(|field| field.name == key)) {
        return failure.hint(format!("it belongs to {}: remove it, or is \"grant\" the wrong one?", other.grant));
    }
    let known = || schema.all().map(|field| field.name);
    failure.hint(error::nearest(key, known()).map_or_else(
        || format!("{} knows: {}", schema.grant, known().collect::<Vec<_>>().join(", ")),
        |near| format!("did you mean \"{near}\"?"),
    ))
}

fn setting(field: &Field, json: Json, directory: Option<&Path>) -> Result<Setting, String> {
    let spell = |value: Value| match value {
        Value::Literal(text) => (field.normal)(text.trim()).map(|text| Value::Literal(text.into())),
        // The command would run on every call, because its output is part of the profile's identity.
        Value::Command { .. } => Err("is by command: that is for secrets; here a string, env or file stands".into()),
        reference => Ok(reference),
    };
    let secret = |value: Value| match &value {
        Value::Literal(text) => (field.normal)(text).map(|spelled| drop(Zeroizing::new(spelled))).map(|()| value),
        _ => Ok(value),
    };
    match (field.kind, json) {
        (ValueKind::Text, json) => Value::from_json(json, directory).and_then(spell).map(Setting::One),
        (ValueKind::Secret, Json::Array(items)) if field.rotates => {
            if let Some(text) = lines_of_pem(&items) {
                return Ok(Setting::One(Value::Literal(text.into())));
            }
            let items = items.into_iter().map(|item| Value::from_json(item, directory).and_then(secret));
            items.collect::<Result<_, _>>().and_then(some_items)
        }
        (ValueKind::Secret, json) => Value::from_json(json, directory).and_then(secret).map(Setting::One),
        (ValueKind::Path, Json::String(path)) if !path.is_empty() => {
            value::resolve(&path, directory).map(Setting::Path)
        }
        (ValueKind::Path, _) => Err("must be the path of a file".into()),
        (ValueKind::Headers, json) => headers(json, directory).map(Setting::Headers),
        (ValueKind::List, Json::Array(items)) => {
            let mut values = Vec::with_capacity(items.len());
            for item in items {
                values.extend(list_items(item, directory, &spell)?);
            }
            some_items(values)
        }
        (ValueKind::List, item @ (Json::String(_) | Json::Object(_))) => {
            list_items(item, directory, &spell).and_then(some_items)
        }
        (ValueKind::List, _) => Err("must be a list of strings".into()),
    }
}

/// A PEM as a list of its lines, as in the aio CLI's configuration. It is one key, not several.
fn lines_of_pem(items: &[Json]) -> Option<String> {
    let lines: Vec<&str> = items.iter().map(Json::as_str).collect::<Option<_>>()?;
    let first = lines.first()?;
    (first.contains("-----BEGIN") && !first.contains("-----END")).then(|| lines.join("\n"))
}

/// A string is split at commas. So is the text of a reference, but later.
fn list_items(
    item: Json,
    directory: Option<&Path>,
    spell: &dyn Fn(Value) -> Result<Value, String>,
) -> Result<Vec<Value>, String> {
    match Value::from_json(item, directory)? {
        Value::Literal(text) => {
            let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
            items.map(|item| spell(Value::Literal(item.to_owned().into()))).collect()
        }
        reference => spell(reference).map(|reference| vec![reference]),
    }
}

fn some_items(items: Vec<Value>) -> Result<Setting, String> {
    if items.is_empty() { Err("is empty".into()) } else { Ok(Setting::Many(items)) }
}

/// Header names are tokens and values have no control characters (RFC 9110, sections 5.1 and 5.5).
fn headers(json: Json, directory: Option<&Path>) -> Result<Vec<(String, Option<Value>)>, String> {
    let Json::Object(object) = json else { return Err("must be an object of header names and values".into()) };
    let mut headers = Vec::with_capacity(object.len());
    for (name, json) in object {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if no_secret(&name)?.is_empty() || !name.bytes().all(token) {
            return Err("has a name that no header can have (RFC 9110, section 5.1)".into());
        }
        let value = match json {
            Json::Null => None,
            json => Some(Value::from_json(json, directory)?),
        };
        match &value {
            // The command would run on every call, even if the token is cached.
            Some(Value::Command { .. }) => {
                return Err("has a value by command: a header takes a string, env or file".into());
            }
            Some(Value::Literal(text)) if text.chars().any(char::is_control) => {
                return Err("has a value with control characters".into());
            }
            _ => headers.push((name, value)),
        }
    }
    Ok(headers)
}

fn setup(place: &ProfileLocation, what: &str) -> Error {
    Error::new(error::Kind::Setup, format!("{place} {what}"))
}
