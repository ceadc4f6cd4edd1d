//! Narrowing: a call may ask for less than the profile allows, and then has a token of its own.

use super::schema::split_list;
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
        if let Some(item) = wanted.iter().find(|item| !allows_all && !allowed.contains(item)) {
            return Err(wrong(format!("asks for {item}, which \"{}\" of {} does not list", field.name, self.place)));
        }
        let values = wanted.into_iter().map(|item| Value::Literal(item.into())).collect();
        self.settings.retain(|(had, _)| had.name != field.name);
        self.settings.push((field, values));
        Ok(true)
    }
}
