//! Requests of single tools that say less about the server than they seem to.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, oauth, oauth_home};

/// The program's answer to this input, in a home whose profile lists these hosts.
fn asked(hosts: &[&str], args: &[&str], stdin: &str) -> (Ran, Endpoint) {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(hosts);
    home.profile("default", &profile);
    (ask(&home, args, stdin), endpoint)
}

fn ask(home: &Home, args: &[&str], stdin: &str) -> Ran {
    let mut command = home.command(args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
    Ran::from(child.wait_with_output().unwrap())
}

/// pip and uv ask for the URL, and then for its host alone. The host alone does not tell that the token would be sent
/// over http.
#[test]
fn keyring_has_no_token_for_a_host_of_unknown_scheme() {
    for service in ["http://registry.example/simple/", "registry.example", "registry.example:443"] {
        let (ran, endpoint) = asked(&["registry.example"], &["keyring", "get", service, "oauth2"], "");
        assert_eq!((ran.code, ran.stdout.as_str(), endpoint.count()), (1, "", 0), "{service}: {ran:?}");
    }
    let (ran, _) = asked(&["registry.example"], &["keyring", "get", "https://registry.example/simple/", "u"], "");
    assert_eq!(ran.succeeds().stdout, "token-1\n");
}

/// pip before 26.2 asks for the password alone, later versions for JSON, uv for lines; pdm passes an empty user name.
#[test]
fn keyring_answers_in_each_mode_and_output() {
    const URL: &str = "https://registry.example/simple/";
    let calls: [(&[&str], &str); 6] = [
        (&["keyring", "get", URL, "oauth2"], "token-1\n"),
        (&["keyring", "get", URL, "--mode", "creds"], "oauth2\ntoken-1\n"),
        (&["keyring", "--mode=creds", "get", URL, ""], "oauth2\ntoken-1\n"),
        (&["keyring", "--mode=creds", "--output=json", "get", URL], r#"{"username": "oauth2", "password": "token-1"}"#),
        (
            &["keyring", "--mode=creds", "--output=json", "get", URL, "me"],
            r#"{"username": "me", "password": "token-1"}"#,
        ),
        (&["keyring", "--output", "json", "get", URL, "me"], r#"{"password": "token-1"}"#),
    ];
    for (args, expected) in calls {
        let (ran, _) = asked(&["registry.example"], args, "");
        assert_eq!(ran.succeeds().stdout.trim_end(), expected.trim_end(), "{args:?}");
    }
}

fn cargo_line(index: &str, args: &str) -> String {
    format!(
        "{{\"v\":1,\"registry\":{{\"index-url\":\"{index}\",\"name\":\"my\"}},\"kind\":\"get\",\"operation\":\"read\",\"args\":{args}}}\n"
    )
}

/// This index of crates.io is on a host where users have other tokens, and the token would be sent elsewhere.
#[test]
fn cargo_has_no_token_for_an_index_that_is_not_sparse() {
    for index in ["https://github.com/rust-lang/crates.io-index", "https://registry.example/index.git"] {
        let (ran, endpoint) = asked(&["github.com", "registry.example"], &["--cargo-plugin"], &cargo_line(index, "[]"));
        assert!(ran.stdout.contains("url-not-supported") && endpoint.count() == 0, "{index}: {ran:?}");
    }
}

#[test]
fn cargos_own_options_extend_those_of_the_call() {
    let line = |args: &str| cargo_line("sparse+https://registry.example/index/", args);
    let hosts = ["registry.example"];
    let (ran, endpoint) = asked(&hosts, &["--for", "https://other.example", "cargo"], &line("[]"));
    assert!(ran.stdout.contains("url-not-supported") && endpoint.count() == 0, "{ran:?}");
    let (ran, _) = asked(&hosts, &["cargo"], &line("[\"cargo\", \"-p\", \"default\"]"));
    assert!(ran.stdout.contains("Bearer token-1"), "{ran:?}");
    // Who selects a profile is told why there is no token, in the registry's configuration too.
    let (ran, _) = asked(&["other.example"], &["cargo"], &line("[\"-p\", \"default\"]"));
    assert!(ran.stdout.contains("url-not-supported") && ran.stderr.contains("does not list it in"), "{ran:?}");
    let (ran, _) = asked(&hosts, &["-p", "absent", "cargo"], &line("[]"));
    assert!(ran.stdout.contains("no profile \\\"absent\\\""), "{ran:?}");
}

/// The order is: the request's own options, those of the call, the environment.
#[test]
fn an_option_of_the_call_overrides_the_environment_for_cargo() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    let line = cargo_line("sparse+https://registry.example/index/", "[\"-p\", \"default\"]");
    let script = format!("printf '%s\\n' '{}' | jwt-credential -v --min-ttl 30h cargo", line.trim());
    let mut command = home.program("/bin/sh");
    let ran = Ran::of(command.args(["-c", &script]).env("JWT_CREDENTIAL_MIN_TTL", "1s"));
    assert!(ran.stdout.contains("asks for 1d 6h") && ran.stderr.contains("requesting a token"), "{ran:?}");
}

/// cargo closes its side after it has the answer. The answer may have taken longer than a tool's request may.
#[test]
fn cargo_may_take_long_after_the_answer() {
    let (home, endpoint) = (Home::new(), Endpoint::slow_tokens(DAY, Duration::from_millis(5_500)));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    let line = cargo_line("sparse+https://registry.example/index/", "[\"--timeout\", \"30s\"]");
    let script = format!("(printf '%s\\n' '{}'; sleep 6.5) | jwt-credential --cargo-plugin", line.trim());
    let ran = Ran::of(home.program("/bin/sh").args(["-c", &script]));
    assert!(ran.succeeds().stdout.contains("Bearer token-1"));
}

/// A word in the realm is not a scheme.
#[test]
fn git_sends_what_the_server_offers_for_any_realm() {
    let get = |challenge: &str| {
        let stdin = format!("capability[]=authtype\nprotocol=https\nhost=registry.example\nwwwauth[]={challenge}\n\n");
        asked(&["registry.example"], &["git", "get"], &stdin).0.succeeds().stdout
    };
    for basic in [
        "Basic realm=\"Bearer tokens\"",
        "basic",
        "Basic realm=\"a, Bearer b\"",
        "Basic realm=\"a\", Bearer realm=\"b\"",
    ] {
        assert!(get(basic).starts_with("username="), "{basic}");
    }
    for bearer in ["Bearer realm=\"https://basic.example/\"", "BasicCustom x"] {
        assert!(get(bearer).contains("authtype=Bearer"), "{bearer}");
    }
}

/// Another process may have replaced the refused token meanwhile.
#[test]
fn a_newer_token_is_not_dropped_with_the_refused_one() {
    let (home, endpoint) = (Home::new(), Endpoint::slow_tokens(DAY, Duration::from_secs(1)));
    let mut profile = oauth(&endpoint.origin());
    profile["hosts"] = json!(["registry.example"]);
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let mut other = home.command(["--refresh", "token"]).stdout(Stdio::null()).spawn().unwrap();
    endpoint.wait_for(2);
    ask(&home, &["git", "erase"], "protocol=https\nhost=registry.example\npassword=token-1\n\n").succeeds();
    assert!(other.wait().unwrap().success());
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-2\n");
}

#[test]
fn a_profile_in_the_programs_name_is_never_a_local_file() {
    let home = Home::new();
    home.write("evil.json", &oauth("http://127.0.0.1:1").to_string(), 0o600);
    for name in ["git-credential-jwt-evil.json", "git-credential-jwt-..evil", "git-credential-jwt-a b"] {
        home.run(["link", home.path("").to_str().unwrap(), "--only", name]).fails(2, &["no tool calls the program"]);
        std::os::unix::fs::symlink(crate::support::BINARY, home.path(name)).unwrap();
        let ran = Ran::of(home.program(home.path(name)).arg("get").current_dir(home.path("")));
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
}

#[test]
fn postmans_environment_replaces_no_link_and_no_pipe() {
    let (home, _endpoint) = oauth_home();
    std::os::unix::fs::symlink("/proc/self/fd/1", home.path("link")).unwrap();
    home.run(["postman", "-o", home.path("link").to_str().unwrap()]).fails(2, &["is no file"]);
    assert!(home.path("link").symlink_metadata().unwrap().is_symlink());
    assert!(home.run(["postman", "-o", "-"]).succeeds().stdout.contains("token-1"));
}
