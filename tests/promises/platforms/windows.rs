//! One user, many processes, and what the program is given.

use std::fs;
use std::io::Write as _;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::Windows;
use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::process::wait_until;
use crate::support::{CERTIFICATE, PRIVATE_KEY, Ran, oauth};

#[test]
fn windows_gets_a_token_from_the_mock_and_its_json() {
    let Some(windows) = Windows::new() else { return };
    let answer = windows.run(["mock"]).succeeds().json();
    assert!(answer["access_token"].as_str().unwrap().starts_with("eyJ"), "{answer}");
    let endpoint = Endpoint::tokens(DAY);
    windows.home.oauth_at(&endpoint);
    for _ in 0..2 {
        assert_eq!(windows.run(["json"]).succeeds().json()["access_token"], "token-1");
    }
    assert_eq!(endpoint.count(), 1, "the second is from the cache");
    assert!(windows.run(["status"]).code == 0);
}

#[test]
fn windows_imports_a_file_and_copies_its_key() {
    let Some(windows) = Windows::new() else { return };
    let endpoint = Endpoint::tokens(DAY);
    let account = Account::own();
    for (name, text) in [
        ("downloaded.json", account.console_jwt().to_string()),
        ("private.key", PRIVATE_KEY.into()),
        ("certificate_pub.crt", CERTIFICATE.into()),
    ] {
        windows.home.write(name, &text, 0o600);
    }
    let [file, key, certificate] =
        ["downloaded.json", "private.key", "certificate_pub.crt"].map(|name| windows.path(name));
    let mut words = vec!["import", &file, &key, &certificate, "--metascopes", "ent_aem_cloud_api", "--as", "prod"];
    let origin = endpoint.origin();
    words.extend(["--ims", &origin]);
    let imported = windows.run(words);
    assert_eq!(imported.code, 0, "{imported:?}");
    for name in ["downloaded.json", "private.key", "certificate_pub.crt"] {
        fs::remove_file(windows.home.path(name)).unwrap();
    }
    assert_eq!(windows.run(["token", "-p", "prod"]).succeeds().stdout, "token-1\n");
    let profiles = windows.home.path("config/profiles");
    let left: Vec<_> = fs::read_dir(profiles).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
}

#[test]
fn windows_stampedes_of_twenty_make_one_request_each() {
    let Some(windows) = Windows::new() else { return };
    let endpoint = Endpoint::tokens(DAY);
    windows.home.oauth_at(&endpoint);
    for round in 1..=5 {
        let _ = fs::remove_dir_all(windows.home.path("cache"));
        let start = |_| windows.command(["token"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let calls: Vec<Child> = (0..20).map(start).collect();
        for call in calls {
            let ran = Ran::from(call.wait_with_output().unwrap()).succeeds();
            assert_eq!(ran.stdout.trim_end(), format!("token-{round}"));
        }
        assert_eq!(endpoint.count(), round);
    }
}

#[test]
fn windows_takes_over_when_the_holder_is_killed() {
    let Some(windows) = Windows::new() else { return };
    let endpoint =
        Endpoint::new(
            |_, number| {
                if number == 1 { Answer::never() } else { Answer::token(&format!("token-{number}"), DAY) }
            },
        );
    windows.home.oauth_at(&endpoint);
    let mut holder = windows.command(["token"]).stdout(Stdio::null()).spawn().unwrap();
    wait_until(|| endpoint.count() == 1);
    let mut waiter = windows.command(["token"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert!(waiter.try_wait().unwrap().is_none(), "it waits for the holder");
    holder.kill().unwrap();
    holder.wait().unwrap();
    let ran = Ran::from(waiter.wait_with_output().unwrap()).succeeds();
    assert_eq!((ran.stdout.trim_end(), endpoint.count()), ("token-2", 2));
}

#[test]
fn windows_ends_a_request_on_stdin_that_never_ends() {
    let Some(windows) = Windows::new() else { return };
    let began = Instant::now();
    let mut git = windows.command(["git", "get"]);
    let mut git = git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = git.stdin.take().unwrap();
    stdin.write_all(b"protocol=https\nhost=api.example.com\n").unwrap();
    Ran::from(git.wait_with_output().unwrap()).fails(2, &["it did not end in time"]);
    assert!((Duration::from_secs(5)..Duration::from_secs(9)).contains(&began.elapsed()), "{:?}", began.elapsed());
    drop(stdin);
}

#[test]
fn windows_ends_a_secret_command_with_its_children() {
    let Some(windows) = Windows::new() else { return };
    let endpoint = Endpoint::tokens(DAY);
    let mut profile = oauth(&endpoint.origin());
    let (inner, outer, mark) = (windows.path("inner.cmd"), windows.path("outer.cmd"), windows.path("mark"));
    windows.home.write("inner.cmd", &format!("@ping -n 8 127.0.0.1 >nul\r\n@echo x>{mark}\r\n"), 0o600);
    windows.home.write("outer.cmd", &format!("@cmd /c {inner}\r\n"), 0o600);
    profile["client_secret"] = json!({"command": [outer]});
    windows.home.profile("default", &profile);
    let ran: Ran = windows.run(["token", "--timeout", "3s"]);
    assert!(ran.code == 5 && ran.stderr.contains("gave no answer in"), "{ran:?}");
    std::thread::sleep(Duration::from_secs(9));
    assert!(!windows.home.path("mark").exists(), "the grandchild was not ended");
}
