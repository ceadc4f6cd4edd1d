//! What an issuer gives: secret texts by name, and how long they are valid.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

use crate::text::hex;

/// The name of the field that holds a bearer token (RFC 6749, section 5.1).
pub const ACCESS_TOKEN: &str = "access_token";

/// The name by which a schema means the end of a credential's life among its fields.
pub const EXPIRES_AT: &str = "expires_at";

/// The header that carries a token.
#[derive(Clone, Copy)]
pub struct TokenHeader {
    pub name: &'static str,
    /// What its value begins with.
    pub scheme: &'static str,
}

impl TokenHeader {
    /// RFC 6750, section 2.1.
    pub const BEARER: Self = Self { name: "Authorization", scheme: "Bearer " };

    pub fn value(self, token: &str) -> String {
        [self.scheme, token].concat()
    }
}

/// The names of the fields that hold temporary credentials of AWS.
pub const AWS_FIELDS: [&str; 3] = ["access_key_id", "secret_access_key", "session_token"];

/// A secret that an issuer gave, such as an access token, in an alphabet that every output format can carry unescaped.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct SecretText(Zeroizing<String>);

impl SecretText {
    /// Accepts a `b64token` (RFC 6750, section 2.1) of at most 16 KiB; the error completes "the access token …". This
    /// one rule prevents injection into lines, quotes and shells in every output format. Tokens of Salesforce have a `!`
    /// as well, which is harmless where quotes are single.
    pub fn parse(text: String) -> Result<Self, &'static str> {
        const LONGEST: usize = 16 * 1024;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/!".contains(&byte);
        let body = text.trim_end_matches('=');
        if body.is_empty() {
            Err("is empty")
        } else if text.len() > LONGEST {
            Err("is longer than 16 KiB")
        } else if !body.bytes().all(is_allowed) {
            Err("holds characters that no access token has (RFC 6750, section 2.1)")
        } else {
            Ok(Self(text.into()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for SecretText {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

/// For the store's record. Answers to callers are written by the protocols.
impl Serialize for SecretText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretText(…)")
    }
}

/// The secrets of one answer by name. A bearer token is the field [`ACCESS_TOKEN`]; other issuers give several fields.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fields(BTreeMap<String, SecretText>);

impl Fields {
    pub fn of_token(token: SecretText) -> Self {
        Self(BTreeMap::from([(ACCESS_TOKEN.to_owned(), token)]))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(SecretText::as_str)
    }

    /// Whether one of the fields has this text.
    pub fn hold(&self, text: &str) -> bool {
        self.0.values().any(|field| field.as_str() == text)
    }

    /// A salted digest of the texts, by which they can be recognised after they were dropped.
    pub fn digest(&self, salt: &str) -> String {
        let mut digest = Context::new(&SHA256);
        digest.update(salt.as_bytes());
        for text in self.0.values() {
            digest.update(text.as_str().as_bytes());
            digest.update(b"\0");
        }
        hex(digest.finish().as_ref())
    }

    pub fn insert(&mut self, name: &str, text: SecretText) {
        self.0.insert(name.to_owned(), text);
    }
}

/// The result of a grant.
#[derive(Clone, Debug)]
pub struct Token {
    pub fields: Fields,
    /// Headers that its APIs need as well: names and values.
    pub headers: Vec<(String, String)>,
    /// What else the issuer gave that callers need, and that is no secret: names and values.
    pub details: Vec<(String, String)>,
    pub lifetime: Lifetime,
    pub choices: Vec<Choice>,
}

/// Which of several values of a profile's key the endpoint accepted, and which it rejected. Values are named by digests
/// of how the profile gives them, since positions in a list change while a secret is rotated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub key: String,
    pub taken: String,
    pub refused: Vec<String>,
}

impl Choice {
    /// A value that had no alternative.
    pub fn only(key: &str, taken: String) -> Self {
        Self { key: key.to_owned(), taken, refused: Vec::new() }
    }
}

/// How long a token is valid after its answer arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// The server's own, plausible figure.
    Stated(Duration),
    /// The server did not say it, or nothing plausible: the caller is told no expiry, and the token is cached this long.
    Assumed(Duration),
}

impl Token {
    /// The token with what to remember for the next request.
    pub fn remembering(mut self, choices: impl IntoIterator<Item = Choice>) -> Self {
        self.choices.extend(choices);
        self
    }
}

impl Lifetime {
    pub fn duration(self) -> Duration {
        match self {
            Lifetime::Stated(life) | Lifetime::Assumed(life) => life,
        }
    }

    /// The rest of it after some time.
    pub fn less(self, elapsed: Duration) -> Self {
        match self {
            Lifetime::Stated(life) => Lifetime::Stated(life.saturating_sub(elapsed)),
            Lifetime::Assumed(life) => Lifetime::Assumed(life.saturating_sub(elapsed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Result<SecretText, &'static str> {
        SecretText::parse(text.into())
    }

    #[test]
    fn a_token_has_b64token_characters_and_at_most_16_kib() {
        for byte in 0..=0x7f_u8 {
            let is_allowed = byte.is_ascii_alphanumeric() || b"-._~+/!".contains(&byte);
            let c = char::from(byte);
            for text in [format!("{c}a"), format!("a{c}a")] {
                assert_eq!(token(&text).is_ok(), is_allowed, "{text:?}");
            }
            // Padding is allowed at the end only.
            assert_eq!(token(&format!("a{c}")).is_ok(), is_allowed || c == '=', "{c:?}");
        }
        assert!(token(&"a".repeat(16_384)).is_ok());
        assert_eq!(token(&"a".repeat(16_385)).unwrap_err(), "is longer than 16 KiB");
        for empty in ["", "=", "===="] {
            assert_eq!(token(empty).unwrap_err(), "is empty");
        }
        assert!(token("aé").is_err());
    }

    #[test]
    fn only_the_store_serialises_a_token() {
        let token = token("abc==").unwrap();
        assert_eq!(format!("{token:?}"), "SecretText(…)");
        let json = serde_json::to_string(&token).unwrap();
        assert_eq!(json, "\"abc==\"");
        assert!(serde_json::from_str::<SecretText>(&json).unwrap() == token);
        assert!(serde_json::from_str::<SecretText>("\"a b\"").is_err(), "the alphabet holds in the cache as well");
    }

    #[test]
    fn a_lifetime_gets_shorter_and_keeps_its_kind() {
        let seconds = Duration::from_secs;
        assert_eq!(Lifetime::Stated(seconds(9)).less(seconds(4)), Lifetime::Stated(seconds(5)));
        assert_eq!(Lifetime::Assumed(seconds(9)).less(seconds(10)), Lifetime::Assumed(Duration::ZERO));
        assert_eq!(Lifetime::Assumed(seconds(9)).duration(), seconds(9));
    }
}
