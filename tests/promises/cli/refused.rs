//! The last servers that were refused a token, and why: tools swallow the reason, `status` shows it.

use std::fs;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::mode;
use crate::support::naming::{WAYS, Way};
use crate::support::{Home, Ran, oauth};

const FILE: &str = "cache/refused-servers.v1";

/// A home with profiles that list these hosts.
fn listing(profiles: &[(&str, &[&str])]) -> Home {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for (name, hosts) in profiles {
        let mut profile = oauth(&endpoint.origin());
        profile["client_id"] = json!(name);
        profile["hosts"] = json!(hosts);
        home.profile(name, &profile);
    }
    home
}

/// Origins and reason codes, the latest first.
#[track_caller]
fn refused(home: &Home) -> Vec<(String, String)> {
    let json = home.run(["status", "--json"]).succeeds().json();
    let text = |server: &Json, key: &str| server[key].as_str().unwrap().to_owned();
    let servers = json["refused_servers"].as_array().unwrap();
    servers.iter().map(|server| (text(server, "origin"), text(server, "reason"))).collect()
}

#[track_caller]
fn is_refused(home: &Home, args: &[&str]) {
    let ran = home.run(args);
    assert!(!ran.stdout.contains("token-"), "{ran:?}");
}

#[test]
fn each_way_to_be_refused_is_kept_with_its_reason() {
    let home = listing(&[("one", &["a.example"]), ("two", &["a.example", "b.example"])]);
    is_refused(&home, &["terraform", "get", "none.example"]);
    is_refused(&home, &["terraform", "get", "b.example", "-p", "one"]);
    is_refused(&home, &["terraform", "get", "b.example", "--for", "https://other.example/x"]);
    is_refused(&home, &["terraform", "get", "a.example"]);
    let pair = |origin: &str, reason: &str| (format!("https://{origin}"), reason.to_owned());
    // The same server within a minute is not written again: it keeps its first reason.
    let expected = [
        pair("a.example", "several-profiles"),
        pair("b.example", "not-in-profile"),
        pair("none.example", "not-listed"),
    ];
    assert_eq!(refused(&home), expected);
    is_refused(&home, &["terraform", "get", "c.example", "--for", "https://other.example/x"]);
    assert_eq!(refused(&home)[0], pair("c.example", "not-for"));
    let text = home.run(["status"]).succeeds().stdout;
    for reason in ["no profile lists it", "the selected profile does not list it", "--for allowed another server", "-p"]
    {
        assert!(text.contains(reason), "{reason} is not in {text}");
    }
    assert_eq!(mode(&home.path(FILE)), 0o600);
}

#[test]
fn a_server_that_any_tool_names_is_kept() {
    for way in WAYS {
        let home = listing(&[("default", &["a.example"])]);
        way.ask(&home, "https://unlisted.example/path", &[]);
        assert_eq!(refused(&home), [("https://unlisted.example".into(), "not-listed".into())], "{way:?}");
    }
}

#[test]
fn the_last_ten_are_kept_and_each_is_written_once_a_minute() {
    let home = listing(&[("default", &["a.example"])]);
    let ask = |number: usize| is_refused(&home, &["terraform", "get", &format!("n{number}.example")]);
    (1..=12).for_each(ask);
    let names: Vec<String> = (3..=12).rev().map(|number| format!("https://n{number}.example")).collect();
    assert_eq!(refused(&home).into_iter().map(|(origin, _)| origin).collect::<Vec<_>>(), names);
    let written = fs::read(home.path(FILE)).unwrap();
    ask(7);
    assert_eq!(fs::read(home.path(FILE)).unwrap(), written, "within a minute");

    let mut aged: Json = serde_json::from_slice(&written).unwrap();
    for server in aged["entries"].as_array_mut().unwrap() {
        server["at_ms"] = json!(server["at_ms"].as_u64().unwrap() - 61_000);
    }
    home.write(FILE, &aged.to_string(), 0o600);
    ask(7);
    assert_eq!(refused(&home)[0].0, "https://n7.example", "a minute later it is the latest");
    let at = home.run(["status", "--json"]).succeeds().json()["refused_servers"][0]["at"].as_str().unwrap().to_owned();
    let age = SystemTime::now().duration_since(humantime::parse_rfc3339(&at).unwrap()).unwrap();
    assert!(age < Duration::from_secs(60), "{at}");
    assert!(home.run(["status"]).succeeds().stdout.contains(" (1 min ago)"), "the others are older");
}

#[test]
fn no_refusal_is_kept_without_a_cache_or_without_hosts() {
    let home = listing(&[("default", &["a.example"])]);
    for args in [&["token", "--for", "https://x.example", "--no-cache"][..], &["token", "--for", "no url"]] {
        is_refused(&home, args);
    }
    assert_eq!(refused(&home), []);
    let without = listing(&[("default", &[])]);
    let without_any = Home::new();
    for home in [&without, &without_any] {
        is_refused(home, &["terraform", "get", "x.example"]);
        assert!(!home.path("cache").exists());
    }
    is_refused(&without, &["terraform", "get", "x.example", "-p", "default"]);
    assert!(!without.path("cache").exists());
}

#[test]
fn a_refusal_that_cannot_be_kept_changes_no_answer() {
    let home = listing(&[("default", &["a.example"])]);
    let asked = |home: &Home| Way::Git.ask(home, "https://x.example/", &[]);
    let normal = asked(&home);
    for spoilt in ["", "{", "{\"version\":9,\"servers\":[]}", "[]"] {
        home.write(FILE, spoilt, 0o600);
        assert_eq!(format!("{:?}", asked(&home)), format!("{normal:?}"));
        assert_eq!(refused(&home).len(), 1, "a spoilt file counts as empty");
    }
    fs::remove_dir_all(home.path("cache")).unwrap();
    home.write("cache", "not a directory", 0o600);
    assert_eq!(format!("{:?}", asked(&home)), format!("{normal:?}"));
    let json = Ran::of(&mut home.command(["status", "--json"])).succeeds().json();
    assert_eq!((&json["refused_servers"], &json["cache"]["usable"]), (&json!([]), &json!(false)));
}
