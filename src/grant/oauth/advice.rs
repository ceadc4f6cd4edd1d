//! Errors of a token endpoint, and what to do about them. The code decides; the description only distinguishes cases of
//! one code.

use std::ops::RangeInclusive;

use serde_json::Value as Json;

use crate::error::Error;
use crate::http::Reply;

/// What to do about a rejection: a row of a provider's table.
pub struct Advice {
    /// `None`: any.
    status: Option<RangeInclusive<u16>>,
    /// `None`: any.
    code: Option<&'static str>,
    /// What the description contains; empty: any.
    says: &'static str,
    /// One line. `{profile}`, `{import_as}`, `{notes}` and the names of the grant are replaced in it.
    pub(super) hint: &'static str,
    /// The profile's key whose value was rejected: its next value is tried.
    pub(super) rejects: Option<&'static str>,
}

impl Advice {
    pub const fn always(hint: &'static str) -> Self {
        Self { status: None, code: None, says: "", hint, rejects: None }
    }

    pub const fn on(code: &'static str, hint: &'static str) -> Self {
        Self { code: Some(code), ..Self::always(hint) }
    }

    pub const fn status(self, status: RangeInclusive<u16>) -> Self {
        Self { status: Some(status), ..self }
    }

    pub const fn says(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    pub const fn rejects(self, key: &'static str) -> Self {
        Self { rejects: Some(key), ..self }
    }

    pub(super) fn fits(&self, refusal: &Refusal) -> bool {
        self.status.as_ref().is_none_or(|range| range.contains(&refusal.status))
            && self.code.is_none_or(|code| code == refusal.error)
            && refusal.description.contains(self.says)
    }
}

/// An error answer (RFC 6749, section 5.2) in the server's own words. They may contain a secret, so that only `quoted`
/// text is shown.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: String,
    pub(super) description: String,
}

impl Refusal {
    pub(super) fn of(reply: &Reply) -> Self {
        let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        Self { status: reply.status, error: text("error"), description: text("error_description") }
    }
}

pub struct ExchangeError {
    pub error: Error,
    /// The profile's key whose value was rejected.
    pub rejected: Option<&'static str>,
}

impl From<Error> for ExchangeError {
    fn from(error: Error) -> Self {
        Self { error, rejected: None }
    }
}
