//! What machines share, and what they do not.

use std::fs;
use std::process::Stdio;

use serde_json::{Value as Json, json};

use super::{Fleet, VARIABLE};
use crate::support::clocks::Clocks;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, Ran, SECRET, oauth};

#[test]
fn machines_share_one_token() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(mut fleet) = Fleet::new(&endpoint) else { return };
    for machine in 0..3 {
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
    // It is on each machine's disk: a cached call needs no server.
    fleet.redis.kill();
    let before = fs::read(fleet.home.path("machine-2/shared-caches.v1")).unwrap();
    assert_eq!(Ran::of(&mut fleet.on(2, &["token", "-v"])).stdout, "token-1\n");
    assert_eq!(fs::read(fleet.home.path("machine-2/shared-caches.v1")).unwrap(), before, "the server was asked");
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn a_profile_may_name_its_shared_cache() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut profile = oauth(&endpoint.origin());
    for shared in [json!(format!("{}/1?prefix=mine:", fleet.redis.url())), json!({"env": "SHARED"})] {
        profile["shared_cache"] = shared;
        fleet.home.profile("default", &profile);
        for machine in 0..2 {
            let mut call = fleet.on(machine, &["token"]);
            // The profile's own goes before the variable.
            call.env(VARIABLE, "redis://127.0.0.1:9").env("SHARED", format!("{}/1?prefix=mine:", fleet.redis.url()));
            assert_eq!(Ran::of(&mut call).succeeds().stdout, "token-1\n");
        }
    }
    assert_eq!((endpoint.count(), fleet.redis.keys().len()), (1, 0), "database 0 is not used");
    assert!(fleet.redis.cli(&["-n", "1", "keys", "*"]).starts_with("mine:"));
}

#[test]
fn a_call_without_the_cache_passes_the_shared_one_over() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    assert_eq!(Ran::of(&mut fleet.on(1, &["token", "--no-cache"])).succeeds().stdout, "token-2\n");
    assert_eq!(Ran::of(&mut fleet.on(1, &["token"])).succeeds().stdout, "token-1\n");
}

#[test]
fn a_newer_token_is_requested_and_shared() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    Ran::of(&mut fleet.on(0, &["token"])).succeeds();
    assert_eq!(Ran::of(&mut fleet.on(1, &["token", "--refresh"])).succeeds().stdout, "token-2\n");
    assert_eq!(Ran::of(&mut fleet.on(2, &["token"])).succeeds().stdout, "token-2\n");
}

#[test]
fn a_refusal_is_shared_until_the_secret_changes() {
    let endpoint = Endpoint::always(Answer::refusal(401, "invalid_client", "invalid client_secret parameter"));
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    Ran::of(&mut fleet.on(0, &["token"])).fails(4, &["invalid_client"]);
    Ran::of(&mut fleet.on(1, &["token"])).fails(4, &["invalid_client", "not asked again before "]);
    assert_eq!(endpoint.count(), 1);
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!("s8e-another-secret");
    fleet.home.profile("default", &profile);
    Ran::of(&mut fleet.on(2, &["token"])).fails(4, &[]);
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn profiles_with_different_secrets_do_not_meet() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut other = oauth(&endpoint.origin());
    other["client_secret"] = json!("s8e-another-secret");
    fleet.home.profile("other", &other);
    for _ in 0..2 {
        assert_eq!(Ran::of(&mut fleet.on(0, &["token", "-p", "default"])).succeeds().stdout, "token-1\n");
        assert_eq!(Ran::of(&mut fleet.on(1, &["token", "-p", "other"])).succeeds().stdout, "token-2\n");
    }
    assert_eq!(fleet.redis.keys().len(), 2);
}

/// A machine whose profile already has the new secret alone uses what one in rotation got with it.
#[test]
fn a_record_belongs_to_the_secret_that_was_accepted() {
    let endpoint = Endpoint::new(|asked, number| match asked.field("client_secret").as_deref() {
        Some("s8e-new-secret-of-the-client") => Answer::token(&format!("token-{number}"), DAY),
        _ => Answer::refusal(401, "invalid_client", "invalid client_secret parameter"),
    });
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut profile = oauth(&endpoint.origin());
    for (machine, secrets) in [
        json!([SECRET, "s8e-new-secret-of-the-client"]),
        json!("s8e-new-secret-of-the-client"),
        json!(["s8e-new-secret-of-the-client", "s8e-third"]),
    ]
    .into_iter()
    .enumerate()
    {
        profile["client_secret"] = secrets;
        fleet.home.profile("default", &profile);
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout, "token-2\n", "machine {machine}");
    }
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn a_private_key_seals_as_well() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    fleet.home.jwt_at(&endpoint);
    for machine in 0..2 {
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token"])).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn forget_drops_the_shared_token_too() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    for (number, machine) in [(1, 0), (2, 1)] {
        Ran::of(&mut fleet.on(0, &["token"])).succeeds();
        // A machine without a record derives the names from the secret.
        Ran::of(&mut fleet.on(machine, &["forget"])).succeeds();
        assert_eq!(fleet.redis.keys(), [""; 0], "{number}");
        Ran::of(&mut fleet.on(0, &["forget"])).succeeds();
    }
    assert_eq!(endpoint.count(), 2);
}

/// Runs git's command for a rejected password on a machine.
fn erase(fleet: &Fleet, machine: usize, token: &str) {
    let mut command = fleet.on(machine, &["git", "erase"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    let text = format!("protocol=https\nhost=git.example.com\nusername=oauth2\npassword={token}\n\n");
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), text.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
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
    erase(&fleet, 0, "token-1");
    assert_eq!(fleet.redis.keys(), ["kept"]);
    assert_eq!(token(0), "token-2\n");
    // The late rejection of another machine leaves the new token.
    erase(&fleet, 1, "token-1");
    assert_eq!(token(1), "token-2\n");
    // The old record is put back: it opens, and machine 0 knows its token.
    erase(&fleet, 0, "token-2");
    fleet.redis.cli(&["copy", "kept", &name]);
    assert_eq!(token(0), "token-3\n");
    assert_eq!(endpoint.count(), 3);
}

#[test]
fn the_clock_of_a_machine_does_not_matter() {
    let endpoint = Endpoint::tokens(3600);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let Some(clocks) = Clocks::new(&fleet.home) else { return };
    for (machine, hours) in [(0, 1), (1, 0), (2, -1), (3, 24)] {
        clocks.set(hours * 3600, 0);
        let json = Ran::of(clocks.rule(&mut fleet.on(machine, &["json"]))).succeeds().json();
        assert_eq!(json["access_token"], "token-1", "{hours} h");
        let here = humantime::parse_rfc3339(json["expires_at"].as_str().unwrap()).unwrap();
        let expected = std::time::SystemTime::now().checked_add(std::time::Duration::from_secs(3600)).unwrap();
        let offset = std::time::Duration::from_secs(u64::try_from(hours.abs() * 3600).unwrap());
        let expected = if hours < 0 { expected - offset } else { expected + offset };
        let apart = here.duration_since(expected).unwrap_or_else(|error| error.duration());
        assert!(apart.as_secs() < 60, "{hours} h: {apart:?}");
    }
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn a_profile_without_a_lasting_secret_needs_a_key() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let mut profile = json!({"grant": "token-exchange", "token_url": format!("{}/token", endpoint.origin()),
        "client_id": "c", "client_secret": "p-secret", "subject_token": {"env": "SUBJECT"}});
    let run = |profile: &Json, machine| {
        fleet.home.profile("default", profile);
        Ran::of(fleet.on(machine, &["token"]).env("SUBJECT", "a-subject-token")).succeeds().stdout
    };
    assert_eq!((run(&profile, 0), run(&profile, 1)), ("token-1\n".into(), "token-2\n".into()));
    let status = Ran::of(fleet.on(0, &["status"]).env("SUBJECT", "a-subject-token")).stdout;
    assert!(status.contains("\"shared_cache_key\" in the profile"), "{status}");
    profile["shared_cache_key"] = json!("too short");
    assert_eq!(run(&profile, 2), "token-3\n");
    profile["shared_cache_key"] = json!("a key with at least thirty-two characters");
    assert_eq!((run(&profile, 3), run(&profile, 4)), ("token-4\n".into(), "token-4\n".into()));
}

#[test]
fn programs_do_not_inherit_the_variable() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    let ran = Ran::of(&mut fleet.on(0, &["exec", "--", "env"])).succeeds();
    assert!(ran.stdout.contains("ACCESS_TOKEN=token-1") && !ran.stdout.contains(VARIABLE), "{ran:?}");
}

#[test]
fn the_shared_cache_is_no_part_of_the_identity() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    home.run(["token"]).succeeds();
    let ran = Ran::of(home.command(["token"]).env(VARIABLE, "redis://127.0.0.1:9")).succeeds();
    assert_eq!((ran.stdout.as_str(), endpoint.count()), ("token-1\n", 1));
}
