//! The error for an answer that rejects the request.

use std::time::Duration;

use super::advice::{Advice, ExchangeError, Refusal};
use super::{Answered, Exchange};
use crate::clock;
use crate::error::{Error, Kind, MOST_HINTS, SharedBy, quoted};
use crate::http::Reply;

/// How long a rejection is also the answer for later calls.
const REFUSAL_STANDS: Duration = Duration::from_secs(10);
/// The longest `Retry-After` that is obeyed.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// A smaller difference of the clocks is not reported.
const CLOCKS_DIFFER_SECONDS: u64 = 30;

impl Exchange<'_> {
    /// The error for an answer that rejects the request.
    pub(super) fn refused(&self, answered: &Answered, refusal: &Refusal) -> ExchangeError {
        let reply = &answered.reply;
        let advice = self.endpoint.advice.iter().copied().flatten().find(|advice| advice.fits(refusal));
        let error = self.by_status(answered, refusal, advice);
        let retry =
            reply.retry_after.map(|asked| format!("wait for {} s (Retry-After), then try again", asked.as_secs()));
        let mut hints: Vec<String> = error.hints.iter().cloned().chain(retry).collect();
        if !refusal.is_stated() && reply.status < 500 {
            // Something else may have answered, so that the advice about the endpoint's errors does not apply.
            hints.extend(error.hints.is_empty().then(|| self.another_server()));
            hints.extend(clocks(reply));
        } else if error.hints.is_empty() {
            hints.extend(advice.map(|advice| self.advise(advice.hint)));
            hints.extend(clocks(reply));
            hints.extend(advice.and_then(|advice| advice.then).map(|hint| self.advise(hint)));
        }
        hints.truncate(MOST_HINTS);
        let error = Error { hints, ..error };
        // Anything else may come from a proxy on the way.
        let is_endpoints = refusal.is_stated() || reply.status == 429 || reply.retry_after.is_some();
        let error = if is_endpoints { error.shared_by(SharedBy::SameRequest) } else { error };
        // A server that fails has decided nothing.
        let rejected = advice.filter(|_| error.kind == Kind::Refused).and_then(|advice| advice.rejects);
        ExchangeError { error, rejected, date: reply.date }
    }

    /// The status decides what the caller can do and how long to wait.
    fn by_status(&self, answered: &Answered, refusal: &Refusal, advice: Option<&Advice>) -> Error {
        let Answered { url, reply, .. } = answered;
        let passes = advice.is_some_and(|advice| advice.passes);
        let (endpoint, status, trace) = (self.endpoint, reply.status, self.trace(answered));
        let secrets = answered.secrets();
        let shown = |words: &str| quoted(words, &secrets);
        let said = said(refusal, status, &shown);
        let patience = reply.retry_after.map(|wait| wait.min(LONGEST_PATIENCE));
        let (kind, text, cool_down, hint) = match status {
            300..=399 => {
                let to = shown(reply.location.as_deref().unwrap_or("nowhere"));
                let text = format!("{url} answered {status} with a redirect to {to}, which is not followed");
                (Kind::Unavailable, text, None, Some(self.another_server()))
            }
            404 | 405 if !advice.is_some_and(Advice::has_status) => {
                let (origin, path) = (endpoint.http.origin_key, endpoint.path_key);
                let place = &self.attempt.profile.place;
                let hint = match path {
                    "" => format!("correct \"{origin}\" in {place}"),
                    path => format!("correct \"{origin}\" or \"{path}\" in {place}"),
                };
                (Kind::Setup, format!("no token endpoint at {url}: it answered {said}"), None, Some(hint))
            }
            429 => {
                let text = format!("{url} is limiting the rate of requests: it answered {said}, status {status}");
                let hint = endpoint.throttled.to_owned();
                (Kind::Unavailable, text, patience.or(Some(REFUSAL_STANDS)), Some(hint))
            }
            408 => {
                let text = format!("{url} timed out while it waited for the request: it answered {said}");
                (Kind::Unavailable, text, None, Some("try again; if this persists, the network is too slow".into()))
            }
            status if passes || (500..=599).contains(&status) => {
                let text = format!("{url} failed: it answered {said}, status {status}");
                (Kind::Unavailable, text, patience.filter(|_| status == 503), None)
            }
            status if (400..=499).contains(&status) || endpoint.http.accepted.contains(&status) => {
                let text =
                    format!("{} rejected the {} at {url}: {said}", self.attempt.profile.schema.owner, self.credential);
                (Kind::Refused, text, Some(REFUSAL_STANDS), None)
            }
            // Not an answer of OAuth (RFC 6749, sections 5.1 and 5.2; RFC 9110, section 15 for unknown classes).
            _ => {
                let text = format!("{url} answered with the unexpected status {status}");
                (Kind::Unavailable, text, None, Some(self.another_server()))
            }
        };
        let failure = Error { cool_down, ..Error::new(kind, text + &trace) };
        hint.into_iter().fold(failure, Error::hint)
    }

    /// The request's id and time, for the provider's support.
    pub(super) fn trace(&self, answered: &Answered) -> String {
        let name = self.endpoint.http.request_id;
        let id = answered.reply.request_id.as_deref();
        let id = id.map_or_else(|| format!("no {name}"), |id| format!("{name} {}", quoted(id, &answered.secrets())));
        format!("; {id}, {}", clock::rfc3339(clock::now().wall_ms))
    }
}

/// A hint if the clocks differ, because an assertion has this machine's times.
fn clocks(reply: &Reply) -> Option<String> {
    let (server, own) = (reply.date?, clock::now().wall_ms / 1000);
    let apart = own.abs_diff(server);
    let which = if own > server { "ahead of" } else { "behind" };
    (apart >= CLOCKS_DIFFER_SECONDS).then(|| format!("set this machine's clock: it is {apart} s {which} the server's"))
}

/// The error and its description, as the server says them.
fn said(refusal: &Refusal, status: u16, shown: &dyn Fn(&str) -> String) -> String {
    match (refusal.error.as_str(), refusal.description.as_str()) {
        ("", "") if refusal.is_other => format!("{status} with JSON that has no error in a known form"),
        ("", "") => format!("{status} without an error in JSON"),
        ("", description) => format!("{status} ({})", shown(description)),
        (error, "") => shown(error),
        (error, description) => format!("{} ({})", shown(error), shown(description)),
    }
}
