//! Errors of a token endpoint, and what to do about them. The code decides; the description only distinguishes cases of
//! one code.

use std::ops::RangeInclusive;
use std::time::Duration;

use serde_json::Value as Json;

use super::Exchange;
use crate::clock;
use crate::error::{Error, Kind, quoted};
use crate::http::Reply;

/// How long a rejection is also the answer for later calls.
const REFUSAL_STANDS: Duration = Duration::from_secs(10);
/// The longest `Retry-After` that is obeyed.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// A smaller difference of the clocks is not reported.
const CLOCKS_DIFFER_SECONDS: u64 = 30;

/// What to do about a rejection: a row of a provider's table.
pub struct Advice {
    /// `None`: any.
    status: Option<RangeInclusive<u16>>,
    /// `None`: any.
    code: Option<&'static str>,
    /// What the description contains; empty: any.
    says: &'static str,
    /// One line. `{profile}`, `{import_as}`, `{notes}` and the names of the grant are replaced in it.
    hint: &'static str,
    /// The profile's key whose value was rejected: its next value is tried.
    rejects: Option<&'static str>,
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

    fn fits(&self, refusal: &Refusal) -> bool {
        self.status.as_ref().is_none_or(|range| range.contains(&refusal.status))
            && self.code.is_none_or(|code| code == refusal.error)
            && refusal.description.contains(self.says)
    }
}

/// An error answer (RFC 6749, section 5.2) in the server's own words. They may contain a secret, so that only [`quoted`]
/// text is shown.
struct Refusal {
    status: u16,
    error: String,
    description: String,
}

impl Refusal {
    fn of(reply: &Reply) -> Self {
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

/// The error for an answer that holds no token.
pub(super) fn refused(exchange: &Exchange, url: &str, reply: &Reply, secrets: &[&str]) -> ExchangeError {
    let endpoint = exchange.endpoint;
    let refusal = Refusal::of(reply);
    let advice = endpoint.advice.iter().find(|advice| advice.fits(&refusal));
    let mut failure = by_status(exchange, url, reply, &refusal, secrets);
    if let Some(asked) = reply.retry_after {
        let seconds = asked.as_secs();
        failure =
            failure.hint(format!("the endpoint asks to be left alone for {seconds} s (Retry-After): try again then"));
    }
    // The endpoint did not write a page without JSON, so that its advice does not apply.
    if !refusal.error.is_empty() || reply.status >= 500 {
        let hints = advice.map(|advice| advice.hint).into_iter().chain(endpoint.closing.iter().copied());
        failure = hints.map(|hint| exchange.advise(hint)).fold(failure, Error::hint);
    } else if failure.hints.is_empty() {
        failure = failure.hint(exchange.another_server());
    }
    let error = clocks(reply).into_iter().fold(failure, Error::hint);
    ExchangeError { error, rejected: advice.and_then(|advice| advice.rejects) }
}

/// The status decides what the caller can do and how long to wait.
fn by_status(exchange: &Exchange, url: &str, reply: &Reply, refusal: &Refusal, secrets: &[&str]) -> Error {
    let (endpoint, status, trace) = (exchange.endpoint, reply.status, exchange.trace(reply, secrets));
    let shown = |words: &str| quoted(words, secrets);
    let said = match (refusal.error.as_str(), refusal.description.as_str()) {
        ("", _) => format!("{status} without an error in JSON"),
        (error, "") => shown(error),
        (error, description) => format!("{} ({})", shown(error), shown(description)),
    };
    let patience = reply.retry_after.map(|wait| wait.min(LONGEST_PATIENCE));
    let (kind, text, cool_down, hint) = match status {
        300..=399 => {
            let to = shown(reply.location.as_deref().unwrap_or("nowhere"));
            let text = format!("{url} answered {status} with a redirect to {to}, which is not followed");
            (Kind::Unavailable, text, None, Some(exchange.another_server()))
        }
        404 | 405 => {
            let (origin, path) = (endpoint.http.origin_key, endpoint.path_key);
            let hint = format!("\"{origin}\" or \"{path}\" in the profile names another one");
            (Kind::Setup, format!("there is no token endpoint at {url}: it answered {said}"), None, Some(hint))
        }
        429 => {
            let text = format!("{url} asks for patience: it answered {said}, status {status}");
            let hint = endpoint.throttled.to_owned();
            (Kind::Unavailable, text, patience.or(Some(REFUSAL_STANDS)), Some(hint))
        }
        408 => (Kind::Unavailable, format!("{url} waited too long for the request: it answered {said}"), None, None),
        500..=599 => {
            let text = format!("{url} failed: it answered {said}, status {status}");
            (Kind::Unavailable, text, patience.filter(|_| status == 503), None)
        }
        400..=499 => {
            let text =
                format!("{} refused the {} at {url}: {said}", exchange.mint.profile.schema.owner, exchange.credential);
            (Kind::Refused, text, Some(REFUSAL_STANDS), None)
        }
        // Not an answer of OAuth (RFC 6749, sections 5.1 and 5.2; RFC 9110, section 15 for unknown classes).
        _ => {
            let text = format!("{url} answered {status}, which is no answer to this");
            (Kind::Unavailable, text, None, Some(exchange.another_server()))
        }
    };
    let failure = Error { cool_down, ..Error::new(kind, text + &trace) };
    hint.into_iter().fold(failure, Error::hint)
}

impl Exchange<'_> {
    /// The request's id and time, for the provider's support.
    pub(super) fn trace(&self, reply: &Reply, secrets: &[&str]) -> String {
        let name = self.endpoint.http.request_id;
        let id = reply.request_id.as_deref();
        let id = id.map_or_else(|| format!("no {name}"), |id| format!("{name} {}", quoted(id, secrets)));
        format!("; {id}, {}", clock::rfc3339(clock::now().wall_ms))
    }
}

/// A hint if the clocks differ, because an assertion has this machine's times.
fn clocks(reply: &Reply) -> Option<String> {
    let (server, own) = (reply.date?, clock::now().wall_ms / 1000);
    let apart = own.abs_diff(server);
    let which = if own > server { "ahead of" } else { "behind" };
    (apart >= CLOCKS_DIFFER_SECONDS).then(|| format!("this machine's clock is {apart} s {which} the endpoint's"))
}
