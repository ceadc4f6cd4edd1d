//! `keep` writes a token to a file and keeps it fresh, as `integrations/keep/` says.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::json;

use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::{mode, names};
use crate::support::pages::shows_as_in_readme;
use crate::support::process::signal;
use crate::support::{Home, Ran};

/// Waits for this text in the file, for longer than a busy machine takes.
#[track_caller]
fn wait_for(file: &Path, text: &str) {
    let began = Instant::now();
    while fs::read_to_string(file).ok().as_deref() != Some(text) {
        assert!(began.elapsed() < Duration::from_secs(30), "no {text}, but {:?}", fs::read_to_string(file));
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_kept_file_has_a_fresh_token_until_a_signal_ends_it() {
    let endpoint = Endpoint::tokens(4);
    let home = Home::with_oauth(&endpoint.origin());
    let file = home.path("token");
    let mut keep = home.command(["keep", file.to_str().unwrap()]);
    let mut keep = keep.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    for number in 1..=3 {
        wait_for(&file, &format!("token-{number}"));
        assert_eq!(mode(&file), 0o600);
    }
    signal(&keep, Signal::TERM);
    assert_eq!(keep.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    keep.stdout.take().unwrap().read_to_string(&mut said).unwrap();
    keep.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(said, "");
    assert_eq!(names(home.directory.path()), ["cache", "config", "token"], "no temporary file is left");
}

#[test]
fn a_failure_leaves_the_token_in_its_file_and_is_tried_again() {
    let endpoint = Endpoint::new(|_, number| match number {
        1 => Answer::token("first", 8),
        2..=4 => Answer::refusal(500, "server_error", "later"),
        _ => Answer::token("second", DAY),
    });
    let home = Home::with_oauth(&endpoint.origin());
    let file = home.path("token");
    let mut keep = home.command(["keep", file.to_str().unwrap()]).stderr(Stdio::piped()).spawn().unwrap();
    wait_for(&file, "first");
    endpoint.wait_for(3);
    assert_eq!(fs::read_to_string(&file).unwrap(), "first");
    wait_for(&file, "second");
    signal(&keep, Signal::INT);
    assert_eq!(keep.wait().unwrap().code(), Some(0));
    let mut said = String::new();
    keep.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert!(said.contains("server_error"), "{said}");
    shows_as_in_readme("keep", 0, &said);
}

#[test]
fn once_writes_the_file_in_any_form_and_exits() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    let file = home.write("token", "an older one", 0o644);
    let path = file.to_str().unwrap();
    home.run(["keep", path, "--once"]).succeeds();
    assert_eq!((fs::read_to_string(&file).unwrap().as_str(), mode(&file)), ("token-1", 0o600));
    for form in ["json", "header", "headers", "curl", "env", "postman", "kubectl", "pnpm", "rclone"] {
        home.run(["keep", path, "--once", "--form", form]).succeeds();
        assert_eq!(fs::read_to_string(&file).unwrap(), home.run([form]).succeeds().stdout, "{form}");
    }
    home.run(["keep", path, "--once", "--refresh"]).succeeds();
    assert_eq!(fs::read_to_string(&file).unwrap(), "token-2");
    home.run(["keep", path, "--once", "--form", "git"]).fails(2, &["git"]);
    assert_eq!(endpoint.count(), 2);
}

#[test]
fn what_is_wrong_from_the_start_ends_keep() {
    let home = Home::new();
    let file = home.path("token");
    let path = file.to_str().unwrap();
    home.profile("default", &json!({"provider": "adobe-oauth"}));
    home.run(["keep", path]).fails(3, &["default.json"]);
    let refuses = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_id"));
    home.oauth_at(&refuses);
    home.run(["keep", path]).fails(4, &["invalid_client"]);
    assert!(!file.exists());
    home.oauth_at(&Endpoint::tokens(DAY));
    let nowhere = home.path("absent/token");
    home.run(["keep", "--once", nowhere.to_str().unwrap()]).fails(6, &["absent/token", "could not be written"]);
    home.run(["keep"]).fails(2, &["FILE"]);
    let mut to_standard_output = home.command(["keep", "--once", "-"]);
    Ran::of(to_standard_output.current_dir(home.path(""))).fails(2, &["jwt-credential token prints the same"]);
    assert!(!home.path("-").exists());
}

/// The unit of the page names options that there are.
#[test]
fn the_unit_of_the_page_runs_keep() {
    let unit = fs::read_to_string(crate::support::pages::integration("keep/jwt-credential-keep.service")).unwrap();
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart=%h/.local/bin/jwt-credential ")).unwrap();
    let home = Home::with_oauth(&Endpoint::tokens(DAY).origin());
    let words: Vec<String> =
        line.split(' ').map(|word| word.replace("%t", home.directory.path().to_str().unwrap())).collect();
    home.run(words.iter().map(String::as_str).chain(["--once"])).succeeds();
    assert_eq!(fs::read_to_string(home.path("token")).unwrap(), "token-1");
}
