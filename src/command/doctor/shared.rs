//! The cache that a profile shares with other machines: whether it can be used, and whether its server does what is asked
//! of it. Calls go on without it, so that nothing here is a failure.

use super::finding::{Finding, ok, skipped, warn};
use crate::call::Call;
use crate::profile::Profile;
use crate::profile_tokens;

const SETTINGS: &str = "shared.settings";
const SERVER: &str = "shared.server";

/// What the profile and the environment say. Nothing is sent.
pub(super) fn settings(profile: &Profile, call: &Call) -> Option<Finding> {
    let name = profile.place.name();
    let state = profile_tokens::shared_cache(call, profile).ok()??.state();
    Some(match (state.unusable, state.address) {
        (None, Some(address)) => ok(SETTINGS, name, format!("tokens are shared through {address}")),
        (Some(trouble), Some(_)) => {
            let fix = "add a \"shared_cache_key\" to the profile: openssl rand -base64 32 makes one";
            warn(SETTINGS, name, trouble, fix)
        }
        (trouble, None) => {
            let fix = "correct \"shared_cache\" in the profile, or JWT_CREDENTIAL_SHARED_CACHE";
            warn(SETTINGS, name, trouble.unwrap_or_default(), fix)
        }
    })
}

/// Whether the server does what a call asks of it.
pub(super) fn server(profile: &Profile, call: &Call) -> Option<Finding> {
    let name = profile.place.name();
    let shared = profile_tokens::shared_cache(call, profile).ok()??;
    let state = shared.state();
    let Some(address) = state.address.filter(|_| state.unusable.is_none()) else {
        return Some(skipped(SERVER, name, "the shared cache cannot be used"));
    };
    Some(match shared.probe(&call.deadline.anew()) {
        Ok(()) => ok(SERVER, name, format!("{address} answers, and allows every command")),
        Err(trouble) => {
            let fix = "check that the server runs, and its user, password and ACL";
            warn(SERVER, name, format!("{address}: {trouble}"), fix)
        }
    })
}
