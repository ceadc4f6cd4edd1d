//! A machine with almost nothing: no entry for the user, no writable file system, few descriptors, little memory, no
//! network, a file system that refuses many calls. The token is printed, or an error gives the reason.

use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::clients::{is_met, skip};
use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::files::{is_root, own_binary};
use crate::support::{BINARY, CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, has_client, jwt, oauth, oauth_home};

/// A user without an entry in any file.
const UNKNOWN: u32 = 54_321;

/// Runs a script as root of its own namespace, with the binary as `$0`; `None` if namespaces are not allowed.
fn unshared(home: &Home, kinds: &str, prepare: &str, script: &str) -> Option<Ran> {
    let run = |script: &str| {
        let mut command = home.program("unshare");
        command.args([kinds, "/bin/sh", "-c", script, BINARY]).env("H", home.path(""));
        command.output().ok().map(Ran::from)
    };
    if !is_met(run(prepare).is_some_and(|ran| ran.code == 0), "namespaces") {
        return None;
    }
    run(&format!("{prepare}; {script}"))
}

#[test]
fn a_user_without_an_entry_gets_a_token() {
    if !is_root() {
        return skip("root");
    }
    let (home, endpoint) = oauth_home();
    let mut command = Command::new(own_binary(&home));
    command.env_clear().env("JWT_CREDENTIAL_PROFILE_JSON", oauth(&endpoint.origin()).to_string());
    command.uid(UNKNOWN).gid(UNKNOWN).current_dir("/").arg("token");
    for expected in ["token-1\n", "token-2\n"] {
        assert_eq!(Ran::of(&mut command).succeeds_uncached().stdout, expected);
    }
}

#[test]
fn if_nothing_can_be_written_the_token_is_printed() {
    let (home, _endpoint) = oauth_home();
    let read_only = "mount --bind \"$H\" \"$H\" && mount -o remount,bind,ro \"$H\" && ! touch \"$H/x\" 2>/dev/null";
    let Some(ran) = unshared(&home, "-rm", read_only, "cd \"$H\" && \"$0\" token && \"$0\" token") else { return };
    assert_eq!(ran.succeeds_uncached().stdout, "token-1\ntoken-2\n");
    // A cache that was filled before is still read.
    home.run(["token"]).succeeds();
    let ran = unshared(&home, "-rm", read_only, "cd \"$H\" && \"$0\" token && \"$0\" token --refresh").unwrap();
    assert_eq!(ran.succeeds().stdout, "token-3\ntoken-4\n");
}

#[test]
fn without_a_network_the_error_says_so_and_the_cache_answers() {
    let (home, endpoint) = oauth_home();
    home.run(["token"]).succeeds();
    let Some(ran) = unshared(&home, "-rn", "true", "exec \"$0\" token --refresh") else { return };
    ran.fails(5, &["127.0.0.1", "hint: "]);
    let ran = unshared(&home, "-rn", "true", "exec \"$0\" token").unwrap();
    assert_eq!((ran.succeeds().stdout, endpoint.count()), ("token-1\n".into(), 1));
}

/// The least of a resource with which both a call that requests a token and a cached call print it.
fn least(home: &Home, limit: &str, amounts: &[u64]) -> [Option<u64>; 2] {
    let works = |amount: u64, args: &[&str]| {
        let mut command = home.program("prlimit");
        command.arg(format!("--{limit}={amount}:{amount}")).arg(BINARY).args(args);
        // Below this, the system's loader may fail.
        let ran = Ran::of(&mut command);
        let is_known = (0..=7).contains(&ran.code) || ran.stdout.is_empty();
        assert!(is_known && (ran.code == 0) == ran.stdout.starts_with("token-"), "{limit} {amount}: {ran:?}");
        (ran.code == 0 && ran.stderr.is_empty()).then_some(amount)
    };
    [&["token", "--refresh"][..], &["token"]].map(|args| amounts.iter().find_map(|amount| works(*amount, args)))
}

#[test]
fn sixteen_descriptors_are_enough() {
    if !has_client("prlimit") {
        return;
    }
    let (home, _endpoint) = oauth_home();
    home.run(["token"]).succeeds();
    let [requesting, cached] = least(&home, "nofile", &(3..=16).collect::<Vec<_>>());
    assert!(requesting.is_some() && cached.is_some(), "{requesting:?}, {cached:?}");
    eprintln!("descriptors: {} to request a token, {} with a cached token", requesting.unwrap(), cached.unwrap());
}

#[test]
fn little_memory_is_enough() {
    const MEBIBYTE: u64 = 1024 * 1024;
    if !has_client("prlimit") {
        return;
    }
    let (home, _endpoint) = oauth_home();
    home.run(["token"]).succeeds();
    for (limit, most) in [("data", 16), ("as", 256)] {
        let amounts = (0..).map(|power| MEBIBYTE << power).take_while(|amount| *amount <= most * MEBIBYTE);
        let amounts: Vec<_> = amounts.collect();
        let had = least(&home, limit, &amounts).map(|amount| amount.map(|amount| amount / MEBIBYTE));
        let [Some(requesting), Some(cached)] = had else { panic!("{limit}: {had:?}") };
        eprintln!("memory ({limit}): {requesting} MiB to request a token, {cached} MiB with a cached token");
    }
}

/// Calls that NFS, FUSE and containers refuse.
#[test]
fn on_a_limited_file_system_the_token_is_printed() {
    if !has_client("strace") {
        return;
    }
    let faults = [
        "flock:error=ENOLCK",
        "flock:error=EOPNOTSUPP",
        "flock:error=ENOSYS",
        "flock:error=EBADF",
        "/^rename:error=EIO",
        "/^rename:error=EXDEV",
        "utimensat:error=EPERM",
        "utimensat:error=ENOSYS",
        "/^fchmod:error=EPERM",
        "/^mkdir:error=EROFS",
        "/^mkdir:error=EDQUOT",
        "/^unlink:error=EIO",
    ];
    for fault in faults {
        let (home, _endpoint) = oauth_home();
        for args in [["token", "--refresh"], ["token", "--timeout=9s"]] {
            let mut command = home.program("strace");
            let (calls, _) = fault.split_once(':').unwrap();
            command.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={calls}")]);
            command.args(["-e", &format!("inject={fault}"), BINARY]).args(args);
            let ran = Ran::of(&mut command);
            assert!(ran.code == 0 && ran.stderr.is_empty() && ran.stdout.starts_with("token-"), "{fault}: {ran:?}");
        }
    }
    eprintln!("file systems: {} refusals", faults.len());
}

/// Unusual files in a home's directory, by name.
fn odd_things(home: &Home) -> Vec<(&'static str, PathBuf)> {
    assert!(Command::new("mkfifo").args(["-m", "600"]).arg(home.path("fifo")).status().unwrap().success());
    drop(UnixListener::bind(home.path("socket")).unwrap());
    std::os::unix::fs::symlink("nowhere", home.path("dangling")).unwrap();
    std::os::unix::fs::symlink("loop", home.path("loop")).unwrap();
    std::fs::create_dir(home.path("directory")).unwrap();
    home.write("empty", "", 0o600);
    home.write("nul", "\0", 0o600);
    home.write("large", &"a".repeat(70_000), 0o600);
    let own = [
        "fifo",
        "socket",
        "dangling",
        "loop",
        "directory",
        "empty",
        "nul",
        "large",
        "config/profiles/default.json/below",
    ];
    let mut all: Vec<_> = own.map(|name| (name, home.path(name))).into_iter().collect();
    all.extend(["/dev/zero", "/dev/null", "/dev/full", "/proc/self/mem"].map(|path| (path, PathBuf::from(path))));
    all
}

#[test]
fn an_odd_file_as_profile_key_or_secret_is_a_clear_error() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    home.jwt_at(&endpoint);
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
    home.write("config/profiles/secret", SECRET, 0o600);
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (name, path) in odd_things(&home) {
        for place in ["profile", "private_key", "client_secret", "client_id", "certificate", "ca_file"] {
            let mut profile = jwt(&endpoint.origin());
            match place {
                "profile" => {}
                "ca_file" => profile[place] = json!(path),
                _ => profile[place] = json!({"file": path}),
            }
            home.profile("odd", &profile);
            let named = if place == "profile" { path.to_str().unwrap() } else { "odd" };
            let began = Instant::now();
            let ran = Ran::of(&mut home.command(["-p", named, "--timeout", "2s", "--no-cache", "token"]));
            let says = [path.to_str().unwrap(), &format!("\"{place}\"")].iter().any(|word| ran.stderr.contains(word));
            let fails = ran.code == 3 && ran.stdout.is_empty() && ran.stderr.contains("error: ") && says;
            // The certificate is only for messages, and the CA only for https.
            let does_without = ["certificate", "ca_file"].contains(&place) && ran.code == 0 && ran.stderr.is_empty();
            if !(fails || does_without) || began.elapsed() > Duration::from_secs(9) {
                wrong.push(format!("{name} as {place}: {:?}, {ran:?}", began.elapsed()));
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    eprintln!("places: {count} unusual files as profile, key, secret and others");
}
