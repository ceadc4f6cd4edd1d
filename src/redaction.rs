//! What no message repeats: a secret that a server sends back, and a secret, key or profile that the user put in the
//! place of a name or path.

use zeroize::Zeroizing;

use crate::secret::is_recognised;

const REDACTED: &str = "[redacted]";

/// The text without client secrets that can be recognised.
pub fn masked(text: &str) -> String {
    const SHORTEST: usize = 12;
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c));
    redact_words(text, ends, |word| is_recognised(word) && word.len() >= SHORTEST)
}

/// The text without these secrets, as they are, percent-encoded or escaped for JSON; and without anything that looks
/// like a JWT or long base64, which may contain a secret.
pub fn without(text: &str, secrets: &[&str]) -> String {
    const SHORTEST: usize = 4;
    const SHORTEST_BASE64: usize = 24;
    let mut text = text.to_owned();
    for secret in secrets.iter().filter(|secret| secret.len() >= SHORTEST) {
        for form in forms(secret) {
            text = text.replace(&*form, REDACTED);
        }
    }
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "+/=-_.".contains(c));
    let is_base64 = |part: &str| part.len() >= SHORTEST_BASE64 && is_mixed(part);
    redact_words(&text, ends, |word| word.contains("eyJ") || word.split('.').any(is_base64))
}

fn redact_words(text: &str, ends: fn(char) -> bool, is_secret: impl Fn(&str) -> bool) -> String {
    let pieces = text.split_inclusive(ends).map(|piece| {
        let word = piece.trim_end_matches(ends);
        if is_secret(word) { [REDACTED, &piece[word.len()..]] } else { [piece, ""] }
    });
    pieces.flatten().collect()
}

fn forms(secret: &str) -> [Zeroizing<String>; 4] {
    let in_a_form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let in_a_url = in_a_form.replace('+', "%20");
    let in_json = serde_json::to_string(secret).unwrap_or_default();
    let in_json = in_json.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(secret).to_owned();
    [secret.to_owned(), in_a_form, in_a_url, in_json].map(Zeroizing::new)
}

/// A word in quotes, as a message repeats it. Of a text that can be neither a name nor a path, only the length.
pub fn shown(text: &str) -> String {
    if is_plausible(text) { format!("\"{text}\"") } else { format!("({} bytes)", text.len()) }
}

/// Whether a text can be a name or a path.
pub fn is_plausible(text: &str) -> bool {
    // The longest file name on the file systems in use.
    const LONGEST: usize = 255;
    text.len() <= LONGEST && !text.contains(['{', '"', '\'', '\n', '\r']) && !is_key_or_profile(text)
}

/// Whether a text contains JSON, PEM, or base64 that is too long for a name.
pub fn is_key_or_profile(text: &str) -> bool {
    // A slash belongs to base64 as well as to a path.
    let is_path = ["/", "./", "../", "~/"].iter().any(|start| text.starts_with(start));
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "+-_=".contains(c) || (c == '/' && !is_path));
    // The lines of a key have 64 characters in PEM and 76 from base64(1).
    let is_base64 = |word: &str| word.len() >= 100 || (word.len() >= 64 && is_mixed(word));
    text.contains("-----") || is_json(text) || text.split(ends).any(is_base64)
}

/// Whether a text is a JSON object, perhaps in quotes or after a byte order mark.
pub fn is_json(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '\u{feff}' | '"' | '\''));
    text.starts_with('{') && text.contains(':')
}

/// Long base64 has letters of both cases and digits; words, digests and UUIDs do not.
fn is_mixed(word: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| word.as_bytes().iter().any(kind);
    has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;
    use crate::secret::recognise;

    const SECRET: &str = "s8e-aB3+dE/6\"gH~9 xK";

    #[test]
    fn a_secret_is_found_literally_percent_encoded_and_in_json() {
        let in_a_form: String = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let in_json = SECRET.replace('"', "\\\"");
        for said in [SECRET, &in_a_form, &in_a_form.replace('+', "%20"), &in_json] {
            assert_eq!(without(&format!("no client <{said}>, no"), &[SECRET]), "no client <[redacted]>, no");
        }
    }

    #[test]
    fn jwts_and_long_base64_are_redacted() {
        let jwt = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
        let signature = "c2lnbmF0dXJlIG9mIGFuIGFzc2VydGlvbg";
        for said in [jwt, signature, &STANDARD.encode(SECRET), &URL_SAFE.encode(format!("id:{SECRET}"))] {
            assert_eq!(without(&format!("what is {said}?"), &[]), "what is [redacted]?");
        }
    }

    #[test]
    fn other_text_is_not_redacted() {
        for said in [
            "",
            "Could not match JWT signature to any of the bindings",
            "s8e",
            "grün 🔑",
            "YWJj",
            "3c1f0d52-9d3a-4c56-8f2e-0a1b2c3d4e5f",
            "0A1B2C3D4E5F607182930A4B@AcmeOrg lacks ent_smartcontent_sdk",
        ] {
            assert_eq!(without(said, &[SECRET, "abc", ""]), said);
            assert_eq!(without(said, &[]), said);
        }
    }

    #[test]
    fn a_recognised_client_secret_is_masked() {
        recognise(&[&["s8e-", "p8e-"]]);
        assert_eq!(masked("there is no s8e-0123456789, is there"), "there is no [redacted], is there");
        assert_eq!(masked("p8e-0123456789"), "[redacted]");
        for harmless in ["", "s8e-", "s8e-short", "/maps8e-0123456789", "a\nb"] {
            assert_eq!(masked(harmless), harmless);
        }
    }
}
