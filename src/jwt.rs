//! What a JWT says of itself (RFC 7519). Nothing is verified: that is the business of the servers that accept it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value as Json};

/// Header and claims of a JWT, without its signature.
pub struct Jwt {
    pub header: Map<String, Json>,
    pub claims: Map<String, Json>,
}

impl Jwt {
    /// `None` if the text is not a signed JWT in the compact form (RFC 7515, section 3.1).
    pub fn parse(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        Some(Self { header: object(header)?, claims: object(claims)? })
    }

    pub fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim)?.as_str()
    }

    /// A time in seconds since 1970; some issuers write a fraction.
    pub fn seconds(&self, claim: &str) -> Option<f64> {
        self.claims.get(claim)?.as_f64()
    }

    /// When it expires, in milliseconds since 1970.
    pub fn ends_ms(&self) -> Option<u64> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from f64 saturates")]
        self.seconds("exp").map(|seconds| (seconds * 1000.0) as u64)
    }
}

/// A claim that is shown to people under a name of its own.
pub struct ShownClaim {
    pub name: &'static str,
    pub label: &'static str,
    pub kind: ClaimKind,
}

/// What a claim's value means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum ClaimKind {
    Text,
    /// A time in seconds since 1970.
    Seconds,
    /// A time in milliseconds since 1970.
    Milliseconds,
    /// A duration in milliseconds.
    Lifetime,
}

impl ShownClaim {
    pub const fn text(name: &'static str, label: &'static str) -> Self {
        Self { name, label, kind: ClaimKind::Text }
    }

    pub const fn of(name: &'static str, label: &'static str, kind: ClaimKind) -> Self {
        Self { name, label, kind }
    }
}

fn object(part: &str) -> Option<Map<String, Json>> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()
}

/// The JSON with every JWT in it replaced: a claim may hold a whole token.
pub fn without_tokens(json: Json) -> Json {
    match json {
        Json::String(text) if text.split_whitespace().any(|word| Jwt::parse(word).is_some()) => "(a JWT)".into(),
        Json::Array(items) => items.into_iter().map(without_tokens).collect(),
        Json::Object(members) => {
            members.into_iter().map(|(name, value)| (name, without_tokens(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn compact(claims: &str) -> String {
        format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#), URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn only_three_parts_with_two_json_objects_are_a_jwt() {
        let jwt = Jwt::parse(&compact(r#"{"sub":"me"}"#)).unwrap();
        assert_eq!((&jwt.header["alg"], &jwt.claims["sub"]), (&json!("none"), &json!("me")));
        let two = compact("{}").rsplit_once('.').unwrap().0.to_owned();
        for other in ["", "a.b.c", "opaque", &compact("[]"), &compact("{"), &two, &(compact("{}") + ".x.y")] {
            assert!(Jwt::parse(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_token_within_a_claim_is_not_shown() {
        let inner = compact("{}");
        let json = json!({"a": inner, "b": [format!("Bearer {inner}"), 1], "c": {"d": "e"}});
        assert_eq!(without_tokens(json), json!({"a": "(a JWT)", "b": ["(a JWT)", 1], "c": {"d": "e"}}));
    }
}
