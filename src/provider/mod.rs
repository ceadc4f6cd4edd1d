//! The providers: a row of data for each kind of credential, which fills in a grant. Only this file knows all rows.

mod adobe;
mod google;

use crate::error::Error;
use crate::grant::Grant;
use crate::profile::format::Formats;
use crate::profile::schema::{Field, Schema};
use crate::profile::{Kinds, Profile};

/// A kind of credential.
pub struct Provider {
    /// A description for `init`.
    pub about: &'static str,
    pub schema: &'static Schema,
    pub grant: &'static dyn Grant,
    /// What a user who made a new certificate should know.
    pub new_certificate: &'static str,
}

pub static ALL: [&Provider; 2] = [&adobe::jwt::PROVIDER, &adobe::oauth::PROVIDER];

/// The default of `init`.
pub static USUAL: &Provider = &adobe::oauth::PROVIDER;

/// How client secrets begin, by provider.
pub static SECRET_PREFIXES: &[&[&str]] = &[&adobe::SECRET_PREFIXES];

/// The row of a profile.
pub fn of(profile: &Profile) -> Result<&'static Provider, Error> {
    let row = ALL.into_iter().find(|row| std::ptr::eq(row.schema, profile.schema));
    row.ok_or_else(|| profile.wrong("has a \"grant\" that is not known"))
}

pub static FORMATS: Formats = &[&adobe::format::ALL, &[&google::SERVICE_ACCOUNT]];

/// What can be read as a profile.
pub fn kinds() -> Kinds {
    Kinds { schemas: ALL.iter().map(|row| row.schema).collect(), formats: FORMATS }
}

/// The keys of all schemas, once each.
pub fn fields() -> Vec<&'static Field> {
    let mut all: Vec<&'static Field> = Vec::new();
    for field in ALL.iter().flat_map(|row| row.schema.all()) {
        if !all.iter().any(|had| had.name == field.name) {
            all.push(field);
        }
    }
    all
}
