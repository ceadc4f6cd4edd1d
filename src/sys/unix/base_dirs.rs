//! Where the platform keeps configuration and caches.

use std::path::PathBuf;

use crate::environment;

const OURS: &str = "jwt-credential";

/// The administrator's configuration. A platform whose users can create files there has none.
pub const SYSTEM_CONFIG: Option<&str> = Some("/etc/jwt-credential");

/// The user's configuration.
#[must_use]
pub fn user_config() -> Option<PathBuf> {
    ours_in(xdg("XDG_CONFIG_HOME").or_else(dirs::config_dir))
}

/// The user's cache.
#[must_use]
pub fn user_cache() -> Option<PathBuf> {
    ours_in(xdg("XDG_CACHE_HOME").or_else(dirs::cache_dir))
}

/// What is kept until the user logs out, for users without a home.
#[must_use]
pub fn user_runtime() -> Option<PathBuf> {
    ours_in(dirs::runtime_dir())
}

/// A relative path is ignored, as the XDG Base Directory Specification says. On macOS `dirs` ignores these variables.
fn xdg(name: &str) -> Option<PathBuf> {
    environment::raw(name).map(PathBuf::from).filter(|path| path.is_absolute())
}

fn ours_in(base: Option<PathBuf>) -> Option<PathBuf> {
    base.map(|base| base.join(OURS))
}
