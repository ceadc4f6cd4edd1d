//! Where the platform keeps configuration and caches.

use std::path::PathBuf;

use crate::environment;

const OURS: &str = "jwt-credential";

/// The administrator's configuration. A platform whose users can create files there has none.
pub const SYSTEM_CONFIG: Option<&str> = Some("/etc/jwt-credential");

/// The user's configuration. On macOS `dirs` ignores the XDG variables.
pub fn user_config() -> Option<PathBuf> {
    ours_in(environment::path_if_absolute("XDG_CONFIG_HOME").or_else(dirs::config_dir))
}

/// The user's cache.
pub fn user_cache() -> Option<PathBuf> {
    ours_in(environment::path_if_absolute("XDG_CACHE_HOME").or_else(dirs::cache_dir))
}

/// A directory that exists until the user logs out, for users without a home.
pub fn user_runtime() -> Option<PathBuf> {
    ours_in(dirs::runtime_dir())
}

/// A relative directory is ignored, as the XDG Base Directory Specification says of its variables. With `HOME=.` the
/// owner of the current directory would choose the profiles.
fn ours_in(base: Option<PathBuf>) -> Option<PathBuf> {
    base.filter(|base| base.is_absolute()).map(|base| base.join(OURS))
}
