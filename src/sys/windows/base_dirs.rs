//! Where Windows keeps configuration and caches: `%LOCALAPPDATA%`. `%APPDATA%` roams to other machines, and with it a
//! private key would.

use std::path::PathBuf;

const OURS: &str = "jwt-credential";

/// Users can create files in `%ProgramData%`, so that no directory is the administrator's alone.
pub const SYSTEM_CONFIG: Option<&str> = None;

/// The user's configuration.
pub fn user_config() -> Option<PathBuf> {
    dirs::config_local_dir().map(|base| base.join(OURS))
}

/// The user's cache. Windows has one directory for both, and removing a cache must leave the profiles.
pub fn user_cache() -> Option<PathBuf> {
    user_config().map(|ours| ours.join("cache"))
}

/// Windows has no directory that exists until the user logs out.
pub fn user_runtime() -> Option<PathBuf> {
    None
}
