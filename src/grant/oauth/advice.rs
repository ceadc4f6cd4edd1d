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
    /// A second line.
    pub(super) then: Option<&'static str>,
    /// What was rejected: a key of the profile, whose next value is tried, or a name of [`jwt`](crate::grant::jwt) or
    /// [`revocation`](crate::grant::revocation).
    pub(super) rejects: Option<&'static str>,
    /// Whether the fault is the server's and passes, whatever the status.
    pub(super) passes: bool,
}

impl Advice {
    pub const fn always(hint: &'static str) -> Self {
        Self { status: None, code: None, says: "", hint, then: None, rejects: None, passes: false }
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

    pub const fn then(self, hint: &'static str) -> Self {
        Self { then: Some(hint), ..self }
    }

    pub const fn passes(self) -> Self {
        Self { passes: true, ..self }
    }

    pub const fn rejects(self, key: &'static str) -> Self {
        Self { rejects: Some(key), ..self }
    }

    /// Whether it is about certain statuses.
    pub(super) fn has_status(&self) -> bool {
        self.status.is_some()
    }

    pub(super) fn fits(&self, refusal: &Refusal) -> bool {
        self.status.as_ref().is_none_or(|range| range.contains(&refusal.status))
            && self.code.is_none_or(|code| code == refusal.error)
            && refusal.description.contains(self.says)
    }
}

/// The names that servers give to the parts of an error in JSON. The first that is there counts.
pub struct ErrorKeys {
    pub code: &'static [&'static str],
    pub description: &'static [&'static str],
}

/// An error answer in the server's own words. They may contain a secret, so that only `quoted` text is shown.
pub(super) struct Refusal {
    pub(super) status: u16,
    pub(super) error: String,
    pub(super) description: String,
    /// Whether it is JSON of another form. It is not shown: it may be a token.
    pub(super) is_other: bool,
}

impl Refusal {
    pub(super) fn of(reply: &Reply, keys: &ErrorKeys) -> Self {
        let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
        // Some servers wrap the error in an object, or in a list of objects.
        let wrapped = ["/error", "/Error", "/errors/0", "/fault", "/0"]
            .into_iter()
            .filter_map(|at| json.pointer(at))
            .find(|part| part.is_object());
        let object = wrapped.unwrap_or(&json);
        let text = |name: &&str| match object.get(*name)? {
            Json::String(text) if !text.is_empty() => Some(text.clone()),
            Json::Number(number) => Some(number.to_string()),
            // Vault lists its errors as texts.
            Json::Array(texts) => texts.first()?.as_str().map(str::to_owned),
            _ => None,
        };
        let first = |names: &[&str]| names.iter().find_map(text).unwrap_or_default();
        let is_other = json.as_object().is_some_and(|json| !json.is_empty());
        Self { status: reply.status, error: first(keys.code), description: first(keys.description), is_other }
    }

    /// Whether the answer has an error of its own.
    pub(super) fn is_stated(&self) -> bool {
        !self.error.is_empty() || !self.description.is_empty() || self.is_other
    }
}

pub struct ExchangeError {
    pub error: Error,
    /// What was rejected, as in [`Advice`].
    pub rejected: Option<&'static str>,
    /// The server's clock, in seconds since 1970.
    pub date: Option<u64>,
}

impl From<Error> for ExchangeError {
    fn from(error: Error) -> Self {
        Self { error, rejected: None, date: None }
    }
}
