//! Text in the place of an access token.

use jwt_credential::token::SecretText;

use crate::target::texts;

pub fn seeds() -> Vec<Vec<u8>> {
    texts(&[
        "eyJhbGciOiJSUzI1NiJ9.e30.c2ln",
        "a-._~+/==",
        "00D!a",
        "=",
        "a=b",
        "a\nb",
        "a\"b",
        "a b",
        "\u{e9}",
        "$(id)",
    ])
}

/// RFC 6750, section 2.1, letter by letter, and Salesforce's `!`.
pub fn is_token(text: &str) -> bool {
    let mut letters = text.bytes().skip_while(|b| is_letter(*b));
    text.bytes().next().is_some_and(is_letter) && letters.all(|b| b == b'=') && text.len() <= 16 * 1024
}

fn is_letter(b: u8) -> bool {
    matches!(b, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'+' | b'/' | b'!')
}

/// A `b64token` is accepted unchanged, anything else is not, and neither is shown.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let parsed = SecretText::parse(text.to_owned());
    assert_eq!(parsed.is_ok(), is_token(text));
    if let Ok(token) = parsed {
        assert_eq!(token.as_str(), text);
        assert_eq!(format!("{token:?}"), "SecretText(…)");
    }
}
