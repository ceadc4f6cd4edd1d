//! Whose credentials the program takes: a row of data for each kind. A row fills what a grant leaves open; only this
//! file knows all of them.

mod adobe;

use crate::error::Error;
use crate::grant::Grant;
use crate::profile::Profile;
use crate::profile::schema::{Field, Schema};

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

pub fn schemas() -> Vec<&'static Schema> {
    ALL.iter().map(|row| row.schema).collect()
}

/// What a key is in the profiles of this kind.
pub fn field(grant: &str, key: &str) -> Option<&'static Field> {
    ALL.iter().find(|row| row.schema.grant == grant)?.schema.field(key)
}
