//! An access token: what may be one, and how long it is valid.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

/// An access token. All its characters can stand unescaped in every output format.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Accepts a `b64token` (RFC 6750, section 2.1) of at most 16 KiB; the error says what is wrong with the text. This
    /// one rule prevents line, quote and shell injection in every output format.
    pub fn parse(text: String) -> Result<Self, &'static str> {
        const LONGEST: usize = 16 * 1024;
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
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

impl TryFrom<String> for AccessToken {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(text)
    }
}

/// For the store's record, the only place besides the answer where a token is written.
impl Serialize for AccessToken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// The result of a grant.
#[derive(Clone, Debug)]
pub struct Token {
    pub access_token: AccessToken,
    /// Names and values of further headers that its APIs require.
    pub headers: Vec<(String, String)>,
    pub lifetime: Lifetime,
    /// For each of the profile's keys with several values, which value the endpoint accepted.
    pub choices: Vec<Choice>,
}

/// Which of a key's several values the endpoint accepted, and which it rejected. A value is identified by a digest of its
/// text in the profile, since its index changes while a secret is rotated.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Choice {
    pub key: String,
    pub taken: String,
    pub refused: Vec<String>,
}

/// How long a token is valid, from the arrival of its answer on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// The server's own, plausible figure.
    Stated(Duration),
    /// The server gave no figure, or an implausible one: the token is cached for this time, and the caller is told no
    /// expiry.
    Assumed(Duration),
}

impl Lifetime {
    pub fn duration(self) -> Duration {
        match self {
            Lifetime::Stated(life) | Lifetime::Assumed(life) => life,
        }
    }

    /// What is left of it after some time.
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

    fn token(text: &str) -> Result<AccessToken, &'static str> {
        AccessToken::parse(text.into())
    }

    #[test]
    fn a_token_has_b64token_characters_and_at_most_16_kib() {
        for byte in 0..=0x7f_u8 {
            let is_allowed = byte.is_ascii_alphanumeric() || b"-._~+/".contains(&byte);
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
    fn a_token_is_written_for_the_store_alone() {
        let token = token("abc==").unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        let json = serde_json::to_string(&token).unwrap();
        assert_eq!(json, "\"abc==\"");
        assert!(serde_json::from_str::<AccessToken>(&json).unwrap() == token);
        assert!(serde_json::from_str::<AccessToken>("\"a b\"").is_err(), "the alphabet holds in the cache as well");
    }

    #[test]
    fn a_lifetime_gets_shorter_and_keeps_its_kind() {
        let seconds = Duration::from_secs;
        assert_eq!(Lifetime::Stated(seconds(9)).less(seconds(4)), Lifetime::Stated(seconds(5)));
        assert_eq!(Lifetime::Assumed(seconds(9)).less(seconds(10)), Lifetime::Assumed(Duration::ZERO));
        assert_eq!(Lifetime::Assumed(seconds(9)).duration(), seconds(9));
    }
}
