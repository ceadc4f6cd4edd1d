//! Whose credentials the program takes: a row of data for each kind. A row fills what a grant leaves open; only this
//! file knows all of them.

mod adobe;
mod google;

use crate::error::Error;
use crate::grant::Grant;
use crate::profile::format::Formats;
use crate::profile::schema::{Field, Schema};
use crate::profile::{Kinds, Profile};

/// A kind of credential.
pub struct Provider {
    /// Whose credentials these are, in a few words.
    pub about: &'static str,
    /// The name that profiles give as `grant`, and what they hold.
    pub schema: &'static Schema,
    pub grant: &'static dyn Grant,
    /// What a person must know who made a new certificate for it.
    pub new_certificate: &'static str,
}

pub static ALL: [&Provider; 2] = [&adobe::jwt::PROVIDER, &adobe::oauth::PROVIDER];

/// What `init` makes unless it is told otherwise.
pub static USUAL: &Provider = &adobe::oauth::PROVIDER;

/// The beginnings by which client secrets are recognised wherever they were put.
pub static SECRET_PREFIXES: &[&[&str]] = &[&adobe::SECRET_PREFIXES];

/// The row that a profile names: the profile was read by this very row's schema.
pub fn of(profile: &Profile) -> Result<&'static Provider, Error> {
    let row = ALL.into_iter().find(|row| std::ptr::eq(row.schema, profile.schema));
    row.ok_or_else(|| profile.wrong("has a \"grant\" that is not known"))
}

pub static FORMATS: Formats = &[&adobe::format::ALL, &[&google::SERVICE_ACCOUNT]];

/// What profiles can be.
pub fn kinds() -> Kinds {
    Kinds { schemas: ALL.iter().map(|row| row.schema).collect(), formats: FORMATS }
}

/// What the profiles of all kinds may hold, once each.
pub fn fields() -> Vec<&'static Field> {
    let mut all: Vec<&'static Field> = Vec::new();
    for field in ALL.iter().flat_map(|row| row.schema.all()) {
        if !all.iter().any(|had| had.name == field.name) {
            all.push(field);
        }
    }
    all
}
