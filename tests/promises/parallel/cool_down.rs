//! A refusal is the answer until the time in its message, for every call that would send the same. Another secret or key
//! ends this cool-down.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::files::set_mode;
use crate::support::{CERTIFICATE, Home, Ran, SECRET, jwt, oauth};

fn refusing() -> Endpoint {
    Endpoint::always(Answer::refusal(401, "invalid_client", "invalid client_secret parameter"))
}

/// A home whose profile reads three files and a CA, all through a link as Kubernetes makes them.
fn home(endpoint: &Endpoint) -> Home {
    let home = Home::new();
    home.jwt_at(endpoint);
    fs::create_dir(home.path("config/profiles/v1")).unwrap();
    for name in ["private.key", "certificate_pub.crt"] {
        fs::rename(home.path("config/profiles").join(name), home.path("config/profiles/v1").join(name)).unwrap();
    }
    home.write("config/profiles/v1/secret", &format!("{SECRET}\n"), 0o600);
    home.write("config/profiles/v1/ca.pem", CERTIFICATE, 0o600);
    symlink("v1", home.path("config/profiles/..data")).unwrap();
    let mut profile = jwt(&endpoint.origin());
    for (key, name) in
        [("client_secret", "secret"), ("private_key", "private.key"), ("certificate", "certificate_pub.crt")]
    {
        profile[key] = json!({"file": format!("..data/{name}")});
    }
    profile["ca_file"] = json!("..data/ca.pem");
    home.profile("default", &profile);
    home
}

/// Runs it twice; returns whether the two calls made one request, as they must after a change.
fn is_asked_once(endpoint: &Endpoint, run: &dyn Fn() -> Ran) -> bool {
    let before = endpoint.count();
    let first = run().fails(4, &[]);
    let second = run().fails(4, &["not asked again before "]);
    assert_eq!(second.error_of_the_request(), first.stderr);
    endpoint.count() == before + 1
}

#[test]
fn another_secret_or_key_ends_a_cool_down() {
    let endpoint = refusing();
    let home = home(&endpoint);
    let run = || home.run(["token"]);
    assert!(is_asked_once(&endpoint, &run));
    // A file with the same size and times as before.
    let secret = home.path("config/profiles/v1/secret");
    let meta = secret.metadata().unwrap();
    fs::write(&secret, "s8e-CANARY-Secret").unwrap();
    let times = FileTimes::new().set_modified(meta.modified().unwrap()).set_accessed(meta.accessed().unwrap());
    File::options().append(true).open(&secret).unwrap().set_times(times).unwrap();
    assert!(is_asked_once(&endpoint, &run), "a secret that was written in place");
    // As Kubernetes updates a secret: all files at once, by a link with a new target.
    let status = home
        .program("cp")
        .args(["-a", "config/profiles/v1", "config/profiles/v2"])
        .current_dir(home.path(""))
        .status()
        .unwrap();
    assert!(status.success());
    home.write("config/profiles/v2/secret", "s8e-CANARY-third", 0o600);
    symlink("v2", home.path("config/profiles/..next")).unwrap();
    fs::rename(home.path("config/profiles/..next"), home.path("config/profiles/..data")).unwrap();
    assert!(is_asked_once(&endpoint, &run), "a link to another directory");
    let key = home.path("config/profiles/v2/private.key");
    fs::write(&key, fs::read_to_string(&key).unwrap() + "\n").unwrap();
    assert!(is_asked_once(&endpoint, &run), "other bytes of a key");
    // The earlier answers are still recorded.
    home.write("config/profiles/v2/secret", &format!("{SECRET}\n"), 0o600);
    fs::write(&key, fs::read(home.path("config/profiles/v1/private.key")).unwrap()).unwrap();
    let before = endpoint.count();
    run().fails(4, &["not asked again before "]);
    assert_eq!(endpoint.count(), before, "the first secret is still refused");
}

#[test]
fn a_change_of_the_surroundings_ends_no_cool_down() {
    let endpoint = refusing();
    let home = home(&endpoint);
    home.run(["token"]).fails(4, &[]);
    let files = ["default.json", "v1/secret", "v1/private.key", "v1/certificate_pub.crt", "v1/ca.pem"];
    for path in files.map(|file| home.path("config/profiles").join(file)) {
        File::open(&path).unwrap().set_modified(SystemTime::now()).unwrap();
        let beside = path.with_extension("new");
        fs::copy(&path, &beside).unwrap();
        fs::rename(beside, &path).unwrap();
        set_mode(&path, 0o400);
    }
    fs::create_dir(home.path("another")).unwrap();
    let by_path = home.path("config/profiles/../profiles/default.json");
    let mut calls =
        vec![home.command(["token"]), home.command(["token", "-p"]), home.command(["token", "-p", "default"])];
    calls[1].arg(by_path);
    for (name, value) in [("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "example.com"), ("SSL_CERT_DIR", "/")] {
        calls.push(home.command(["token"]));
        calls.last_mut().unwrap().env(name, value);
    }
    calls.push(home.command(["token"]));
    calls.last_mut().unwrap().env("HOME", home.path("another"));
    for call in &mut calls {
        Ran::of(call).fails(4, &["not asked again before "]);
    }
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn a_failure_on_the_way_is_shared_only_on_the_same_way() {
    let home = Home::new();
    home.profile("default", &oauth("https://ims.invalid"));
    let proxied = |proxy: &str| Ran::of(home.command(["token"]).env("HTTPS_PROXY", proxy)).fails(5, &[]);
    proxied("http://127.0.0.1:9");
    let stamps = || {
        let failures = home.record()["failures"].as_array().unwrap().clone();
        failures.iter().map(|failure| failure["stamp"].clone()).collect::<Vec<_>>()
    };
    proxied("http://127.0.0.1:9");
    assert_eq!(stamps().len(), 1);
    proxied("http://127.0.0.2:9");
    let stamps = stamps();
    assert_eq!(stamps.len(), 2);
    assert!(stamps[0]["sent"] == stamps[1]["sent"] && stamps[0]["surroundings"] != stamps[1]["surroundings"]);
}

#[test]
fn nothing_else_ends_a_cool_down_and_all_see_the_same_time() {
    let endpoint = refusing();
    let home = home(&endpoint);
    let before = SystemTime::now();
    home.run(["token"]).fails(4, &[]);
    let after = SystemTime::now();
    let repeated = home.run(["token"]).fails(4, &[]);
    let until = repeated.cools_down_until();
    // Whole seconds, rounded down.
    assert!(until >= before + Duration::from_secs(9) && until <= after + Duration::from_secs(10), "{repeated:?}");

    home.write("config/profiles/other.json", "{}", 0o600);
    home.write("config/profiles/v1/another", "", 0o600);
    let mut calls: Vec<_> = [
        &["json"][..],
        &["header"],
        &["headers"],
        &["env"],
        &["kubectl"],
        &["token", "--timeout", "5s"],
        &["token", "-v"],
    ]
    .into_iter()
    .map(|args| home.command(args))
    .collect();
    calls[0].env("ANOTHER_VARIABLE", "x");
    calls[1].current_dir("/");
    let mut messages = BTreeSet::new();
    for call in &mut calls {
        let ran = Ran::of(call);
        assert_eq!((ran.code, ran.stdout.as_str()), (4, ""), "{ran:?}");
        messages.insert(
            ran.stderr
                .lines()
                .filter(|line| line.contains(": error: ") || line.contains(": hint: "))
                .map(str::to_owned)
                .collect::<Vec<_>>(),
        );
    }
    if SystemTime::now() < until {
        assert_eq!(messages, BTreeSet::from([repeated.stderr.lines().map(str::to_owned).collect()]));
        assert_eq!(endpoint.count(), 1);
        assert!(home.run(["status"]).stdout.contains(&humantime::format_rfc3339_seconds(until).to_string()));
    }
}

#[test]
fn the_endpoint_is_asked_again_at_the_time_in_the_message() {
    let endpoint = Endpoint::always(Answer::new(429, &[("Retry-After", "2")], "{}"));
    let home = Home::new();
    home.oauth_at(&endpoint);
    // The shorter timeout leaves no room for another attempt within the call.
    let run = || home.run(["token", "--timeout", "3s"]).fails(5, &[]);
    run();
    let until = run().cools_down_until() + Duration::from_secs(1);
    std::thread::sleep(until.duration_since(SystemTime::now()).unwrap_or_default());
    assert!(!run().stderr.contains("not asked again"), "only an error that is repeated says so");
    assert_eq!(endpoint.count(), 2);
}
