//! Unusual files and directories: a token that cannot be cached is still printed, an unusable record is a miss, and
//! files that others can read or change are rejected with a hint that fixes it.

use std::fs;
use std::os::unix::fs::{lchown, symlink};
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::support::clients::skip;
use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::files::{NOBODY, as_user, is_root, mode, own_binary, set_mode};
use crate::support::{Home, PRIVATE_KEY, Ran, SECRET, jwt, oauth};

#[test]
fn without_a_cache_directory_the_token_is_printed() {
    type Make = fn(&Path);
    const MINE: Make = |cache| fs::create_dir(cache).unwrap();
    // What is in the cache's place, its owner, and its mode.
    let rows: [(&str, Make, u32, u32); 5] = [
        ("a file", |cache| fs::write(cache, "mine").unwrap(), NOBODY, 0o600),
        ("a link", |cache| symlink(cache.with_file_name("config"), cache).unwrap(), NOBODY, 0o700),
        ("a file above it", |cache| fs::write(cache, "mine").unwrap(), NOBODY, 0o600),
        ("a directory that cannot be written", MINE, NOBODY, 0o500),
        ("another user's directory", MINE, 0, 0o777),
    ];
    for (what, make, owner, mode) in rows {
        if owner == 0 && !is_root() {
            skip("root");
            continue;
        }
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
        home.oauth_at(&endpoint);
        let mut command = as_user(&home, &own_binary(&home));
        let cache = home.path("cache");
        make(&cache);
        set_mode(&cache, mode);
        if is_root() {
            lchown(&cache, Some(owner), None).unwrap();
        }
        if what == "a file above it" {
            command.env("JWT_CREDENTIAL_CACHE_DIR", cache.join("jwt"));
        }
        command.arg("token");
        for expected in ["token-1\n", "token-2\n"] {
            let ran = Ran::of(&mut command);
            // In the user's own directory that is full or read-only, there is nothing wrong with the path.
            let ran = if what.ends_with("cannot be written") { ran.succeeds() } else { ran.succeeds_uncached() };
            assert_eq!(ran.stdout, expected, "{what}");
        }
        let there = fs::read_dir(home.path("config/profiles")).unwrap().count();
        assert_eq!(there, 1, "{what}: nothing is written through it");
    }
}

#[test]
fn without_a_home_the_token_is_printed() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.oauth_at(&endpoint);
    let mut homes = vec![Some("/dev/null/home"), Some("relative")];
    // Otherwise it is the home of the user who runs the tests, which may have a cache.
    if is_root() {
        homes.extend([None, Some("")]);
    }
    for (number, there) in homes.into_iter().enumerate() {
        let mut command = as_user(&home, &own_binary(&home));
        command.env_remove("JWT_CREDENTIAL_CACHE_DIR").env_remove("HOME").current_dir("/dev/..").arg("token");
        if let Some(there) = there {
            command.env("HOME", there);
        }
        assert_eq!(Ran::of(&mut command).succeeds_uncached().stdout, format!("token-{}\n", number + 1), "{there:?}");
    }
}

/// A job's container runs as root, with the home of another user.
#[test]
fn another_users_home_has_the_cache_in_the_runtime_directory() {
    if !is_root() {
        return skip("root");
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.oauth_at(&endpoint);
    let (theirs, runtime) = (home.path("theirs"), home.path("runtime"));
    for directory in [&theirs, &runtime] {
        fs::create_dir(directory).unwrap();
        set_mode(directory, 0o755);
    }
    lchown(&theirs, Some(NOBODY), None).unwrap();
    let command = |words: &str| {
        let mut command = home.command(words.split(' '));
        command.env("HOME", &theirs).env_remove("JWT_CREDENTIAL_CACHE_DIR");
        command
    };
    for number in 1..=2 {
        let ran = Ran::of(&mut command("token")).succeeds_uncached();
        assert_eq!(ran.stdout, format!("token-{number}\n"));
        assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
        assert!(ran.stderr.contains("JWT_CREDENTIAL_CACHE_DIR") && ran.stderr.contains("another user"), "{ran:?}");
    }
    let status = Ran::of(&mut command("status")).succeeds().stdout;
    assert!(status.contains("no cache") && status.contains("belongs to another user"), "{status}");
    for _ in 0..2 {
        let ran = Ran::of(command("token").env("XDG_RUNTIME_DIR", &runtime)).succeeds();
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("token-3\n", ""));
    }
    assert_eq!(mode(&runtime.join("jwt-credential")), 0o700);
    fs::remove_dir_all(runtime.join("jwt-credential")).unwrap();
    lchown(&runtime, Some(NOBODY), None).unwrap();
    Ran::of(command("token --refresh").env("XDG_RUNTIME_DIR", &runtime)).succeeds_uncached();
    assert_eq!(fs::read_dir(&theirs).unwrap().count(), 0);
    let status = Ran::of(command("status").env_remove("HOME").env("HOME", "relative")).succeeds().stdout;
    assert!(status.contains("no cache") && status.contains("XDG_RUNTIME_DIR"), "{status}");
}

#[test]
fn root_leaves_nothing_in_another_users_home() {
    if !is_root() {
        return skip("root");
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    as_user(&home, &own_binary(&home));
    let mut command = home.command(["token"]);
    command.env("JWT_CREDENTIAL_PROFILE_JSON", oauth(&endpoint.origin()).to_string());
    assert_eq!(Ran::of(&mut command).succeeds_uncached().stdout, "token-1\n");
    assert!(!home.path("cache").exists());
    let theirs = home.path("jwt-credential");
    fs::create_dir(&theirs).unwrap();
    set_mode(&theirs, 0o755);
    lchown(&theirs, Some(NOBODY), None).unwrap();
    assert_eq!(Ran::of(command.env("JWT_CREDENTIAL_CACHE_DIR", &theirs)).succeeds_uncached().stdout, "token-2\n");
    assert_eq!((mode(&theirs), fs::read_dir(theirs).unwrap().count()), (0o755, 0), "under every name");
}

#[test]
fn an_unusable_record_is_a_miss() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.oauth_at(&endpoint);
    home.run(["token"]).succeeds();
    let path = home.record_path().unwrap();
    let good = fs::read_to_string(&path).unwrap();
    let mut texts: Vec<String> = (0..good.len()).step_by(50).map(|length| good[..length].to_owned()).collect();
    texts.push("\0".repeat(good.len()));
    texts.push("[".repeat(60_000));
    texts.push(good.clone() + "}");
    texts.push(" ".repeat(70_000) + &good);
    texts.push(good.replacen("\"version\":2", "\"version\":3", 1));
    texts.push(good.replacen("AdobeID", "AdobeId", 1));
    texts.push(good.replacen("token-1", "tok en", 1));
    let is_missed = |what: &str| {
        let asked = endpoint.count();
        assert_eq!(home.run(["token"]).succeeds().stdout, format!("token-{}\n", asked + 1), "{what}");
    };
    for text in texts {
        assert_ne!(text, good);
        home.write(path.to_str().unwrap(), &text, 0o600);
        is_missed(&text[..text.len().min(900)]);
    }
    let beside = home.write("beside", &good, 0o600);
    let places: [(&str, &dyn Fn()); 5] = [
        ("a FIFO", &|| assert!(Command::new("mkfifo").args(["-m", "600"]).arg(&path).status().unwrap().success())),
        ("a link", &|| symlink(&beside, &path).unwrap()),
        ("a second name of a file", &|| fs::hard_link(&beside, &path).unwrap()),
        ("readable by others", &|| drop(home.write(path.to_str().unwrap(), &good, 0o644))),
        ("a directory", &|| fs::create_dir(&path).unwrap()),
    ];
    for (what, make) in places {
        fs::remove_file(&path).unwrap();
        make();
        is_missed(what);
        if what != "a directory" {
            assert_eq!(mode(&path), 0o600, "{what}: there is a record again");
            let asked = endpoint.count();
            assert_eq!(home.run(["token"]).succeeds().stdout, format!("token-{asked}\n"), "{what}");
        }
    }
    assert_eq!(fs::read_to_string(beside).unwrap(), good, "nothing is written through a link");
}

#[test]
fn a_file_open_to_others_is_refused_with_the_fix() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let mut by_command = oauth(&endpoint.origin());
    by_command["client_secret"] = json!({"command": ["echo", "s"]});
    let mut by_variable = jwt(&endpoint.origin());
    by_variable["client_secret"] = json!({"env": "S"});
    let literal = oauth(&endpoint.origin());
    let (refused, with_leave, works) = ((3, 3), (3, 0), (0, 0));
    // The modes of profile and key, and the exit codes without and with permission for loose modes.
    let rows = [
        (&literal, 0o600, 0o600, works),
        (&literal, 0o644, 0o600, with_leave),
        (&literal, 0o640, 0o600, with_leave),
        (&literal, 0o666, 0o600, with_leave),
        (&by_variable, 0o644, 0o600, works),
        (&by_variable, 0o664, 0o600, with_leave),
        (&by_variable, 0o600, 0o644, with_leave),
        (&by_variable, 0o600, 0o620, with_leave),
        (&by_command, 0o644, 0o600, works),
        (&by_command, 0o620, 0o600, refused),
        (&by_command, 0o602, 0o600, refused),
    ];
    for (profile, profile_mode, key_mode, codes) in rows {
        for (leave, code) in [("0", codes.0), ("false", codes.0), ("1", codes.1)] {
            home.profile("default", profile);
            set_mode(&home.path("config/profiles/default.json"), profile_mode);
            home.write("config/profiles/private.key", PRIVATE_KEY, key_mode);
            let mut command = as_user(&home, &own_binary(&home));
            command.args(["token", "--refresh"]).env("S", SECRET).env("JWT_CREDENTIAL_ALLOW_LOOSE_MODES", leave);
            let ran = Ran::of(&mut command);
            if code == 0 {
                ran.succeeds();
            } else {
                let file = if profile_mode == 0o600 { "private.key" } else { "default.json" };
                let fix = if codes == refused { "hint: chmod go-w '" } else { "hint: chmod 600 '" };
                ran.fails(code, &[fix, &format!("/config/profiles/{file}'")]);
            }
        }
    }
}

#[test]
fn an_unreadable_file_is_named() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.jwt_at(&endpoint);
    for (file, hint) in [("private.key", ""), ("default.json", "hint: if it is yours: chmod 600 '")] {
        set_mode(&home.path("config/profiles").join(file), 0);
        let ran = Ran::of(as_user(&home, &own_binary(&home)).arg("token"));
        ran.fails(3, &["cannot read ", file, "Permission denied", hint]);
    }
}

/// Runs as a user with this umask; two levels of the cache's path are missing.
fn under(umask: &str, home: &Home, args: &str) -> String {
    let binary = own_binary(home);
    let mut command = as_user(home, "/bin/sh");
    command.args(["-c", &format!("umask {umask}; exec \"$0\" {args}"), &binary]);
    command.env("JWT_CREDENTIAL_CACHE_DIR", home.path("cache/jwt")).env("JWT_CREDENTIAL_LOG", home.path("log"));
    Ran::of(&mut command).succeeds().stdout
}

#[test]
fn no_umask_opens_the_cache_or_locks_its_owner_out() {
    for umask in ["000", "777"] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
        home.oauth_at(&endpoint);
        let mut logged = 0;
        for (args, token) in [("token", "token-1\n"), ("token", "token-1\n"), ("token --refresh", "token-2\n")] {
            assert_eq!(under(umask, &home, args), token, "umask {umask}");
            let log = home.path("log").metadata().unwrap().len();
            assert!(log > logged, "umask {umask}");
            logged = log;
        }
        assert_eq!((mode(&home.path("cache")), mode(&home.path("cache/jwt"))), (0o700, 0o700), "umask {umask}");
        for entry in fs::read_dir(home.path("cache/jwt")).unwrap().map(Result::unwrap) {
            assert_eq!(mode(&entry.path()), 0o600, "umask {umask}: {entry:?}");
        }
    }
}
