//! What both of Adobe's grants share: the endpoint, its answer, and how long a token lives.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value as Json;
use serde_json::value::RawValue;

use super::Mint;
use super::adobe_errors::{self, Failure, Refusal};
use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::http::{Http, Reply};
use crate::profile::schema::{self, Field};
use crate::token::{AccessToken, Lifetime, Token};

/// The keys of both grants.
pub(super) const FIELDS: &[Field] = &[
    Field::required("client_id", schema::Kind::Text)
        .spelled(schema::word)
        .asked("client-id", "client ID, also called API key"),
    Field::required("client_secret", schema::Kind::Secret)
        .spelled(client_secret)
        .rotated()
        .asked("client-secret", "client secret"),
    Field::optional("ims", schema::Kind::Text).spelled(schema::origin).or("https://ims-na1.adobelogin.com"),
];

fn client_secret(text: &str) -> Result<String, String> {
    if text.contains("-----BEGIN") {
        return Err("is a private key: the secret is a short word from the console, and the key goes into \
            \"private_key\""
            .into());
    }
    schema::visible(text)
}

/// The rule for `org_id`.
pub(super) fn org_id(text: &str) -> Result<String, String> {
    let id = schema::word(text)?;
    if id.ends_with("@AdobeOrg") { Ok(id) } else { Err("must end in @AdobeOrg, as the console shows it".into()) }
}

/// The rule for `technical_account_id`. Its email address ends alike, and the console shows it first.
pub(super) fn technical_account_id(text: &str) -> Result<String, String> {
    const UUID: [usize; 5] = [8, 4, 4, 4, 12];
    let id = schema::word(text)?;
    let (local, host) = id.split_once('@').unwrap_or((&id, ""));
    if local.split('-').map(str::len).eq(UUID) && host == "techacct.adobe.com" {
        return Err(
            "is the account's email address: its ID has 24 letters and digits before @techacct.adobe.com".into()
        );
    }
    Ok(id)
}

/// What is asked for `org_id`.
pub(super) const ORG_ID: &str = "organization ID, which ends in @AdobeOrg";

/// The unit of an answer's `expires_in`: it belongs to the endpoint, and nothing in the answer tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// `/ims/token/…`, as RFC 6749 has it.
    Seconds,
    /// `/ims/exchange/jwt`.
    Milliseconds,
}

/// The longest life that is believed: Adobe's tokens live a day.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a token is kept whose life is not known (RFC 6749, section 5.1: `expires_in` is but recommended).
const UNKNOWN: Duration = Duration::from_secs(300);

/// The endpoint that the profile names.
pub(super) fn origin(mint: &Mint) -> Result<Origin, Error> {
    let text = mint.profile.required_text("ims", mint.remaining())?;
    Origin::parse(&text).map_err(|what| mint.profile.wrong(&format!("has an \"ims\" that {what}")))
}

/// One exchange with the endpoint.
pub(super) struct Exchange<'a> {
    /// Where.
    pub(super) origin: &'a Origin,
    /// The URL's path.
    pub(super) path: &'a str,
    /// What is sent, as a form.
    pub(super) form: &'a [(&'a str, &'a str)],
    /// Those of the form's values that must not be printed, should the endpoint repeat them.
    pub(super) secrets: &'a [&'a str],
    /// The headers that the token's APIs want beside it.
    pub(super) headers: Vec<(String, String)>,
    /// What is shown to the endpoint, in words.
    pub(super) credential: &'static str,
    /// The unit of its `expires_in`.
    pub(super) unit: Unit,
    /// What to do about a refusal.
    pub(super) advise: &'a dyn Fn(&Refusal) -> Vec<String>,
}

impl Exchange<'_> {
    /// Sends the form and reads the answer: a token, or what the endpoint had against it and what to do.
    pub(super) fn run(&self, mint: &Mint) -> Result<Token, Failure> {
        let ca_file = mint.profile.path("ca_file").map(Into::into);
        let http = Http { origin: self.origin, ca_file, end: mint.end, retries: mint.awaited, log: mint.log };
        let started = Instant::now();
        let reply = http.post_form(self.path, self.form)?;
        let elapsed = started.elapsed();
        if reply.status != 200 {
            return Err(adobe_errors::refused(self, &reply));
        }
        let answer = self.answer(&reply)?;
        let expires_in = answer.expires_in.and_then(|raw| serde_json::from_str(raw.get()).ok());
        let claims = Claims::of(&answer.access_token);
        let lifetime = lifetime(expires_in.as_ref(), self.unit, claims.remaining(reply.date));
        Ok(Token {
            access_token: answer.access_token,
            headers: self.headers.clone(),
            lifetime: lifetime.less(elapsed),
            choices: Vec::new(),
        })
    }

    fn answer(&self, reply: &Reply) -> Result<Answer, Error> {
        let url = self.url();
        let body = reply.body.trim_ascii_start();
        let unusable = |what: &str| {
            Error::new(Kind::Unavailable, format!("{url} answered {what}{}", adobe_errors::trace(reply, self.secrets)))
        };
        if body.is_empty() {
            return Err(unusable("200 with an empty body"));
        }
        if body.starts_with(b"<") {
            return Err(unusable("200 with a web page in place of a token").hint(adobe_errors::NOT_IMS));
        }
        // serde's own message may quote the token.
        let answer: Answer = serde_json::from_slice(body).map_err(|error| {
            let token = serde_json::from_slice::<Json>(body)
                .ok()
                .and_then(|json| Some(json.get("access_token")?.as_str()?.to_owned()));
            match token.map(AccessToken::parse) {
                Some(Err(why)) => unusable(&format!("with an access token that {why}")),
                _ if error.is_data() => unusable("with JSON that is no token (RFC 6749, section 5.1)"),
                _ => unusable("with something that is not JSON"),
            }
        })?;
        // RFC 6749, section 7.1: a token of an unknown type must not be used.
        if answer.token_type.eq_ignore_ascii_case("bearer") {
            Ok(answer)
        } else {
            Err(unusable(&format!("with a token of the type {}, not Bearer", quoted(&answer.token_type, self.secrets))))
        }
    }

    pub(super) fn url(&self) -> String {
        format!("{}{}", self.origin, self.path)
    }
}

/// The headers that Adobe's APIs want beside the token.
pub(super) fn headers(client_id: &str, org_id: Option<&str>) -> Vec<(String, String)> {
    let key = ("x-api-key".to_owned(), client_id.to_owned());
    let org = org_id.map(|org_id| ("x-gw-ims-org-id".to_owned(), org_id.to_owned()));
    std::iter::once(key).chain(org).collect()
}

/// A successful answer (RFC 6749, section 5.1); keys that are not known are passed over.
#[derive(Deserialize)]
struct Answer {
    access_token: AccessToken,
    token_type: String,
    /// As it stands: a number that no type holds must not cost the token.
    #[serde(default)]
    expires_in: Option<Box<RawValue>>,
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
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_unit_belongs_to_the_endpoint() {
        let day = Lifetime::Stated(Duration::from_millis(86_399_999));
        assert_eq!(lifetime(Some(&json!(86_399_999)), Unit::Milliseconds, None), day);
        assert_eq!(lifetime(Some(&json!(86_399)), Unit::Seconds, None), Lifetime::Stated(Duration::from_secs(86_399)));
    }

    #[test]
    fn the_tokens_own_word_corrects_a_wrong_unit() {
        let claimed = Some(DAY);
        for (expires_in, unit) in [(86_399, Unit::Milliseconds), (86_399_999, Unit::Seconds)] {
            assert_eq!(lifetime(Some(&json!(expires_in)), unit, claimed), Lifetime::Stated(DAY));
        }
        let hour = Lifetime::Stated(Duration::from_secs(3599));
        assert_eq!(lifetime(Some(&json!(3599)), Unit::Seconds, claimed), hour, "the shorter one else");
        assert_eq!(lifetime(Some(&json!(86_399)), Unit::Seconds, Some(Duration::from_secs(3599))), hour);
    }

    #[test]
    fn a_life_that_cannot_be_believed_is_cut_or_not_told() {
        let unknown = Lifetime::Assumed(UNKNOWN);
        for odd in [json!(null), json!("soon"), json!(1.5), json!([]), json!({}), json!(true), json!("")] {
            assert_eq!(lifetime(Some(&odd), Unit::Seconds, None), unknown, "{odd}");
        }
        assert_eq!(lifetime(None, Unit::Seconds, None), unknown);
        for over in [json!(0), json!(-1), json!("-86400"), json!(i64::MIN)] {
            assert_eq!(lifetime(Some(&over), Unit::Seconds, None), Lifetime::Assumed(Duration::ZERO), "{over}");
        }
        for absurd in
            [json!(86_401), json!(9_007_199_254_740_993_u64), json!(u64::MAX), json!(i64::MAX), json!("999999999999")]
        {
            assert_eq!(lifetime(Some(&absurd), Unit::Seconds, None), Lifetime::Stated(DAY), "{absurd}");
        }
        assert_eq!(lifetime(Some(&json!("3599")), Unit::Seconds, None), Lifetime::Stated(Duration::from_secs(3599)));
    }
}
