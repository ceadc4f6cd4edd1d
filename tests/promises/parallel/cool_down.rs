//! A refusal is the answer until the time in its message. Only a change of something that the profile reads ends this
//! cool-down sooner.

use std::collections::BTreeSet;
use std::fs::{self, File, FileTimes};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

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
    fs::create_dir(home.path("config/v1")).unwrap();
    for name in ["private.key", "certificate_pub.crt"] {
        fs::rename(home.path("config").join(name), home.path("config/v1").join(name)).unwrap();
    }
    home.write("config/v1/secret", SECRET, 0o600);
    home.write("config/v1/ca.pem", CERTIFICATE, 0o600);
    symlink("v1", home.path("config/..data")).unwrap();
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

type Change = (&'static str, fn(&Path));

/// The ways in which editors, tools and users change a file.
const CHANGES: [Change; 5] = [
    ("touched", |path| File::open(path).unwrap().set_modified(SystemTime::now()).unwrap()),
    ("written anew in place, with its old size and times", |path| {
        let (bytes, meta) = (fs::read(path).unwrap(), path.metadata().unwrap());
        fs::write(path, bytes).unwrap();
        let times = FileTimes::new().set_modified(meta.modified().unwrap()).set_accessed(meta.accessed().unwrap());
        File::options().append(true).open(path).unwrap().set_times(times).unwrap();
    }),
    ("replaced by a rename", |path| {
        let beside = path.with_extension("new");
        fs::copy(path, &beside).unwrap();
        fs::rename(beside, path).unwrap();
    }),
    ("of another mode", |path| set_mode(path, 0o400)),
    ("put back", |path| {
        let beside = path.with_extension("away");
        fs::rename(path, &beside).unwrap();
        fs::rename(beside, path).unwrap();
    }),
];

/// Runs it twice; returns whether the two calls made one request, as they must after a change.
fn is_asked_once(endpoint: &Endpoint, run: &dyn Fn() -> Ran) -> bool {
    let before = endpoint.count();
    let first = run().fails(4, &["not asked again before "]);
    assert_eq!(run().fails(4, &[]).stderr, first.stderr);
    endpoint.count() == before + 1
}

#[test]
fn any_change_of_a_file_of_the_profile_ends_a_cool_down() {
    let endpoint = refusing();
    let home = home(&endpoint);
    let run = || home.run(["token"]);
    assert!(is_asked_once(&endpoint, &run));
    let mut wrong = Vec::new();
    let files = ["default.json", "v1/secret", "v1/private.key", "v1/certificate_pub.crt", "v1/ca.pem"];
    for (file, (what, change)) in files.iter().flat_map(|file| CHANGES.iter().map(move |change| (file, change))) {
        change(&home.path("config").join(file));
        if !is_asked_once(&endpoint, &run) {
            wrong.push(format!("{file} {what}"));
        }
    }
    // As Kubernetes updates a secret: all files at once, by a link with a new target.
    assert!(
        home.program("cp")
            .args(["-a", "config/v1", "config/v2"])
            .current_dir(home.path(""))
            .status()
            .unwrap()
            .success()
    );
    symlink("v2", home.path("config/..next")).unwrap();
    fs::rename(home.path("config/..next"), home.path("config/..data")).unwrap();
    if !is_asked_once(&endpoint, &run) {
        wrong.push("a link that leads elsewhere".into());
    }
    assert!(wrong.is_empty(), "the cool-down did not end: {wrong:#?}");
    eprintln!("a cool-down ended by {} changes of files", files.len() * CHANGES.len() + 1);
}

#[test]
fn any_change_of_a_variable_of_the_call_ends_a_cool_down() {
    let endpoint = refusing();
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!([{"env": "FIRST"}, {"env": "SECOND"}]);
    home.profile("default", &profile);
    let in_variable = |profile: &Json| ("JWT_CREDENTIAL_PROFILE_JSON", profile.to_string());
    let mut with_headers = profile.clone();
    with_headers["headers"] = json!({"x-other": "one"});
    let mut variables = vec![("FIRST", "one".to_owned()), ("SECOND", "two".to_owned())];
    let mut changes = vec![("FIRST", "another".to_owned()), ("SECOND", "another".to_owned())];
    let surroundings = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    changes.extend(surroundings.map(|name| (name, "http://127.0.0.1:9".to_owned())));
    changes.extend(["NO_PROXY", "no_proxy"].map(|name| (name, "example.com".to_owned())));
    changes.extend(["SSL_CERT_FILE", "SSL_CERT_DIR", "HOME"].map(|name| (name, "/nonexistent".to_owned())));
    changes.extend([in_variable(&profile), in_variable(&with_headers)]);
    let mut wrong = Vec::new();
    for (name, value) in [("nothing", String::new())].iter().chain(&changes) {
        variables.push((name, value.clone()));
        let run = || Ran::of(home.command(["token"]).envs(variables.iter().cloned()));
        let before = endpoint.count();
        let first = run().fails(4, &["not asked again before "]);
        // Two secrets are two requests.
        let asked = endpoint.count() - before;
        assert_eq!(run().fails(4, &[]).stderr, first.stderr);
        if asked != 2 || endpoint.count() != before + asked {
            wrong.push(format!("{name}: {asked} requests"));
        }
    }
    assert!(wrong.is_empty(), "the cool-down did not end: {wrong:#?}");
    eprintln!("a cool-down ended by {} changes of variables", changes.len());
}

#[test]
fn nothing_else_ends_a_cool_down_and_all_see_the_same_time() {
    let endpoint = refusing();
    let home = home(&endpoint);
    let before = SystemTime::now();
    let first = home.run(["token"]).fails(4, &[]);
    let after = SystemTime::now();
    let until = first.cools_down_until();
    // Whole seconds, rounded down.
    assert!(until >= before + Duration::from_secs(9) && until <= after + Duration::from_secs(10), "{first:?}");

    home.write("config/other.json", "{}", 0o600);
    home.write("config/v1/another", "", 0o600);
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
        assert_eq!(messages, BTreeSet::from([first.stderr.lines().map(str::to_owned).collect()]));
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
    let run = || home.run(["token", "--timeout", "3s"]).fails(5, &["not asked again before "]);
    let first = run();
    let until = first.cools_down_until() + Duration::from_secs(1);
    std::thread::sleep(until.duration_since(SystemTime::now()).unwrap_or_default());
    assert_ne!(run().stderr, first.stderr);
    assert_eq!(endpoint.count(), 2);
}
