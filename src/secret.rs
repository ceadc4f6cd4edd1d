//! A value that must not be printed.

use std::fmt;
use std::sync::OnceLock;

use zeroize::Zeroizing;

/// A secret: it has no `Display`, its `Debug` says nothing, and it is wiped when dropped.
///
/// ```compile_fail
/// let secret = jwt_credential::secret::Secret::new("s8e-word".into());
/// format!("{secret}");
/// ```
pub struct Secret(Zeroizing<String>);

impl Secret {
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself, for the one place that sends or parses it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A buffer for a secret, with all its room from the start: one that grows leaves copies behind.
pub fn buffer(room: u64) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(usize::try_from(room).unwrap_or(0)))
}

static PREFIXES: OnceLock<&[&[&str]]> = OnceLock::new();

/// Sets how the providers' client secrets begin. `main` calls this before anything is read or printed.
pub fn recognise(prefixes: &'static [&'static [&'static str]]) {
    let _ = PREFIXES.set(prefixes);
}

/// Whether a text begins like a provider's client secrets. Such text is never printed, wherever the user put it.
pub fn is_recognised(text: &str) -> bool {
    let mut prefixes = PREFIXES.get().copied().unwrap_or_default().iter().copied().flatten();
    prefixes.any(|prefix| text.starts_with(prefix))
}
