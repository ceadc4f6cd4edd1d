//! A search for canaries: it finds every part of a canary that is too long to be a coincidence, in every form in which
//! a program might write it.

use std::collections::HashMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The length of a recognised part, in the canary's own bytes.
pub(crate) const PIECE: usize = 12;

/// All parts of some canaries, in all forms.
#[derive(Default)]
pub(crate) struct Net {
    /// By length: the parts, and the canary and the form of each.
    pieces: HashMap<usize, Pieces>,
    /// Canaries times forms: the searches in one text.
    pub(crate) forms: usize,
}

#[derive(Default)]
struct Pieces {
    /// All first bytes of parts; most of a text contains none of them.
    beginnings: Vec<bool>,
    of: HashMap<Vec<u8>, String>,
}

impl Net {
    /// A net for these canaries, as names and values.
    pub(crate) fn of(canaries: &[(&str, &[u8])]) -> Self {
        let mut net = Self::default();
        for (name, value) in canaries {
            net.add(name, value);
        }
        net
    }

    fn add(&mut self, name: &str, value: &[u8]) {
        let text = String::from_utf8_lossy(value);
        let each = |form: &dyn Fn(u8) -> String| value.iter().map(|byte| form(*byte)).collect::<String>();
        let json = serde_json::to_string(&text).unwrap();
        let in_a_form: String = form_urlencoded::byte_serialize(value).collect();
        let mut forms: Vec<(&str, usize, Vec<u8>)> = vec![
            ("as it is", PIECE, value.to_vec()),
            ("in small letters", PIECE, value.to_ascii_lowercase()),
            ("backwards", PIECE, value.iter().rev().copied().collect()),
            ("in JSON", PIECE, json.trim_matches('"').into()),
            ("escaped by Rust", PIECE, format!("{text:?}").trim_matches('"').into()),
            ("in a form", PIECE, in_a_form.clone().into()),
            ("in a URL", PIECE, in_a_form.replace('+', "%20").to_lowercase().into()),
            ("in hex", 2 * PIECE, each(&|byte| format!("{byte:02x}")).into()),
            ("in HEX", 2 * PIECE, each(&|byte| format!("{byte:02X}")).into()),
            ("in hex with colons", 3 * PIECE, each(&|byte| format!("{byte:02x}:")).into()),
            ("in a URL, each byte", 3 * PIECE, each(&|byte| format!("%{byte:02X}")).into()),
            ("as numbers", 4 * PIECE, each(&|byte| format!("{byte}, ")).into()),
            (r"in JSON as \u", 6 * PIECE, each(&|byte| format!("\\u{byte:04x}")).into()),
        ];
        // Three alignments, because the text before it shifts the digits.
        for shift in 0..3_usize {
            let moved = value.get(shift..).unwrap_or_default();
            forms.push(("in base64", PIECE / 3 * 4, STANDARD_NO_PAD.encode(moved).into()));
            forms.push(("in base64url", PIECE / 3 * 4, URL_SAFE_NO_PAD.encode(moved).into()));
        }
        for (form, length, bytes) in forms {
            assert!(bytes.len() >= length, "{name} is too short to be a canary");
            self.forms += 1;
            let pieces = self.pieces.entry(length).or_default();
            pieces.beginnings.resize(1 << 16, false);
            for piece in bytes.windows(length) {
                pieces.beginnings[beginning(piece)] = true;
                pieces.of.entry(piece.to_vec()).or_insert_with(|| format!("{name} {form}"));
            }
        }
    }

    /// The canaries in these bytes.
    pub(crate) fn catch(&self, bytes: &[u8]) -> Vec<String> {
        let mut caught: Vec<String> = Vec::new();
        for (length, pieces) in &self.pieces {
            for piece in bytes.windows(*length).filter(|piece| pieces.beginnings[beginning(piece)]) {
                caught.extend(pieces.of.get(piece).cloned());
            }
        }
        caught.sort();
        caught.dedup();
        caught
    }
}

/// A number made of the first bytes.
fn beginning(piece: &[u8]) -> usize {
    piece[..4].iter().fold(0, |number, byte| (number * 31 + usize::from(*byte)) & 0xffff)
}

/// The check of the check: without it, an empty net would pass every test.
#[test]
fn the_net_catches_every_part_of_a_canary_in_every_form() {
    let canary = r#"kX9/vQ2+Lm7=Zt4&Rw8"Ny5\Bc3"#;
    let net = Net::of(&[("it", canary.as_bytes())]);
    let hex = |bytes: &[u8]| {
        bytes.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    };
    for at in 0..=canary.len() - PIECE {
        let piece = &canary[at..at + PIECE];
        let in_json = serde_json::to_string(piece).unwrap();
        let in_a_form: String = form_urlencoded::byte_serialize(piece.as_bytes()).collect();
        // Base64 shares only whole groups with a longer text, so a part has two bytes more.
        let wide = &canary[at..canary.len().min(at + PIECE + 2)];
        let mut texts =
            vec![piece.to_owned(), in_json, in_a_form, hex(piece.as_bytes()), hex(piece.as_bytes()).to_uppercase()];
        if wide.len() == PIECE + 2 {
            texts.extend(["", "a", "ab"].map(|before| STANDARD_NO_PAD.encode(format!("{before}{wide}xyz"))));
            texts.extend(["", "a", "ab"].map(|before| URL_SAFE_NO_PAD.encode(format!("{before}{wide}xyz"))));
        }
        for text in texts {
            assert!(!net.catch(format!("error: {text} is no").as_bytes()).is_empty(), "{text} is not found");
        }
        assert!(net.catch(&canary.as_bytes()[at..at + PIECE - 1]).is_empty(), "a coincidence is reported");
    }
}
