//! Ways to get a token: one file and one row each.

pub mod adobe_answer;
mod adobe_errors;
mod adobe_ims;
mod adobe_jwt;
mod adobe_metascopes;
mod adobe_oauth;
mod rotation;

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::log::Log;
use crate::profile::Profile;
use crate::profile::schema::{Field, Schema};
use crate::token::{Choice, Token};

/// A way to get a token.
pub struct Grant {
    /// Whose credentials it is for, in a few words.
    pub about: &'static str,
    /// The name that profiles give as `grant`, and what they hold.
    pub schema: &'static Schema,
    /// What in a profile is allowed and still looks like a mistake, a sentence each.
    pub notes: fn(&Profile) -> Vec<String>,
    /// Gets one.
    pub mint: fn(&Mint) -> Result<Token, Error>,
}

/// What a grant works with.
pub struct Mint<'a> {
    /// The profile.
    pub profile: &'a Profile,
    /// When it must be over: secret commands, signing and all retries together.
    pub end: Instant,
    /// Whether somebody waits for the token: then a passing failure is worth another try, and a person may be asked.
    pub awaited: bool,
    /// Of the profile's keys with several values, which one was taken the last time.
    pub choices: &'a [Choice],
    /// Who is told what is being done.
    pub log: &'a Log,
}

impl Mint<'_> {
    /// What is left of the time.
    #[must_use]
    pub fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// All grants, the heart first.
pub static ALL: [&Grant; 2] = [&adobe_jwt::GRANT, &adobe_oauth::GRANT];

/// The grant that a profile names: it was read by this very row's schema.
pub fn of(profile: &Profile) -> Result<&'static Grant, Error> {
    let row = ALL.into_iter().find(|grant| std::ptr::eq(grant.schema, profile.schema));
    row.ok_or_else(|| profile.wrong("has a \"grant\" that is not known"))
}

/// What a key is in the profiles of a grant, if they may hold it.
#[must_use]
pub fn field(grant: &str, key: &str) -> Option<&'static Field> {
    ALL.iter().find(|row| row.schema.grant == grant)?.schema.all().find(|field| field.name == key)
}

/// Whether the profiles of a grant may hold this key.
#[must_use]
pub fn knows(grant: &str, key: &str) -> bool {
    field(grant, key).is_some()
}

/// What the profiles of all grants may hold.
#[must_use]
pub fn schemas() -> Vec<&'static Schema> {
    ALL.iter().map(|grant| grant.schema).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_in_the_grant_that_has_it_and_nowhere_else() {
        assert_eq!(field("adobe-jwt", "private_key").map(|field| field.name), Some("private_key"));
        assert_eq!(field("adobe-oauth", "client_secret").map(|field| field.name), Some("client_secret"));
        assert!(knows("adobe-jwt", "private_key") && !knows("adobe-oauth", "private_key"));
        assert!(!knows("adobe-jwt", "no_such_key") && !knows("no-such-grant", "client_id"));
        let names: Vec<_> = schemas().iter().map(|schema| schema.grant).collect();
        assert_eq!(names, ["adobe-jwt", "adobe-oauth"]);
    }
}
