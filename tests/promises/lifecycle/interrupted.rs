//! `import`, `delete`, `rename`, `use` and `hosts` may be killed at any system call: nothing is half done, and the next command
//! finishes what was begun.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;

use serde_json::json;

use super::account;
use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, DAY_MS, Endpoint};
use crate::support::files::{names, set_mode};
use crate::support::{BINARY, Home, PRIVATE_KEY, has_client, jwt};

const COMMANDS: [&[&str]; 4] =
    [&["delete", "a", "--yes"], &["rename", "a", "c"], &["use", "b"], &["hosts", "add", "new.example", "-p", "a"]];

/// The calls that change something, or after which something can change.
const DECIDING: [&str; 7] = ["rename", "renameat2", "unlink", "unlinkat", "fsync", "flock", "write"];

fn endpoint() -> Endpoint {
    Endpoint::new(|asked, _| {
        let life = if asked.line.contains("/exchange/") { DAY_MS } else { DAY };
        Answer::token(&format!("of-{}", asked.field("client_id").unwrap()), life)
    })
}

/// The default profile `a` with a key, a backup and a cached token, and the profile `b`.
fn reset(home: &Home, endpoint: &Endpoint) {
    for part in ["config", "cache"] {
        let _ = fs::remove_dir_all(home.path(part));
    }
    for part in ["config", "config/profiles", "config/keys"] {
        fs::create_dir(home.path(part)).unwrap();
        set_mode(&home.path(part), 0o700);
    }
    let mut profile = jwt(&endpoint.origin());
    profile["client_id"] = json!("a");
    profile["hosts"] = json!(["old.example"]);
    profile["private_key"] = json!({"file": "../keys/a.key"});
    profile.as_object_mut().unwrap().remove("certificate");
    home.write("config/keys/a.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/a.json.bak", "{}", 0o600);
    home.write("config/config.json", "{\"default\": \"a\"}", 0o600);
    home.profile("a", &profile);
    home.profile("b", &account(endpoint, "b"));
    home.run(["token"]).succeeds();
}

/// The calls of a command, by name and number, from the first of our own.
fn calls(home: &Home, args: &[&str]) -> Vec<(String, usize)> {
    let trace = home.path("trace");
    let mut strace = home.program("strace");
    assert!(strace.arg("-o").arg(&trace).arg(BINARY).args(args).output().unwrap().status.success());
    let (mut counts, mut calls, mut is_ours) = (BTreeMap::new(), Vec::new(), false);
    for line in fs::read_to_string(trace).unwrap().lines() {
        let Some((name, _)) = line.split_once('(').filter(|(name, _)| !name.contains(' ')) else { continue };
        let number: &mut usize = counts.entry(name.to_owned()).or_default();
        *number += 1;
        is_ours |= line.starts_with("prctl(PR_SET_DUMPABLE");
        if is_ours && !name.starts_with("exit") {
            calls.push((name.to_owned(), *number));
        }
    }
    assert!(calls.len() > 20, "{calls:?}");
    calls
}

/// The files of the directory, without what a killed process was writing.
fn files(directory: &Path) -> Vec<String> {
    names(directory).into_iter().filter(|name| !name.starts_with(".jwt-credential-")).collect()
}

/// What must be true of the files that a killed command left, before another command finishes it.
fn nothing_is_half_done(home: &Home, command: &str) {
    assert_eq!(home.run(["token", "-p", "b"]).succeeds().stdout, "of-b\n");
    let has = |name: &str| home.path(format!("config/profiles/{name}.json")).exists();
    if has("a") {
        assert_eq!(home.run(["token", "-p", "a", "--refresh"]).succeeds().stdout, "of-a\n");
    }
    match command {
        "rename" => {
            assert!(has("a") != has("c"), "there is one of the two");
            assert_eq!(home.run(["token"]).succeeds().stdout, "of-a\n", "it is the default all the time");
        }
        "use" => drop(home.run(["token"]).succeeds()),
        _ => {}
    }
}

/// What must be true after the next command.
fn it_is_finished(home: &Home, command: &str) {
    home.run(["list"]).succeeds();
    let (profiles, keys) = (files(&home.path("config/profiles")), files(&home.path("config/keys")));
    let is_before = home.path("config/profiles/a.json").exists();
    let default = home.run(["use"]).succeeds().stdout;
    match (command, is_before) {
        ("delete", false) => {
            assert_eq!((profiles, keys, default), (vec!["b.json".into()], vec![], "b\n".into()));
            let cached = fs::read_dir(home.path("cache")).unwrap().map(|entry| entry.unwrap().path());
            let records = cached.filter(|path| path.extension().is_some_and(|ending| ending == "json"));
            assert_eq!(records.count(), 1, "the token of a is gone, that of b is not");
        }
        ("rename", false) => {
            assert_eq!(profiles, ["b.json", "c.json", "c.json.bak"]);
            assert_eq!((keys, default), (vec!["a.key".into()], "c\n".into()));
        }
        _ => {
            assert_eq!(
                (profiles, keys),
                (vec!["a.json".into(), "a.json.bak".into(), "b.json".into()], vec!["a.key".into()])
            );
            assert!(default == "a\n" || (command == "use" && default == "b\n"), "{default}");
            let shown = home.run(["hosts", "-p", "a"]).succeeds().stdout;
            assert!(shown.contains("  old.example\n"), "{shown}");
        }
    }
}

/// Kills an import at these calls; returns how often. The next command leaves no secret but those of profiles.
fn kill_import_at_each(is_chosen: impl Fn(&str) -> bool) -> usize {
    let (home, endpoint) = (Home::new(), endpoint());
    let (file, ims) = (home.download("download.json", &Account::own().console_oauth()), endpoint.origin());
    let import = ["import", file.to_str().unwrap(), "--ims", &ims, "--as", "new", "--no-check"];
    reset(&home, &endpoint);
    let mut killed = 0;
    for (name, number) in calls(&home, &import).into_iter().filter(|(name, _)| is_chosen(name)) {
        for next in [&["list"][..], &["delete", "b", "--yes"]] {
            reset(&home, &endpoint);
            if is_killed(&home, &name, number, &import) {
                home.run(next).succeeds();
                let mut profiles = names(&home.path("config/profiles"));
                if next == ["list"] {
                    profiles.retain(|name| name != "b.json");
                }
                if let Some(at) = profiles.iter().position(|name| name == "new.json") {
                    assert!(home.run(["token", "-p", "new"]).succeeds().stdout.starts_with("of-"));
                    profiles.remove(at);
                }
                assert_eq!(profiles, ["a.json", "a.json.bak"], "{name} {number}, then {next:?}");
                killed += 1;
            }
        }
    }
    killed
}

#[test]
fn a_killed_import_leaves_no_secret_for_long() {
    if has_client("strace") {
        let killed = kill_import_at_each(|name| DECIDING.contains(&name) || name == "openat");
        assert!(killed > 20, "{killed}");
    }
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn an_import_may_be_killed_at_every_call() {
    if has_client("strace") {
        let killed = kill_import_at_each(|_| true);
        assert!(killed > 100, "{killed}");
        eprintln!("{killed} kills, at each system call of an import: the next command removes what was half written");
    }
}

/// Whether a command was killed at this call. The runtime does not always make the same calls.
fn is_killed(home: &Home, name: &str, number: usize, args: &[&str]) -> bool {
    let mut strace = home.program("strace");
    strace.args(["-o", "/dev/null", "-e", &format!("inject={name}:signal=KILL:when={number}"), BINARY]).args(args);
    strace.output().unwrap().status.signal() == Some(9)
}

/// Kills the commands at these calls; returns how often.
fn kill_at_each(is_chosen: impl Fn(&str) -> bool) -> usize {
    let (home, endpoint) = (Home::new(), endpoint());
    let mut killed = 0;
    for args in COMMANDS {
        reset(&home, &endpoint);
        for (name, number) in calls(&home, args).into_iter().filter(|(name, _)| is_chosen(name)) {
            reset(&home, &endpoint);
            if is_killed(&home, &name, number, args) {
                eprintln!("{args:?} killed at {name} {number}");
                nothing_is_half_done(&home, args[0]);
                it_is_finished(&home, args[0]);
                killed += 1;
            }
        }
    }
    killed
}

#[test]
fn a_killed_change_of_profiles_is_finished_or_undone() {
    if has_client("strace") {
        let killed = kill_at_each(|name| DECIDING.contains(&name));
        assert!(killed > 40, "{killed}");
    }
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_change_of_profiles_may_be_killed_at_every_call() {
    if has_client("strace") {
        let killed = kill_at_each(|_| true);
        assert!(killed > 300, "{killed}");
        eprintln!("{killed} kills, one at each system call of 4 commands: nothing is half done");
    }
}

/// The new profile has the name, the key and the account of the one that is being deleted.
#[test]
fn a_profile_made_since_a_killed_delete_keeps_its_files() {
    let (home, endpoint) = (Home::new(), endpoint());
    reset(&home, &endpoint);
    let text = fs::read(home.path("config/profiles/a.json")).unwrap();
    fs::rename(home.path("config/profiles/a.json"), home.path("config/profiles/.a.deleted")).unwrap();
    fs::write(home.path("config/profiles/a.json"), text).unwrap();
    set_mode(&home.path("config/profiles/a.json"), 0o600);
    home.run(["list"]).succeeds();
    let profiles = files(&home.path("config/profiles"));
    assert_eq!(profiles, ["a.json", "a.json.bak", "b.json"]);
    assert_eq!(home.run(["token"]).succeeds().stdout, "of-a\n");
    assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout, "of-a\n");
    assert_eq!(endpoint.count(), 2, "the cached token stayed");
}
