//! Secret commands that ask for a token of a profile, whose secret may come from a command in turn.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{BINARY, Home, Ran, has_client, oauth};

/// Writes the profile NAME, whose secret command notes that it ran and asks for a token of another profile.
fn asking(home: &Home, endpoint: &Endpoint, name: &str, other: &str) {
    let mut profile = oauth(&endpoint.origin());
    profile["client_id"] = json!(name);
    let script = format!("echo x >>'{}'; exec jwt-credential token -p {other} 2>>'{}'", ran(home), said(home));
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", script]});
    home.profile(name, &profile);
}

fn ran(home: &Home) -> String {
    home.path("ran").display().to_string()
}

fn said(home: &Home) -> String {
    home.path("said").display().to_string()
}

fn runs(home: &Home) -> usize {
    fs::read_to_string(home.path("ran")).unwrap_or_default().lines().count()
}

#[test]
fn a_command_that_asks_for_its_own_profile_is_an_error() {
    let endpoint = Endpoint::tokens(DAY);
    for (others, expected) in [(&["one"][..], 1), (&["two", "one"], 2), (&["two", "three", "one"], 3)] {
        for options in [&["token", "-p", "one"][..], &["token", "-p", "one", "--no-cache"]] {
            let home = Home::new();
            let names: Vec<&str> = std::iter::once("one").chain(others.iter().copied()).collect();
            for pair in names.windows(2) {
                asking(&home, &endpoint, pair[0], pair[1]);
            }
            let began = Instant::now();
            home.run(options).fails(3, &["secret command /bin/sh failed"]);
            assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
            assert_eq!(runs(&home), expected);
            let said = fs::read_to_string(said(&home)).unwrap();
            assert!(
                said.contains("one.json has a secret command that asks for a token of this profile itself"),
                "{said}"
            );
        }
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn secret_commands_are_nested_four_deep_at_most() {
    let endpoint = Endpoint::tokens(DAY);
    for (depth, is_answered) in [(3, true), (4, true), (5, false)] {
        let home = Home::new();
        let mut last = oauth(&endpoint.origin());
        last["client_id"] = json!("last");
        home.profile(&format!("p{}", depth - 1), &last);
        for level in 0..depth - 1 {
            asking(&home, &endpoint, &format!("p{level}"), &format!("p{}", level + 1));
        }
        let answered = home.run(["token", "-p", "p0", "--timeout", "60s"]);
        assert_eq!(answered.code, if is_answered { 0 } else { 3 }, "{depth}: {answered:?}");
    }
}

#[test]
fn programs_do_not_inherit_the_chain() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    let mut command = home.command(["exec", "--", "/bin/sh", "-c", "echo ${JWT_CREDENTIAL_CHAIN-none}"]);
    assert_eq!(Ran::of(command.env("JWT_CREDENTIAL_CHAIN", "0123456789abcdef")).succeeds().stdout, "none\n");
}

/// With a terminal, its processes keep theirs: one in a group of its own would be stopped when it reads.
#[test]
fn without_a_terminal_all_processes_of_a_command_end() {
    if !has_client("setsid") {
        return;
    }
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::new();
    let mut profile = oauth(&endpoint.origin());
    let script = format!("sleep 300 & echo $! >'{}'; wait", home.path("pid").display());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", script]});
    home.profile("default", &profile);
    let mut command = home.program("setsid");
    Ran::of(command.args(["-w", BINARY, "token", "--timeout", "1s"])).fails(5, &["gave no answer"]);
    let pid = fs::read_to_string(home.path("pid")).unwrap();
    let end = Instant::now() + Duration::from_secs(5);
    while is_running(pid.trim()) && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(!is_running(pid.trim()), "process {pid} is still running");
}

/// A process that has ended stays a zombie until its new parent notices.
fn is_running(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}
