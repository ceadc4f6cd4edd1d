//! What removes a token removes the shared one too, also on a machine with an empty disk.

use serde_json::json;

use super::Fleet;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::fed;
use crate::support::{Ran, SECRET, oauth};

/// Machine 0 got a token and shares it.
#[track_caller]
fn shared(endpoint: &Endpoint) -> Option<Fleet> {
    let fleet = Fleet::new(endpoint)?;
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["git.example.com"]);
    fleet.home.profile("default", &profile);
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    assert_eq!(fleet.redis.keys().len(), 1);
    Some(fleet)
}

#[test]
fn forget_drops_the_shared_token_too() {
    for machine in 0..2 {
        let endpoint = Endpoint::tokens(DAY);
        let Some(fleet) = shared(&endpoint) else { return };
        let ran = Ran::of(&mut fleet.on(machine, &["forget"])).succeeds();
        assert!(ran.stdout.starts_with("forgot the token of ") && ran.stderr.is_empty(), "{machine}: {ran:?}");
        assert_eq!(fleet.redis.keys(), [""; 0], "{machine}");
        let ran = Ran::of(&mut fleet.on(2, &["forget"])).succeeds();
        assert!(ran.stdout.starts_with("no token was cached"), "{ran:?}");
    }
}

/// The token of the other secret must not come back.
#[test]
fn forget_drops_the_records_of_all_secrets() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut profile = oauth(&endpoint.origin());
    for (machine, secrets) in [(0, json!(SECRET)), (1, json!(["s8e-new-secret-of-the-client", SECRET]))] {
        profile["client_secret"] = secrets;
        fleet.home.profile("default", &profile);
        Ran::of(&mut fleet.on(machine, &["token", "--refresh"])).succeeds();
    }
    assert_eq!((endpoint.count(), fleet.redis.keys().len()), (2, 2));
    Ran::of(&mut fleet.on(1, &["forget"])).succeeds();
    assert_eq!(fleet.redis.keys(), [""; 0]);
}

#[test]
fn delete_drops_the_shared_token_too() {
    for machine in 0..2 {
        let endpoint = Endpoint::tokens(DAY);
        let Some(fleet) = shared(&endpoint) else { return };
        let ran = Ran::of(&mut fleet.on(machine, &["delete", "default", "--yes"])).succeeds();
        assert!(ran.stderr.is_empty(), "{machine}: {ran:?}");
        assert_eq!(fleet.redis.keys(), [""; 0], "{machine}");
    }
}

#[test]
fn revoke_ends_the_token_that_other_machines_share() {
    for machine in 0..2 {
        let endpoint = Endpoint::new(|asked, number| {
            let is_revocation = asked.line.contains("/ims/revoke");
            if is_revocation { Answer::json(200, &json!({})) } else { Answer::token(&format!("token-{number}"), DAY) }
        });
        let Some(fleet) = shared(&endpoint) else { return };
        // Another machine has shared a newer token since.
        Ran::of(&mut fleet.on(2, &["token", "--refresh"])).succeeds();
        let ran = Ran::of(&mut fleet.on(machine, &["revoke", "default", "--yes"])).succeeds();
        assert!(ran.stdout.starts_with("revoked ") && ran.stderr.is_empty(), "{machine}: {ran:?}");
        assert_eq!(fleet.redis.keys(), [""; 0], "{machine}");
        let ended: Vec<String> = endpoint.asked().iter().filter_map(|asked| asked.field("token")).collect();
        // Machine 0 has the older token as well.
        assert_eq!(ended, ["token-1", "token-2"][machine..], "{machine}");
    }
}

/// What is not reached is said in one line, and is no error.
#[test]
fn a_shared_token_that_may_be_left_is_named() {
    let endpoint = Endpoint::tokens(DAY);
    // Machine 0 has the token, and machine 1 has none.
    let calls: [(usize, &[&str]); 7] = [
        (0, &["forget"]),
        (1, &["forget"]),
        (0, &["delete", "default", "--yes"]),
        (1, &["delete", "default", "--yes"]),
        (1, &["revoke", "default", "--yes"]),
        (0, &["git", "erase"]),
        (1, &["git", "erase"]),
    ];
    for (machine, args) in calls {
        let Some(mut fleet) = shared(&endpoint) else { return };
        fleet.redis.kill();
        let token = format!("token-{}", endpoint.count());
        let ran = if args[0] == "git" { erase(&fleet, machine, &token) } else { Ran::of(&mut fleet.on(machine, args)) };
        let line = format!("jwt-credential: warning: {} may still have the token: ", fleet.redis.url());
        let is_told = ran.stderr.starts_with(&line) && ran.stderr.lines().count() == 1;
        assert!(ran.code == 0 && is_told, "{args:?} {machine}: {ran:?}");
    }
}

/// Runs git's command for a rejected password on a machine.
fn erase(fleet: &Fleet, machine: usize, token: &str) -> Ran {
    let mut command = fleet.on(machine, &["git", "erase"]);
    let text = format!("protocol=https\nhost=git.example.com\nusername=oauth2\npassword={token}\n\n");
    fed(&mut command, &text)
}

#[test]
fn a_rejection_on_an_empty_disk_drops_this_token_alone() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = shared(&endpoint) else { return };
    erase(&fleet, 1, "token-0").succeeds();
    assert_eq!(fleet.redis.keys().len(), 1);
    erase(&fleet, 2, "token-1").succeeds();
    assert_eq!(fleet.redis.keys(), [""; 0]);
}

#[test]
fn a_rejected_token_is_dropped_and_not_taken_again() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["git.example.com"]);
    fleet.home.profile("default", &profile);
    let token = |machine| Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout;
    assert_eq!((token(0), token(1)), ("token-1\n".into(), "token-1\n".into()));
    let name = fleet.redis.keys().remove(0);
    fleet.redis.cli(&["copy", &name, "kept"]);
    erase(&fleet, 0, "token-1").succeeds();
    assert_eq!(fleet.redis.keys(), ["kept"]);
    assert_eq!(token(0), "token-2\n");
    // The late rejection of another machine leaves the new token.
    erase(&fleet, 1, "token-1").succeeds();
    assert_eq!(token(1), "token-2\n");
    // The old record is put back: it opens, and machine 0 knows its token.
    erase(&fleet, 0, "token-2").succeeds();
    fleet.redis.cli(&["copy", "kept", &name]);
    assert_eq!(token(0), "token-3\n");
    assert_eq!(endpoint.count(), 3);
}
