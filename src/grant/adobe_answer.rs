//! A successful answer of IMS: the token in it, and how long that lives.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::error::quoted;
use crate::http::Reply;
use crate::token::{AccessToken, Lifetime};

/// The unit of an answer's `expires_in`: it belongs to the endpoint, and nothing in the answer tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `/ims/token/…`, as RFC 6749 has it.
    Seconds,
    /// `/ims/exchange/jwt`.
    Milliseconds,
}

/// The longest life that is believed: Adobe's tokens live a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a token is kept whose life is not known (RFC 6749, section 5.1: `expires_in` is but recommended).
const UNKNOWN: Duration = Duration::from_secs(300);

/// What an answer gives.
pub struct Answer {
    /// The token.
    pub access_token: AccessToken,
    /// How long it lives from the answer on.
    pub lifetime: Lifetime,
}

/// An answer that gives no token.
pub struct Unusable {
    /// What it is, to follow on "the endpoint answered".
    pub what: String,
    /// Whether something other than an endpoint seems to have answered.
    pub is_web_page: bool,
}

/// The token in an answer with the status 200. `secrets` are not repeated, should the endpoint do so.
pub fn read(reply: &Reply, unit: Unit, secrets: &[&str]) -> Result<Answer, Unusable> {
    let body = parse(&reply.body)?;
    // RFC 6749, section 7.1: a token of an unknown type must not be used.
    if !body.token_type.eq_ignore_ascii_case("bearer") {
        return Err(unusable(&format!("with a token of the type {}, not Bearer", quoted(&body.token_type, secrets))));
    }
    let expires_in = body.expires_in.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let claims = Claims::of(&body.access_token);
    let lifetime = lifetime(expires_in.as_ref(), unit, claims.remaining(reply.date));
    Ok(Answer { access_token: body.access_token, lifetime })
}

/// A successful answer (RFC 6749, section 5.1); keys that are not known are passed over.
#[derive(Deserialize)]
struct Body {
    access_token: AccessToken,
    token_type: String,
    /// As it stands: a number that no type holds must not cost the token.
    #[serde(default)]
    expires_in: Option<Box<RawValue>>,
}

fn parse(body: &[u8]) -> Result<Body, Unusable> {
    let body = body.trim_ascii_start();
    if body.is_empty() {
        return Err(unusable("200 with an empty body"));
    }
    if body.starts_with(b"<") {
        return Err(Unusable { is_web_page: true, ..unusable("200 with a web page in place of a token") });
    }
    // serde's own message may quote the token.
    serde_json::from_slice(body).map_err(|error| {
        let token = serde_json::from_slice::<Json>(body)
            .ok()
            .and_then(|json| Some(json.get("access_token")?.as_str()?.to_owned()));
        match token.map(AccessToken::parse) {
            Some(Err(why)) => unusable(&format!("with an access token that {why}")),
            _ if error.is_data() => unusable("with JSON that is no token (RFC 6749, section 5.1)"),
            _ => unusable("with something that is not JSON"),
        }
    })
}

fn unusable(what: &str) -> Unusable {
    Unusable { what: what.into(), is_web_page: false }
}

/// What an access token of IMS says of itself: both in milliseconds, as strings, whatever the endpoint.
#[derive(Default, Deserialize)]
struct Claims {
    created_at: Option<Json>,
    expires_in: Option<Json>,
}

impl Claims {
    fn of(token: &AccessToken) -> Self {
        // Not verified: the endpoint just gave it, and it is a second opinion only.
        jsonwebtoken::dangerous::insecure_decode_claims(token.as_str()).unwrap_or_default()
    }

    /// What is left of the token's life by the server's own clock.
    fn remaining(&self, server_seconds: Option<u64>) -> Option<Duration> {
        let life = u64::try_from(whole(self.expires_in.as_ref()?)?).ok()?;
        let created = self.created_at.as_ref().and_then(whole).and_then(|at| u64::try_from(at).ok());
        let age = match (created, server_seconds) {
            (Some(created), Some(now)) => now.saturating_mul(1000).saturating_sub(created),
            _ => 0,
        };
        Some(Duration::from_millis(life.saturating_sub(age))).filter(|left| !left.is_zero())
    }
}

/// How long the token lives. The answer's `expires_in` is in the endpoint's unit; where the token itself says
/// something that is a thousand times more or less, the unit was another, and the token is right. Else the
/// shorter of the two holds, and never more than a day.
fn lifetime(expires_in: Option<&Json>, unit: Unit, by_claims: Option<Duration>) -> Lifetime {
    let said = expires_in.and_then(whole).map(|number| {
        let number = u64::try_from(number.max(0)).unwrap_or(u64::MAX);
        match unit {
            Unit::Seconds => Duration::from_secs(number),
            Unit::Milliseconds => Duration::from_millis(number),
        }
    });
    match (said, by_claims) {
        (Some(said), Some(claimed)) if is_thousandfold(said, claimed) => Lifetime::Stated(claimed.min(DAY)),
        (Some(said), Some(claimed)) if !said.is_zero() => Lifetime::Stated(said.min(claimed).min(DAY)),
        (_, Some(claimed)) => Lifetime::Stated(claimed.min(DAY)),
        (Some(said), None) if said.is_zero() => Lifetime::Assumed(Duration::ZERO),
        (Some(said), None) => Lifetime::Stated(said.min(DAY)),
        (None, None) => Lifetime::Assumed(UNKNOWN),
    }
}

fn is_thousandfold(a: Duration, b: Duration) -> bool {
    let (less, more) = (a.min(b).as_millis(), a.max(b).as_millis());
    less > 0 && (900..=1100).contains(&(more / less))
}

/// A whole number, as a number or as text. A fraction, or one too large for its type, is none.
fn whole(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| number.as_u64().map(|_| i64::MAX)),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
