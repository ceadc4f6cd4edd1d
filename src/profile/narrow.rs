//! Narrowing: a call may ask for less than the profile allows, and then has a token of its own.

use serde_json::{Map, Value as Json};

use super::schema::{Field, ValueKind, split_list};
use super::{Profile, Value};
use crate::error::{Error, Kind};

impl Profile {
    /// Replaces the value of the key that is narrowed by this name (a comma separates items). The identity changes with
    /// it. `Ok(false)`: this kind of credential has no such key.
    pub fn narrow(&mut self, by: &str, text: &str) -> Result<bool, Error> {
        let Some(field) = self.schema.all().find(|field| field.narrowed_by == Some(by)) else { return Ok(false) };
        let wrong = |what: String| Error::new(Kind::Usage, format!("--{by} {what}"));
        let wanted = split_list(text).map(field.normal).collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let (allowed, allows_all) = (self.list(field.name)?, self.count(field.name) == 0);
        if wanted.is_empty() {
            return Err(wrong("is empty".into()));
        }
        if wanted.len() > 1 && field.kind != ValueKind::List {
            return Err(wrong(format!("is for one value: \"{}\" of {} is no list", field.name, self.place)));
        }
        if let Some(item) = wanted.iter().find(|item| !allows_all && !allowed.contains(item)) {
            return Err(wrong(format!("asks for {item}, which \"{}\" of {} does not list", field.name, self.place)));
        }
        let values = wanted.into_iter().map(|item| Value::Literal(item.into())).collect();
        self.settings.retain(|(had, _)| had.name != field.name);
        self.settings.push((field, values));
        Ok(true)
    }

    /// Whether a call can have a token of this identity with this profile, narrowed or not.
    pub fn covers(&self, identity: &str) -> Result<bool, Error> {
        let parsed = |identity: &str| serde_json::from_str::<Map<String, Json>>(identity).unwrap_or_default();
        let (mut own, mut other) = (parsed(&self.identity()?), parsed(identity));
        let is_reachable = |field: &Field, own: Option<Json>, other: Option<Json>| {
            let (allowed, wanted) = (items(own), items(other));
            let allows_all = self.count(field.name) == 0 && !wanted.is_empty();
            allowed == wanted || allows_all || (!wanted.is_empty() && wanted.iter().all(|item| allowed.contains(item)))
        };
        for field in self.schema.all().filter(|field| field.narrowed_by.is_some()) {
            if !is_reachable(field, own.remove(field.name), other.remove(field.name)) {
                return Ok(false);
            }
        }
        Ok(own == other)
    }
}

fn items(value: Option<Json>) -> Vec<String> {
    match value {
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        Some(Json::String(item)) => vec![item],
        _ => Vec::new(),
    }
}
