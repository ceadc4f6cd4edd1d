//! What machines share, and what they do not.

use std::fs;
use std::thread;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{Fleet, VARIABLE};
use crate::support::clocks::Clocks;
use crate::support::downloads::Account;
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
fn the_token_of_a_new_profiles_test_is_shared() {
    let endpoint = Endpoint::tokens(DAY);
    let Some(fleet) = Fleet::new(&endpoint) else { return };
    fleet.home.download("oauth.json", &Account::own().console_oauth());
    let file = fleet.home.path("oauth.json").display().to_string();
    let import = ["import", &file, "--as", "imported", "--ims", &endpoint.origin()];
    assert_eq!(Ran::of(&mut fleet.on(0, &import)).code, 0);
    for machine in 0..2 {
        assert_eq!(Ran::of(&mut fleet.on(machine, &["token", "-p", "imported"])).succeeds().stdout, "token-1\n");
    }
    assert_eq!(endpoint.count(), 1);
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

/// Only if the endpoint itself stated it: a plain 500 may come from a proxy of one machine.
#[test]
fn a_waiting_machine_shares_a_failure_without_a_cool_down() {
    let stated = Answer::refusal(500, "server_error", "a fault of the endpoint");
    for (answer, is_shared) in [(stated, true), (Answer::new(500, &[], "a fault on the way"), false)] {
        let endpoint = Endpoint::always(answer.after(Duration::from_millis(1_500)));
        let Some(fleet) = Fleet::new(&endpoint) else { return };
        let fail = |machine| Ran::of(&mut fleet.on(machine, &["token"])).fails(5, &["500"]);
        fail(0);
        // A later call asks again.
        let each = endpoint.count();
        thread::scope(|scope| {
            scope.spawn(|| fail(1));
            endpoint.wait_for(each + 1);
            scope.spawn(|| fail(2));
        });
        assert_eq!(endpoint.count(), each * if is_shared { 2 } else { 3 }, "{is_shared}");
    }
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
