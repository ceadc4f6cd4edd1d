//! The values of a profile's keys. An error quotes no value.

use std::path::Path;

use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::schema::{Field, ValueKind, holds_no_secret, no_secret, split_list};
use super::value::{self, Value};

/// The values of a key.
pub(super) fn values(field: &Field, json: Json, directory: Option<&Path>) -> Result<Vec<Value>, String> {
    let is_list = field.kind == ValueKind::List;
    let items = match (field.kind, json) {
        (ValueKind::Path, Json::String(path)) if !path.is_empty() => {
            return Ok(vec![Value::File(value::path(&path, directory)?)]);
        }
        (ValueKind::Path, _) => return Err("must be the path of a file".into()),
        (ValueKind::Object, json) => {
            if !json.is_object() {
                return Err("must be an object".into());
            }
            holds_no_secret(&json)?;
            return Ok(vec![Value::Literal(json.to_string().into())]);
        }
        (ValueKind::Command, argv) => return Ok(vec![Value::from_json(json!({"command": argv}), directory)?]),
        (ValueKind::Number, Json::Number(number)) => vec![number.to_string().into()],
        (ValueKind::Switch, Json::Bool(switch)) => vec![switch.to_string().into()],
        (ValueKind::List, Json::Null | Json::Bool(_) | Json::Number(_)) => {
            return Err("must be a list of strings".into());
        }
        (_, Json::Array(items)) if is_list || field.rotates => match lines_of_pem(&items) {
            Some(text) => vec![text.into()],
            None => items,
        },
        (_, json) => vec![json],
    };
    let mut values = Vec::with_capacity(items.len());
    for item in items {
        match Value::from_json(item, directory)? {
            Value::Literal(text) if is_list => {
                let items = split_list(&text).map(|item| (field.normal)(item).map(|item| Value::Literal(item.into())));
                values.extend(items.collect::<Result<Vec<_>, _>>()?);
            }
            Value::Literal(text) if field.kind == ValueKind::Secret => {
                (field.normal)(&text).map(Zeroizing::new)?;
                values.push(Value::Literal(text));
            }
            Value::Literal(text) => values.push(Value::Literal((field.normal)(text.trim())?.into())),
            // The command would run on every call, because its output is part of the profile's identity.
            Value::Command { .. } if field.kind != ValueKind::Secret => {
                return Err(format!("must be {PLAIN}: only a secret may come from a command"));
            }
            Value::Profile(_) | Value::GithubActions { .. } if !field.principal => {
                return Err("comes from another issuer: only a subject token or an assertion can".into());
            }
            reference => values.push(reference),
        }
    }
    if values.is_empty() { Err("is empty".into()) } else { Ok(values) }
}

/// A PEM as a list of its lines, as in the aio CLI's configuration. It is one key, not several.
fn lines_of_pem(items: &[Json]) -> Option<String> {
    let lines: Vec<&str> = items.iter().map(Json::as_str).collect::<Option<_>>()?;
    let first = lines.first()?;
    (first.contains("-----BEGIN") && !first.contains("-----END")).then(|| lines.join("\n"))
}

/// The forms of a value that is no secret.
const PLAIN: &str = r#"a string, {"env": NAME} or {"file": PATH}"#;

/// Header names are tokens and values have no control characters (RFC 9110, sections 5.1 and 5.5).
pub(super) fn headers(json: Json, directory: Option<&Path>) -> Result<Vec<(String, Option<Value>)>, String> {
    let Json::Object(object) = json else { return Err("must be an object of header names and values".into()) };
    let mut headers = Vec::with_capacity(object.len());
    for (name, json) in object {
        let token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
        if no_secret(&name)?.is_empty() || !name.bytes().all(token) {
            return Err("has a name that is not a valid header name (RFC 9110, section 5.1)".into());
        }
        let value = if json.is_null() { None } else { Some(Value::from_json(json, directory)?) };
        match &value {
            // It would be asked for on every call, even if the token is cached.
            Some(Value::Command { .. } | Value::Profile(_) | Value::GithubActions { .. }) => {
                return Err(format!("has a value that is not {PLAIN}"));
            }
            Some(Value::Literal(text)) if text.chars().any(char::is_control) => {
                return Err("has a value with control characters".into());
            }
            _ => headers.push((name, value)),
        }
    }
    Ok(headers)
}
