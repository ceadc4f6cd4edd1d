//! Name look-ups.

use std::io;

/// Whether an error says that a name was not found. getaddrinfo(3) has error codes of its own, which std reports without a
/// code of the operating system.
pub fn is_lookup_failure(error: &io::Error) -> bool {
    error.raw_os_error().is_none()
}
