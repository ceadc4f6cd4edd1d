//! What Adobe's endpoints refuse, and what helps. The codes and texts are those seen in the wild; the code
//! counts first, the text only tells cases of one code apart.

use std::time::Duration;

use serde_json::Value as Json;

use super::adobe_ims::Exchange;
use crate::clock;
use crate::error::{Error, Kind, quoted};
use crate::http::Reply;
use crate::profile::Profile;

/// How long a refusal is the answer for later calls as well.
const REFUSAL_STANDS: Duration = Duration::from_secs(10);
/// The longest time that an endpoint is left alone because it asked for it.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// From this difference on, the two clocks are worth a word.
const CLOCKS_DIFFER_SECONDS: u64 = 30;

/// An error answer of IMS (the form of RFC 6749, section 5.2), in the server's own words: they decide, and may hold a
/// secret. What is shown of them is [`quoted`].
pub(super) struct Refusal {
    /// The HTTP status.
    pub(super) status: u16,
    /// The code.
    pub(super) error: String,
    description: String,
}

impl Refusal {
    fn of(reply: &Reply) -> Self {
        let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| json.get(key).and_then(Json::as_str).unwrap_or_default().to_owned();
        Self { status: reply.status, error: text("error"), description: text("error_description") }
    }

    /// Another value of which secret may be taken. The code counts, and for the secret also the words that IMS has
    /// for it: an unknown client is told by the same code.
    fn rejected(&self) -> Rejected {
        match self.error.as_str() {
            _ if self.is_signature() => Rejected::Signature,
            "invalid_client" if self.says("client_secret") => Rejected::ClientSecret,
            _ => Rejected::Other,
        }
    }

    /// The signature matches none of the integration's certificates.
    pub(super) fn is_signature(&self) -> bool {
        self.error == "invalid_signature" || self.says("Could not match JWT signature")
    }

    /// Whether the description holds this.
    pub(super) fn says(&self, part: &str) -> bool {
        self.description.contains(part)
    }
}

/// An exchange that failed.
pub(super) struct Failure {
    pub(super) error: Error,
    pub(super) rejected: Rejected,
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { error, rejected: Rejected::Other }
    }
}

/// What the endpoint would have otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejected {
    /// The client's secret.
    ClientSecret,
    /// The key that signs.
    Signature,
    /// All else: another value would not help.
    Other,
}

/// Where something other than IMS seems to have answered.
pub(super) const NOT_IMS: &str = "a captive portal or a company's proxy may have answered; \
    else \"ims\" in the profile names something that is no IMS";

/// The error for an answer that is no token.
pub(super) fn refused(exchange: &Exchange, reply: &Reply) -> Failure {
    let refusal = Refusal::of(reply);
    let mut failure = by_status(exchange, reply, &refusal);
    if let Some(asked) = reply.retry_after {
        let seconds = asked.as_secs();
        failure =
            failure.hint(format!("the endpoint asks to be left alone for {seconds} s (Retry-After): try again then"));
    }
    // A page in place of JSON was not written by IMS: what helps against its refusals does not apply.
    if !refusal.error.is_empty() || reply.status >= 500 {
        failure = (exchange.advise)(&refusal).into_iter().fold(failure, Error::hint);
    } else if failure.hints.is_empty() {
        failure = failure.hint(NOT_IMS);
    }
    let error = clocks(reply).into_iter().fold(failure, Error::hint);
    Failure { error, rejected: refusal.rejected() }
}

/// What the caller can do, and how long that stands, is in the status; the rest is in the body.
fn by_status(exchange: &Exchange, reply: &Reply, refusal: &Refusal) -> Error {
    let (url, status, trace) = (exchange.url(), reply.status, trace(reply, exchange.secrets));
    let shown = |words: &str| quoted(words, exchange.secrets);
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
            (Kind::Unavailable, text, None, Some(NOT_IMS))
        }
        404 | 405 => {
            let hint = "\"ims\" or \"token_path\" in the profile names another one";
            (Kind::Setup, format!("there is no token endpoint at {url}: it answered {said}"), None, Some(hint))
        }
        429 => {
            let hint = "Adobe throttles integrations that get too many tokens; one that is cached lasts a day";
            let text = format!("{url} asks for patience: it answered {said}, status {status}");
            (Kind::Unavailable, text, patience.or(Some(REFUSAL_STANDS)), Some(hint))
        }
        408 => (Kind::Unavailable, format!("{url} waited too long for the request: it answered {said}"), None, None),
        500..=599 => {
            let text = format!("{url} failed: it answered {said}, status {status}");
            (Kind::Unavailable, text, patience.filter(|_| status == 503), None)
        }
        400..=499 => {
            let text = format!("Adobe refused the {} at {url}: {said}", exchange.credential);
            (Kind::Refused, text, Some(REFUSAL_STANDS), None)
        }
        // No endpoint of OAuth answers so (RFC 6749, sections 5.1 and 5.2; RFC 9110, section 15 for unknown classes).
        _ => (Kind::Unavailable, format!("{url} answered {status}, which is no answer to this"), None, Some(NOT_IMS)),
    };
    let failure = Error { cool_down, ..Error::new(kind, text + &trace) };
    hint.into_iter().fold(failure, Error::hint)
}

/// The request's name and time, for Adobe's support.
pub(super) fn trace(reply: &Reply, secrets: &[&str]) -> String {
    let id =
        reply.debug_id.as_deref().map_or("no x-debug-id".into(), |id| format!("x-debug-id {}", quoted(id, secrets)));
    format!("; {id}, {}", clock::rfc3339(clock::now().wall_ms))
}

/// What to do about a client id or secret that is refused.
pub(super) fn advise_client(profile: &Profile, refusal: &Refusal) -> String {
    let place = &profile.place;
    if refusal.says("client_secret") {
        format!(
            "the client_secret in {place} is not the one of its client_id: copy it from the console again, where it may have been rotated; a string there is the value itself, never the name of a file or a variable"
        )
    } else if refusal.says("client_id") || refusal.status != 401 {
        format!(
            "the client_id in {place} is not known there: check it, and that \"ims\" is the host of its environment"
        )
    } else {
        format!(
            "the client_secret in {place} is wrong, or the client may not use this grant: compare both with the console"
        )
    }
}

/// A word on the clocks where they differ: an assertion's times are this machine's.
fn clocks(reply: &Reply) -> Option<String> {
    let (server, own) = (reply.date?, clock::now().wall_ms / 1000);
    let apart = own.abs_diff(server);
    let which = if own > server { "ahead of" } else { "behind" };
    (apart >= CLOCKS_DIFFER_SECONDS).then(|| format!("this machine's clock is {apart} s {which} the endpoint's"))
}
