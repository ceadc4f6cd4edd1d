//! What no message repeats: a secret that a server gives back, or that somebody put in the wrong place.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use crate::secret::is_adobes;
use crate::text::hex;

/// The text without the client secrets of Adobe's that stand in it, as somebody's mistake.
#[must_use]
pub fn masked(text: &str) -> String {
    const SHORTEST: usize = 12;
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c));
    let pieces = text.split_inclusive(ends).map(|piece| {
        let word = piece.trim_end_matches(ends);
        let is_one = is_adobes(word) && word.len() >= SHORTEST;
        if is_one { ["[redacted]", &piece[word.len()..]] } else { [piece, ""] }
    });
    pieces.flatten().collect()
}

/// The text without any of these secrets, as they are or in a form that a server may repeat them in: of JSON, HTML or a
/// form, in hexadecimal, in base64 at any offset. A part of one counts as well, from 8 characters on.
#[must_use]
pub fn without(text: &str, secrets: &[&str]) -> String {
    const SHORTEST_PART: usize = 8;
    // What is longer is cut by whoever shows it.
    const LONGEST_TEXT: usize = 2000;
    let text: Vec<char> = text.chars().take(LONGEST_TEXT).collect();
    let forms: Vec<Zeroizing<String>> = secrets.iter().flat_map(|secret| forms(secret)).collect();
    let mut hidden = vec![false; text.len()];
    for start in 0..text.len() {
        for form in &forms {
            let length = form.chars().count().min(SHORTEST_PART);
            let Some(part) = text.get(start..start + length) else { continue };
            let part: Zeroizing<String> = Zeroizing::new(part.iter().map(char::to_ascii_lowercase).collect());
            if form.contains(&*part) {
                hidden[start..start + length].fill(true);
            }
        }
    }
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.into_iter().enumerate() {
        match (hidden[at], at > 0 && hidden[at - 1]) {
            (false, _) => out.push(c),
            (true, false) => out.push_str("[redacted]"),
            (true, true) => {}
        }
    }
    out
}

/// The forms of a secret, in small letters.
fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    const SHORTEST: usize = 4;
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let in_a_form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let percent: String = secret.bytes().flat_map(|byte| format!("%{byte:02x}").into_bytes()).map(char::from).collect();
    let in_json = serde_json::to_string(secret).unwrap_or_default().trim_matches('"').to_owned();
    let in_html = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut forms = vec![secret.to_owned(), in_a_form, percent, hex(secret.as_bytes()), in_json, in_html];
    for offset in 0..3 {
        // What stands before and after it is not known: the characters that it shares with that are left out.
        let shifted = Zeroizing::new([&[0; 2][..offset], secret.as_bytes()].concat());
        for engine in [&STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let whole = Zeroizing::new(engine.encode(&*shifted));
            let end = whole.len() - usize::from(shifted.len() % 3 != 0);
            forms.push(whole[(offset * 8).div_ceil(6)..end].to_owned());
        }
    }
    forms.into_iter().map(|form| Zeroizing::new(form.to_ascii_lowercase())).collect()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    use super::*;

    const SECRET: &str = "s8e-aB3+dE/6gH~9";

    #[test]
    fn a_secret_is_found_in_every_form_that_a_server_may_repeat_it_in() {
        let percent = SECRET.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        let in_a_form = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let mut said = vec![SECRET.to_owned(), SECRET[2..].to_owned(), in_a_form, percent, hex(SECRET.as_bytes())];
        for before in ["", "x", "id:"] {
            let whole = format!("{before}{SECRET}:");
            said.extend([STANDARD.encode(&whole), URL_SAFE.encode(&whole)]);
        }
        for said in said {
            let shown = without(&format!("no such client: {said}, try another"), &[SECRET]);
            assert!(shown.starts_with("no such client: ") && shown.ends_with(", try another"), "{shown}");
            let left = shown.replace("[redacted]", "");
            assert!(left.len() < "no such client: , try another".len() + 12, "{said} was shown as {shown}");
        }
    }

    #[test]
    fn what_is_no_secret_stays_as_it_is() {
        for said in ["", "Could not match JWT signature to any of the bindings", "s8e", "grün 🔑", "YWJj"] {
            assert_eq!(without(said, &[SECRET, "abc", ""]), said);
            assert_eq!(without(said, &[]), said);
        }
    }

    #[test]
    fn a_client_secret_in_the_wrong_place_is_masked() {
        assert_eq!(masked("there is no s8e-0123456789, is there"), "there is no [redacted], is there");
        assert_eq!(masked("p8e-0123456789"), "[redacted]");
        for harmless in ["", "s8e-", "s8e-short", "/maps8e-0123456789", "a\nb"] {
            assert_eq!(masked(harmless), harmless);
        }
    }
}
