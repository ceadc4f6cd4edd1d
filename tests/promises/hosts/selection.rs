//! The choice of the profile for a server that a tool names.

use std::fs;
use std::time::Instant;

use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::naming::{WAYS, Way};
use crate::support::{Home, Ran, oauth};

/// An endpoint whose tokens name the client that asked.
pub(super) fn naming_clients() -> Endpoint {
    Endpoint::new(|asked, _| Answer::token(&format!("of-{}", asked.field("client_id").unwrap()), DAY))
}

/// Writes the profile NAME for the client NAME with these hosts.
pub(super) fn listing(home: &Home, endpoint: &Endpoint, name: &str, hosts: &[&str]) {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(name);
    profile["hosts"] = json!(hosts);
    home.profile(name, &profile);
}

/// The output of `token --for` and its log.
fn for_url(home: &Home, url: &str, variables: &[(&str, &str)]) -> (Ran, String) {
    let log = home.path("log");
    let _ = fs::remove_file(&log);
    let mut all = vec![("JWT_CREDENTIAL_LOG", log.to_str().unwrap())];
    all.extend(variables);
    let ran = Way::For.ask(home, url, &all);
    (ran, fs::read_to_string(&log).unwrap_or_default())
}

#[track_caller]
fn answers(home: &Home, url: &str, name: &str) {
    let (ran, log) = for_url(home, url, &[]);
    assert_eq!(ran.succeeds().stdout, format!("of-{name}\n"), "{log}");
}

/// Asserts that no profile answers, in any way, and that the log has these words.
#[track_caller]
fn no_profile_answers(home: &Home, url: &str, variables: &[(&str, &str)], words: &[&str]) {
    for way in WAYS {
        assert_eq!(way.why_not_none(&way.ask(home, url, variables), !variables.is_empty()), None, "{url}");
    }
    let (_, log) = for_url(home, url, variables);
    for word in words {
        assert!(log.contains(word), "{word:?} is not in {log}");
    }
}

#[test]
fn unnamed_the_profile_that_lists_the_server_answers() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "default", &["other.example"]);
    listing(&home, &endpoint, "git", &["registry.example"]);
    listing(&home, &endpoint, "wide", &["*.adobe.io"]);
    listing(&home, &endpoint, "close", &["mc.adobe.io"]);
    answers(&home, "https://registry.example/", "git");
    answers(&home, "https://other.example/", "default");
    answers(&home, "https://mc.adobe.io/", "close");
    answers(&home, "https://cja.adobe.io/", "wide");
    no_profile_answers(&home, "https://third.example/", &[], &["https://third.example: no profile lists it"]);
}

/// Asserts that this error answers in all ways, and no token.
#[track_caller]
fn refused_with(home: &Home, url: &str, words: &[&str]) {
    for way in WAYS {
        let ran = way.ask(home, url, &[]);
        assert!(!ran.stdout.contains("of-"), "{way:?}: {ran:?}");
        let said = if way == Way::Cargo { ran.stdout.replace("\\\"", "\"") } else { ran.stderr.clone() };
        assert!(words.iter().all(|word| said.contains(word)), "{way:?}: {ran:?}");
    }
    for_url(home, url, &[]).0.fails(3, words);
}

#[test]
fn two_equally_close_profiles_are_an_error_that_names_both() {
    let endpoint = naming_clients();
    let home = Home::new();
    for name in ["one", "two"] {
        listing(&home, &endpoint, name, &["registry.example", "*.adobe.io"]);
    }
    let both = |server: &str| format!("profiles \"one\" and \"two\" both allow {server}");
    refused_with(&home, "https://registry.example/", &[&both("registry.example"), "jwt-credential use one"]);
    refused_with(&home, "https://mc.adobe.io/", &[&both("mc.adobe.io"), "jwt-credential use one"]);
    assert_eq!(endpoint.count(), 0);
    listing(&home, &endpoint, "three", &["mc.adobe.io"]);
    answers(&home, "https://mc.adobe.io/", "three");
    let (ran, _) = for_url(&home, "https://registry.example/", &[("JWT_CREDENTIAL_PROFILE", "two")]);
    assert_eq!(ran.succeeds().stdout, "of-two\n");
    listing(&home, &endpoint, "default", &["*.adobe.io"]);
    answers(&home, "https://mc.adobe.io/", "three");
    answers(&home, "https://cja.adobe.io/", "default");
    refused_with(&home, "https://registry.example/", &[&both("registry.example")]);
}

#[test]
fn without_any_profile_for_says_so_and_tools_get_nothing() {
    let home = Home::new();
    for_url(&home, "https://mc.adobe.io/", &[]).0.fails(3, &["no profile in ", "jwt-credential import FILE"]);
    for way in WAYS.into_iter().filter(|way| *way != Way::For) {
        assert_eq!(way.why_not_none(&way.ask(&home, "https://mc.adobe.io/", &[]), false), None);
    }
}

#[test]
fn a_broken_profile_refuses_if_it_is_the_closest() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "default", &["*.adobe.io"]);
    let whole = oauth(&endpoint.origin());
    let hosts = json!(["mc.adobe.io", "no host"]);
    for (change, value, why) in [
        ("client_secret", json!(null), "\"client_secret\""),
        ("client_id", json!(""), "\"client_id\""),
        ("provider", json!("adobe-jot"), "\"provider\""),
        ("scope", json!("openid"), "unknown key"),
        ("hosts", hosts.clone(), "no host"),
        ("hosts", json!("mc.adobe.io,*"), "\"hosts\""),
    ] {
        let mut broken = whole.clone();
        broken["hosts"] = json!(["mc.adobe.io"]);
        broken[change] = value;
        home.profile("broken", &broken);
        refused_with(&home, "https://mc.adobe.io/", &["broken.json", why]);
        answers(&home, "https://cja.adobe.io/", "default");
    }
    let mut loose = whole;
    loose["hosts"] = json!(["mc.adobe.io"]);
    home.write("config/profiles/broken.json", &loose.to_string(), 0o666);
    refused_with(&home, "https://mc.adobe.io/", &["broken.json", "chmod"]);
    home.write("config/profiles/broken.json", "{\"hosts\": [\"mc.adobe.io\"],", 0o600);
    answers(&home, "https://mc.adobe.io/", "default");
    let words = ["no profile lists it", "skipped: the profile ", "broken.json is not JSON"];
    for_url(&home, "https://third.example/", &[]).0.fails(3, &words);
}

#[test]
fn a_broken_profile_breaks_no_other_and_is_in_the_log() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "good", &["registry.example"]);
    home.write("config/profiles/garbled.json", "{\"provider\": ", 0o600);
    home.write(
        "config/profiles/unknown.json",
        "{\"provider\": \"adobe-oauth\", \"hots\": [\"registry.example\"]}",
        0o600,
    );
    fs::create_dir(home.path("config/profiles/directory.json")).unwrap();
    std::os::unix::fs::symlink("/absent", home.path("config/profiles/dangling.json")).unwrap();
    let (ran, log) = for_url(&home, "https://registry.example/", &[]);
    assert_eq!(ran.succeeds().stdout, "of-good\n", "{log}");
    for name in ["garbled", "unknown", "directory", "dangling"] {
        let is_named = log.lines().any(|line| line.contains("skipped: ") && line.contains(&format!("{name}.json")));
        assert!(is_named, "{name} is not in {log}");
    }
    for way in WAYS {
        let ran = way.ask(&home, "https://registry.example/", &[]);
        assert!(ran.stdout.contains("of-good") && ran.stderr.is_empty(), "{way:?}: {ran:?}");
    }
}

#[test]
fn a_named_profile_answers_for_its_own_servers_only() {
    let endpoint = naming_clients();
    let home = Home::new();
    listing(&home, &endpoint, "named", &["other.example"]);
    listing(&home, &endpoint, "lists-it", &["registry.example"]);
    let url = "https://registry.example/";
    let words = ["refused: no token for https://registry.example: the profile ", "does not list it in \"hosts\""];
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE", "named")], &words);
    let mut whole = oauth(&endpoint.origin());
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())], &words[..1]);
    whole["hosts"] = json!(["other.example"]);
    no_profile_answers(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())], &words[..1]);
    assert_eq!(endpoint.count(), 0);
    whole["hosts"] = json!(["registry.example"]);
    whole["client_id"] = json!("variable");
    for way in WAYS {
        let ran = way.ask(&home, url, &[("JWT_CREDENTIAL_PROFILE_JSON", &whole.to_string())]);
        assert!(ran.stdout.contains("of-variable"), "{way:?}: {ran:?}");
    }
}

#[test]
fn the_right_one_of_ten_thousand_profiles_is_found() {
    let endpoint = naming_clients();
    let home = Home::new();
    for number in 0..10_000 {
        listing(&home, &endpoint, &format!("p{number}"), &[&format!("s{number}.example"), "*.other.example"]);
    }
    answers(&home, "https://s9876.example/", "p9876");
    let began = Instant::now();
    answers(&home, "https://s9876.example/", "p9876");
    eprintln!("10,000 profiles, cached token: {:?}", began.elapsed());
    refused_with(&home, "https://a.other.example/", &["and 9995 more all allow a.other.example"]);
}
