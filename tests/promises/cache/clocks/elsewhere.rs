//! Times from another clock: a restored snapshot, another machine on the same volume, a container with its own boot
//! clock, a record or a lock file dated by a wrong clock. At worst they are a cache miss; a call that needs a token
//! still gets one.

use std::fs;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::{HOUR, LIFE, Place};
use crate::support::clients::is_met;
use crate::support::clocks::{DAY, YEAR};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{BINARY, Home, Ran, has_client};

/// Changes the record in the cache.
fn edit(home: &Home, change: impl FnOnce(&mut Json)) {
    let mut record = home.record();
    change(&mut record);
    fs::write(home.record_path().unwrap(), record.to_string()).unwrap();
}

/// After a snapshot is restored, the wall clock, which the host sets, tells how much of a token's life is left.
#[test]
fn after_a_snapshot_restore_the_wall_clock_tells_the_age() {
    let Some(place) = Place::new(Duration::ZERO) else { return };
    // The boot clock continues from the snapshot.
    place.clocks.set(0, DAY);
    assert_eq!(place.token(), 1);
    place.clocks.set(HOUR / 2, 0);
    assert_eq!(place.token(), 1, "half an hour of an hour");
    place.clocks.set(2 * HOUR, 0);
    assert_eq!(place.token(), 2, "two hours of an hour");
    place.has_settled("restored");
}

#[test]
fn after_a_snapshot_restore_refresh_gets_a_new_token() {
    let Some(place) = Place::new(Duration::ZERO) else { return };
    place.clocks.set(0, DAY);
    assert_eq!(place.token(), 1);
    place.clocks.set(60, 0);
    for token in ["token-2\n", "token-3\n"] {
        let ran = Ran::of(place.clocks.rule(&mut place.home.command(["token", "--refresh"])));
        assert_eq!(ran.succeeds().stdout, token);
    }
    assert_eq!(place.token(), 3, "and it is cached");
}

/// The clock was far ahead when the token was requested; then it was set right and the machine rebooted.
#[test]
fn a_record_from_the_future_of_another_boot_is_only_a_miss() {
    for ahead in [DAY, YEAR] {
        let Some(place) = Place::new(Duration::ZERO) else { return };
        place.clocks.set(ahead, 0);
        assert_eq!(place.token(), 1);
        place.clocks.set(0, 0);
        edit(&place.home, |record| record["token"]["issued"]["boot_id"] = json!("another start"));
        assert_eq!(place.token(), 2, "{ahead}");
        place.has_settled("another start");
    }
}

#[test]
fn a_refusal_from_the_future_is_ignored() {
    let (home, endpoint) = (
        Home::new(),
        Endpoint::new(|_, number| match number {
            1 => Answer::refusal(401, "invalid_client", "invalid client_secret parameter"),
            _ => Answer::token(&format!("token-{number}"), LIFE),
        }),
    );
    home.oauth_at(&endpoint);
    home.run(["token"]).fails(4, &["invalid_client"]);
    edit(&home, |record| {
        let at = record["failures"][0]["at"]["wall_ms"].as_u64().unwrap();
        record["failures"][0]["at"] = json!({"wall_ms": at + 86_400_000, "boot_ms": 1, "boot_id": "another start"});
    });
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
}

/// Two machines with one volume use the wall clock.
#[test]
fn a_record_of_another_machine_is_good_by_the_wall_clock() {
    for (age, token) in [(0, 1), (1800, 1), (3000, 1), (3601, 2), (86_400, 2)] {
        let Some(place) = Place::new(Duration::ZERO) else { return };
        assert_eq!(place.token(), 1);
        edit(&place.home, |record| {
            let at = record["token"]["issued"]["wall_ms"].as_u64().unwrap();
            let other = json!({"wall_ms": at - age * 1000, "boot_ms": u64::MAX, "boot_id": "another machine"});
            record["token"]["issued"] = other;
        });
        assert_eq!(place.token(), token, "{age} s");
        place.has_settled("another machine");
    }
}

/// Every time in a record is set to an absurd value.
#[test]
fn absurd_times_in_a_record_are_a_miss_at_worst() {
    let absurd = [json!(0), json!(1), json!(i64::MAX), json!(u64::MAX), json!(-1), json!(1.5), json!("1"), json!(null)];
    let moments = ["/token/issued", "/exchange/at"].map(|at| ["wall_ms", "boot_ms"].map(|of| format!("{at}/{of}")));
    let pointers = moments.into_iter().flatten().chain(["/token/lifetime_ms".into(), "/exchange/took_ms".into()]);
    let pointers: Vec<String> = pointers.collect();
    let (home, endpoint) = (Home::new(), Endpoint::tokens(LIFE));
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    let (good, path) = (home.record(), home.record_path().unwrap());
    let mut count = 0;
    for boot_id in [good["token"]["issued"]["boot_id"].clone(), json!("another start")] {
        for (pointer, value) in pointers.iter().flat_map(|pointer| absurd.iter().map(move |value| (pointer, value))) {
            let mut record = good.clone();
            record["token"]["issued"]["boot_id"] = boot_id.clone();
            *record.pointer_mut(pointer).unwrap() = value.clone();
            fs::write(&path, record.to_string()).unwrap();
            let (what, before) = (format!("{pointer} {value} {boot_id}"), endpoint.count());
            for args in [&["status", "--json"][..], &["token"], &["json"]] {
                let ran = home.run(args);
                assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{what}: {args:?} {ran:?}");
            }
            assert!(endpoint.count() <= before + 1, "{what}: {} exchanges", endpoint.count() - before);
            count += 1;
        }
    }
    eprintln!("clocks: {count} absurd times in a record");
}

/// A container with its own boot clock has the host's boot ID; here it also has the host's cache.
#[test]
fn a_time_namespace_and_its_host_share_a_token() {
    for ahead in [DAY, -60] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(LIFE));
        home.oauth_at(&endpoint);
        if !has_client("unshare") {
            return;
        }
        let inside = |words: &[&str]| {
            let mut command = home.program("unshare");
            command.args(["-rT", "--boottime", &ahead.to_string()]).args(words);
            Ran::of(&mut command)
        };
        if !is_met(inside(&["true"]).code == 0, "time namespaces") {
            return;
        }
        for _ in 0..3 {
            home.run(["token"]).succeeds();
            inside(&[BINARY, "token"]).succeeds();
        }
        assert!(endpoint.count() <= 2, "{ahead}: {} exchanges", endpoint.count());
        let before = endpoint.count();
        assert_eq!(inside(&[BINARY, "token", "--refresh"]).succeeds().stdout, format!("token-{}\n", before + 1));
        assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, format!("token-{}\n", before + 2));
        assert_eq!(home.run(["token"]).succeeds().stdout, format!("token-{}\n", before + 2), "{ahead}");
    }
}
