//! The cache that a profile shares with other machines.

use serde_json::json;

use super::{doctor, offline};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::redis::{Closed, Redis};
use crate::support::{Home, oauth};

#[test]
fn a_shared_cache_is_checked() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    offline(&home).has_no("ok shared.settings").has_no("warn shared.settings");
    let mut profile = oauth(&endpoint.origin());
    profile["shared_cache"] = json!("http://:pass-word@127.0.0.1");
    home.profile("default", &profile);
    doctor(&home, &[], &[])
        .has("warn shared.settings", "default", &["a scheme other than", "correct \"shared_cache\""])
        .has("skipped shared.server", "default", &["cannot be used"]);
    let closed = Closed::new();
    profile["shared_cache"] = json!(closed.url());
    home.profile("default", &profile);
    doctor(&home, &[], &[]).has("ok shared.settings", "default", &[&closed.url()]).has(
        "warn shared.server",
        "default",
        &["refused", "check that the server runs"],
    );
}

#[test]
fn a_profile_that_cannot_seal_is_told_how() {
    let home = Home::new();
    let profile = json!({"grant": "token-exchange", "token_url": "http://127.0.0.1:1/", "client_id": "c",
        "subject_token": {"env": "SUBJECT"}, "shared_cache": "redis://127.0.0.1:1"});
    home.profile("default", &profile);
    doctor(&home, &["--offline"], &[("SUBJECT", "a-subject-token")]).has(
        "warn shared.settings",
        "default",
        &["\"shared_cache_key\"", "openssl rand -base64 32"],
    );
}

#[test]
fn a_server_that_denies_a_command_is_found() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let Some(redis) = Redis::start(&home) else { return };
    let mut profile = oauth(&endpoint.origin());
    profile["shared_cache"] = json!(redis.url());
    home.profile("default", &profile);
    doctor(&home, &[], &[]).has("ok shared.server", "default", &["allows every command"]);
    assert!(redis.keys().iter().all(|key| !key.contains("probe")));
    for denied in ["-eval", "-set", "-mget", "-time", "-del"] {
        redis.cli(&["acl", "setuser", "default", "allcommands", denied]);
        doctor(&home, &[], &[]).has("warn shared.server", "default", &["it answered ", "ACL"]);
    }
}
