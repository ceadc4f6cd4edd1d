//! Text for a program that this process starts in its place.

use std::io::{self, Write as _};

use tempfile::NamedTempFile;

/// Text that the next program reads from a path, and that no other user can read: a file in the user's directory for
/// temporary files, which is removed when this is dropped.
pub struct InheritedFile(NamedTempFile);

impl InheritedFile {
    pub fn holding(text: &str) -> io::Result<Self> {
        let mut file = tempfile::Builder::new().prefix(concat!(".", env!("CARGO_PKG_NAME"), "-")).tempfile()?;
        file.write_all(text.as_bytes())?;
        Ok(Self(file))
    }

    /// The path by which the program opens it.
    pub fn path(&self) -> String {
        self.0.path().to_string_lossy().into_owned()
    }
}
