//! A successful answer (RFC 6749, section 5.1): the token in it, and how long it lives.

use std::time::Duration;

use serde_json::Value as Json;
use serde_json::value::RawValue;

use crate::clock;
use crate::error::quoted;
use crate::http::Reply;
use crate::json_members::Members;
use crate::jwt::Jwt;
use crate::token::{ACCESS_TOKEN, Fields, Lifetime, SecretText};

/// How an endpoint answers.
pub struct Format {
    /// Where the answer's JSON has each field: the field's name, and a path of members. Each must be there.
    pub fields: &'static [(&'static str, &'static [&'static str])],
    /// What `token_type` may be, in lower case; `""`: it may be missing. RFC 6749, section 7.1: a token of an unknown type
    /// must not be used.
    pub types: &'static [&'static str],
    /// Where the answer's JSON has the token's life or end.
    pub expires: &'static [&'static str],
    pub expires_in: Unit,
    /// A longer life is cut to this.
    pub longest: Duration,
    /// The remaining life by the token's own claims, if it has such. The second argument is the server's clock in seconds
    /// since 1970.
    pub claimed: fn(&str, Option<u64>) -> Option<Duration>,
}

/// The unit of the token's life. Nothing in the answer tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// As RFC 6749 has it.
    Seconds,
    Milliseconds,
    /// Not a life, but the time of its end (RFC 3339).
    EndsAt,
}

/// An id token in place of an access token: its life is in its claims.
pub static ID_TOKEN: Format = Format {
    fields: &[(ACCESS_TOKEN, &["id_token"])],
    types: &["bearer", ""],
    expires: &["expires_in"],
    expires_in: Unit::Seconds,
    longest: Duration::from_secs(24 * 60 * 60),
    claimed: by_exp,
};

/// The remaining life of a JWT by its `exp` and, without the server's clock, its `iat` (RFC 7519, section 4.1).
pub fn by_exp(token: &str, server: Option<u64>) -> Option<Duration> {
    let jwt = Jwt::parse(token)?;
    #[expect(clippy::cast_precision_loss, reason = "a time in seconds")]
    let now = server.map(|server| server as f64).or(jwt.seconds("iat"))?;
    Duration::try_from_secs_f64(jwt.seconds("exp")? - now).ok().filter(|left| !left.is_zero())
}

/// How long a token is cached if its life is unknown: `expires_in` is only recommended (RFC 6749, section 5.1).
const UNKNOWN: Duration = Duration::from_secs(300);

/// The token in an answer, and its life from then on. An error follows "the endpoint answered", and does not repeat
/// `secrets`, even if the endpoint does.
pub fn read(reply: &Reply, format: &Format, secrets: &[&str]) -> Result<(Fields, Lifetime), String> {
    let body = reply.body.trim_ascii_start();
    if body.is_empty() {
        return Err(format!("{} with an empty body", reply.status));
    }
    if body.starts_with(b"<") {
        return Err(format!("{} with a web page in place of a token", reply.status));
    }
    let Members(members) = parse(body)?;
    let mut fields = Fields::default();
    for (name, path) in format.fields {
        let field = text(lead(&members, path)?).ok_or_else(|| lacks(&members))?;
        let field = SecretText::parse(field).map_err(|why| format!("with an access token that {why}"))?;
        fields.insert(name, field);
    }
    let token_type = text(member(&members, "token_type")?);
    let is_known = |known: &&str| token_type.as_deref().unwrap_or_default().eq_ignore_ascii_case(known);
    match &token_type {
        _ if format.types.iter().any(is_known) => {}
        None => return Err(no_token()),
        Some(dpop) if dpop.eq_ignore_ascii_case("dpop") => {
            return Err(
                "with a token for DPoP (RFC 9449), which no tool can send as it is: switch DPoP off for this client"
                    .into(),
            );
        }
        Some(other) => return Err(format!("with a token of the type {}, not Bearer", quoted(other, secrets))),
    }
    let expires = lead(&members, format.expires)?.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let expires_in = match format.expires_in {
        Unit::EndsAt => expires.as_ref().and_then(|end| seconds_until(end, reply.date)).map(Json::from),
        _ => expires,
    };
    let claimed = fields.get(ACCESS_TOKEN).and_then(|token| (format.claimed)(token, reply.date));
    let lifetime = lifetime(expires_in.as_ref(), format, claimed);
    Ok((fields, lifetime))
}

/// These members of an answer, as far as they are short texts that any program can print.
pub(super) fn details(reply: &Reply, names: &[&str]) -> Vec<(String, String)> {
    const LONGEST: usize = 2048;
    let Ok(Members(members)) = parse(&reply.body) else { return Vec::new() };
    let is_plain = |text: &String| text.len() <= LONGEST && text.bytes().all(|byte| byte.is_ascii_graphic());
    let detail = |name: &&str| Some(((*name).to_owned(), text(member(&members, name).ok()?).filter(is_plain)?));
    names.iter().filter_map(detail).collect()
}

fn parse(json: &[u8]) -> Result<Members<'_>, String> {
    // serde's message may quote the token.
    serde_json::from_slice(json)
        .map_err(|error| if error.is_data() { no_token() } else { "with something that is not JSON".into() })
}

/// A member; an error if it occurs twice.
fn member<'a>(members: &[(String, &'a RawValue)], name: &str) -> Result<Option<&'a RawValue>, String> {
    let mut found = members.iter().filter(|(had, _)| had == name).map(|(_, value)| *value);
    match (found.next(), found.next()) {
        (_, Some(_)) => Err(no_token()),
        (one, None) => Ok(one),
    }
}

/// The value at a path of members.
fn lead<'a>(members: &[(String, &'a RawValue)], path: &[&str]) -> Result<Option<&'a RawValue>, String> {
    let Some((name, rest)) = path.split_first() else { return Ok(None) };
    match member(members, name)? {
        Some(value) if !rest.is_empty() => lead(&parse(value.get().as_bytes())?.0, rest),
        value => Ok(value),
    }
}

fn text(value: Option<&RawValue>) -> Option<String> {
    serde_json::from_str(value?.get()).ok()
}

/// What is wrong with an answer that lacks the token. Google gives an id token alone if one scope is unknown.
fn lacks(members: &[(String, &RawValue)]) -> String {
    match member(members, "id_token") {
        Ok(Some(_)) => "with an id_token and no access_token: is one of the \"scopes\" unknown there?".into(),
        _ => no_token(),
    }
}

fn no_token() -> String {
    "with JSON that is no token (RFC 6749, section 5.1)".into()
}

/// How long the token lives. If the answer and the token's claims differ by a factor of a thousand, the answer used the
/// other unit, and the claims are right. Otherwise the shorter of the two counts.
fn lifetime(expires_in: Option<&Json>, format: &Format, by_claims: Option<Duration>) -> Lifetime {
    let longest = format.longest;
    let said = expires_in.and_then(whole).map(|number| {
        let number = u64::try_from(number.max(0)).unwrap_or(u64::MAX);
        match format.expires_in {
            Unit::Seconds | Unit::EndsAt => Duration::from_secs(number),
            Unit::Milliseconds => Duration::from_millis(number),
        }
    });
    match (said, by_claims) {
        (Some(said), Some(claimed)) if is_thousandfold(said, claimed) => Lifetime::Stated(claimed.min(longest)),
        (Some(said), Some(claimed)) if !said.is_zero() => Lifetime::Stated(said.min(claimed).min(longest)),
        (_, Some(claimed)) => Lifetime::Stated(claimed.min(longest)),
        (Some(said), None) if said.is_zero() => Lifetime::Assumed(Duration::ZERO),
        (Some(said), None) => Lifetime::Stated(said.min(longest)),
        (None, None) => Lifetime::Assumed(UNKNOWN),
    }
}

/// The seconds until a time, by the server's clock if it told it.
fn seconds_until(end: &Json, server: Option<u64>) -> Option<u64> {
    let end = clock::parse_rfc3339(end.as_str()?)? / 1000;
    Some(end.saturating_sub(server.unwrap_or_else(|| clock::now().wall_ms / 1000)))
}

fn is_thousandfold(a: Duration, b: Duration) -> bool {
    let (less, more) = (a.min(b).as_millis(), a.max(b).as_millis());
    less > 0 && (900..=1100).contains(&(more / less))
}

/// A whole number, given as a number or as text.
pub fn whole(json: &Json) -> Option<i64> {
    match json {
        Json::Number(number) => number.as_i64().or_else(|| number.as_u64().map(|_| i64::MAX)),
        Json::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
