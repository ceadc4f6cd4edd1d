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
