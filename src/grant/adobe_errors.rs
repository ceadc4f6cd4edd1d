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

/// An error answer of IMS (the form of RFC 6749, section 5.2).
pub(super) struct Refusal {
    status: u16,
    error: String,
    description: String,
}

impl Refusal {
    fn of(reply: &Reply, secrets: &[&str]) -> Self {
        let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
        let text = |key: &str| quoted(json.get(key).and_then(Json::as_str).unwrap_or_default(), secrets);
        Self { status: reply.status, error: text("error"), description: text("error_description") }
    }

    /// The signature matches none of the integration's certificates.
    pub(super) fn is_signature(&self) -> bool {
        self.error == "invalid_signature" || self.says("Could not match JWT signature")
    }

    fn says(&self, part: &str) -> bool {
        self.description.contains(part)
    }
}

/// The error for an answer that is no token.
pub(super) fn refused(exchange: &Exchange, reply: &Reply) -> Error {
    let (url, secrets) = (exchange.url(), exchange.secrets);
    let refusal = Refusal::of(reply, secrets);
    let said = match (refusal.error.as_str(), refusal.description.as_str()) {
        ("", _) => format!("{} without an error in JSON", reply.status),
        (error, "") => error.to_owned(),
        (error, description) => format!("{error} ({description})"),
    };
    let trace = trace(reply, secrets);
    let patience = reply.retry_after.map(|wait| wait.min(LONGEST_PATIENCE));
    let unavailable = |what: String| Error::new(Kind::Unavailable, what);
    let mut failure = match reply.status {
        300..=399 => unavailable(format!("{url} answered {} with a redirect to {}, which is not followed{trace}", reply.status, quoted(reply.location.as_deref().unwrap_or("nowhere"), secrets)))
            .hint("a captive portal or a company's proxy may have answered; else \"ims\" in the profile names something that is no IMS"),
        404 | 405 => Error::new(Kind::Setup, format!("there is no token endpoint at {url}: it answered {said}{trace}"))
            .hint("\"ims\" or \"token_path\" in the profile names another one"),
        429 => Error { cool_down: Some(patience.unwrap_or(REFUSAL_STANDS)), ..unavailable(format!("{url} asks for patience: it answered {said}, status 429{trace}")) }
            .hint("Adobe throttles integrations that get too many tokens; one that is cached lasts a day"),
        500..=599 => Error { cool_down: patience.filter(|_| reply.status == 503), ..unavailable(format!("{url} failed: it answered {said}, status {}{trace}", reply.status)) },
        _ => Error { cool_down: Some(REFUSAL_STANDS), ..Error::new(Kind::Refused, format!("Adobe refused the {} at {url}: {said}{trace}", exchange.credential)) },
    };
    if let Some(asked) = reply.retry_after {
        failure = failure.hint(format!(
            "the endpoint asks to be left alone for {} s (Retry-After): try again then",
            asked.as_secs()
        ));
    }
    // A page in place of JSON was not written by IMS: its hints do not apply.
    if !refusal.error.is_empty() || reply.status >= 500 {
        failure = (exchange.advise)(&refusal).into_iter().fold(failure, Error::hint);
    } else if failure.hints.is_empty() {
        failure = failure
            .hint("a company's proxy may have answered; else \"ims\" in the profile names something that is no IMS");
    }
    clocks(reply).into_iter().fold(failure, Error::hint)
}

/// The request's name and time, for Adobe's support.
pub(super) fn trace(reply: &Reply, secrets: &[&str]) -> String {
    let id =
        reply.debug_id.as_deref().map_or("no x-debug-id".into(), |id| format!("x-debug-id {}", quoted(id, secrets)));
    format!("; {id}, {}", clock::rfc3339(clock::now().wall_ms))
}

/// What to do about a refusal at the JWT endpoint.
pub(super) fn advise_jwt(profile: &Profile, refusal: &Refusal) -> Vec<String> {
    let place = &profile.place;
    let first = match refusal.error.as_str() {
        _ if refusal.is_signature() => None,
        "invalid_token" if refusal.says("incorrectly formatted") => {
            Some(format!("the assertion could not be decoded there: is \"ims\" in {place} the right one, and does nothing on the way change requests?"))
        }
        "invalid_token" => Some(format!("the assertion is good for 5 min: is this machine's clock right? else check org_id and technical_account_id in {place}")),
        "invalid_scope" => Some(format!(
            "the integration does not have all of the metascopes in {place}: the console's JWT page lists them, and each belongs to a product that must be added to the project"
        )),
        "invalid_client" => Some(advise_client(profile, refusal)),
        "bad_request" => Some(format!(
            "org_id ends in @AdobeOrg; technical_account_id is the account's ID, which ends in @techacct.adobe.com, and not its email address; check both in {place}"
        )),
        "invalid_jti" => Some("the integration wants each assertion to carry a number of its own (jti), which Adobe asked of very old ones only: make a new credential".into()),
        _ if refusal.status == 500 => Some(
            "seen lastingly once a JWT credential was migrated to OAuth or deleted: trying again will not help then".into(),
        ),
        _ => None,
    };
    first.into_iter().chain([
        "Adobe ended its Developer Console's JWT credentials on 2026-03-01 and turned them into OAuth server-to-server ones; service credentials of AEM as a Cloud Service still use JWT".into(),
        format!(
            r#"client id, secret and technical account go on with OAuth: in {place} write "grant": "adobe-oauth", and "scopes": ["openid", "AdobeID", …] (the console lists yours) in place of "metascopes", "private_key", "certificate" and "passphrase""#
        ),
    ]).collect()
}

/// What to do about a refusal at the OAuth endpoint.
pub(super) fn advise_oauth(profile: &Profile, refusal: &Refusal) -> Vec<String> {
    let place = &profile.place;
    let hint = match refusal.error.as_str() {
        "invalid_client" => advise_client(profile, refusal),
        "invalid_scope" => format!(
            "the credential does not have all of the scopes in {place}: the console's OAuth server-to-server page lists them"
        ),
        "unauthorized_client" | "unsupported_grant_type" => {
            format!(
                "the credential with the client_id in {place} is none for OAuth server-to-server: the console shows its type"
            )
        }
        _ if refusal.status >= 500 => "a fault of Adobe's, most often a passing one: status.adobe.com".into(),
        _ => format!("check client_id, client_secret and scopes in {place} against the console"),
    };
    vec![hint]
}

fn advise_client(profile: &Profile, refusal: &Refusal) -> String {
    let place = &profile.place;
    if refusal.says("client_secret") {
        format!(
            "the client_secret in {place} is not the one of its client_id: copy it from the console again; it may have been rotated"
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
