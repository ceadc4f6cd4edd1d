//! A value that must not be printed.

use std::fmt;

use zeroize::Zeroizing;

/// A secret: no `Display`, a `Debug` that says nothing, wiped when dropped.
///
/// ```compile_fail
/// let secret = jwt_credential::secret::Secret::new("s8e-word".into());
/// format!("{secret}");
/// ```
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
