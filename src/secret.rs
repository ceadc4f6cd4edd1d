//! A value that must not be printed.

use std::fmt;

use zeroize::Zeroizing;

/// A secret: no `Display`, a `Debug` that says nothing, wiped when dropped.
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value over.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one place that sends or parses it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// A buffer for what must not be seen, with all its room from the start: one that grows leaves copies behind.
#[must_use]
pub fn buffer(room: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or(0)))
}

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

/// Whether a text begins as the client secrets of Adobe's service accounts and server-to-server credentials do: then
/// it is printed nowhere, wherever it was put.
#[must_use]
pub fn is_adobes(text: &str) -> bool {
    text.starts_with("s8e-") || text.starts_with("p8e-")
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}
