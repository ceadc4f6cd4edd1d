//! A call that finds its token in the cache does no more than it must.

use serde_json::json;

use crate::support::endpoint::{Answer, DAY_MS, Endpoint};
use crate::support::{BINARY, Home, has_client, jwt};

/// The system calls of one call of the binary, one line each.
fn trace(home: &Home) -> Vec<String> {
    let file = home.path("trace");
    let status = home
        .program("strace")
        .arg("-f")
        .arg("-o")
        .arg(&file)
        .args([BINARY, "json"])
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    std::fs::read_to_string(file).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn a_cached_token_costs_no_lock_key_ca_connection_or_write() {
    if !has_client("strace") {
        return;
    }
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY_MS);
    home.jwt_at(&endpoint);
    let mut profile = jwt(&endpoint.origin());
    let marker = home.path("the-command-ran");
    profile["client_secret"] =
        json!({"command": ["/bin/sh", "-c", format!("echo x >>'{}'; echo secret", marker.display())]});
    home.profile("default", &profile);
    let calls = [
        "flock",
        "F_SETLK",
        "F_OFD",
        "socket(",
        "connect(",
        "clone(",
        "clone3(",
        "fork(",
        "utimens",
        "rename",
        "unlink",
        "mkdir",
        "O_CREAT",
        "O_WRONLY",
        "O_RDWR",
        "ftruncate",
    ];
    let opened = ["private.key", "certificate", "/ssl/", "ca-certificates", ".lock"];
    let wanted = |line: &String| {
        let has = |parts: &[&str]| parts.iter().any(|part| line.contains(part));
        has(&calls) || (line.contains("open") && has(&opened))
    };

    // The same check of a call that requests a token finds all of these, so the check works.
    let requesting = trace(&home);
    assert!(requesting.iter().filter(|line| wanted(line)).count() > 10, "{requesting:#?}");
    assert!(marker.exists());
    std::fs::remove_file(&marker).unwrap();

    let cached = trace(&home);
    let found: Vec<_> = cached.iter().filter(|line| wanted(line)).collect();
    assert!(found.is_empty(), "{found:#?}");
    let writes: Vec<_> = cached.iter().filter(|line| line.contains(" write(")).collect();
    assert!(writes.len() == 1 && writes[0].contains(" write(1, "), "one write, to standard output: {writes:#?}");
    assert!(!marker.exists(), "the secret's command ran");
    assert_eq!(endpoint.count(), 1);
    eprintln!("a cached call: {} system calls; one that requests a token: {}", cached.len(), requesting.len());
}

#[test]
fn another_identity_never_gets_the_token() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY_MS);
    home.jwt_at(&endpoint);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
    let other = Endpoint::new(|_, _| Answer::token("token-of-another-host", DAY_MS));
    let changes = [
        ("client_id", json!("bbbb")),
        ("org_id", json!("bbbb@AdobeOrg")),
        ("technical_account_id", json!("bbbb@techacct.adobe.com")),
        ("metascopes", json!(["ent_user_sdk"])),
        ("token_path", json!("/ims/exchange/v1/jwt")),
        ("ims", json!(other.origin())),
    ];
    for (key, value) in changes.clone() {
        let mut profile = jwt(&endpoint.origin());
        profile[key] = value;
        home.profile("default", &profile);
        assert_ne!(home.run(["token"]).succeeds().stdout, "token-1\n", "{key}");
    }
    assert_eq!((endpoint.count(), other.count()), (changes.len(), 1));
    for (key, value) in
        [("client_secret", json!("another")), ("hosts", json!(["*.adobe.io"])), ("headers", json!({"x-y": "z"}))]
    {
        let mut profile = jwt(&endpoint.origin());
        profile[key] = value;
        home.profile("default", &profile);
        assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n", "{key} does not change the identity");
    }
}
