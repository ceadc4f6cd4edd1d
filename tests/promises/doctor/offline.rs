//! What can be found out on this machine: profiles, secrets, keys, hosts, the cache, calling names.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use serde_json::json;

use super::{command, doctor, offline};
use crate::support::ca::certificate_ending;
use crate::support::clients::is_met;
use crate::support::files::{is_root, openssl, set_mode};
use crate::support::{BINARY, CERTIFICATE, Home, PRIVATE_KEY, SECRET, has_client, jwt, oauth};

const NOWHERE: &str = "http://127.0.0.1:1";

#[test]
fn without_profiles_it_says_how_to_make_one() {
    let home = Home::new();
    offline(&home).has("fail profile.none", "", &["no profile in ", "jwt-credential import FILE"]);
}

#[test]
fn a_directory_that_others_can_change_is_found() {
    let home = Home::with_oauth(NOWHERE);
    set_mode(&home.path("config"), 0o777);
    offline(&home).has("fail profile.directory", "", &["can be changed by other users", "chmod go-w"]);
}

#[test]
fn each_profile_is_read_and_a_broken_one_hides_no_other() {
    let home = Home::with_oauth(NOWHERE);
    home.profile("broken", &json!({"provider": "adobe-oauth", "client_secert": SECRET}));
    home.write("config/profiles/loose.json", &oauth(NOWHERE).to_string(), 0o666);
    offline(&home)
        .has("ok profile.read", "default", &["adobe-oauth", "default.json"])
        .has("fail profile.read", "broken", &["unknown key \"client_secert\"", "did you mean \"client_secret\"?"])
        .has("fail profile.read", "loose", &["can be changed by other users", "chmod 600"]);
    doctor(&home, &["default", "--offline"], &[]).has("ok profile.read", "default", &[]).has_no("fail profile.read");
    command(&home, &["absent", "--offline"]).output().map(crate::support::Ran::from).unwrap().fails(3, &["\"absent\""]);
}

#[test]
fn secrets_are_obtained_and_no_command_is_run() {
    let home = Home::new();
    let mut profile = oauth(NOWHERE);
    profile["client_secret"] = json!([{"env": "SET"}, {"env": "UNSET"}, {"file": "secret"}, {"file": "none"}]);
    home.profile("default", &profile);
    home.write("config/profiles/secret", "loose", 0o666);
    profile["client_secret"] = json!({"command": ["touch", home.path("ran")]});
    home.profile("vault", &profile);
    for (name, subject) in [("chain", json!({"profile": "vault"})), ("job", json!({"github_actions": {}}))] {
        let url = format!("{NOWHERE}/token");
        home.profile(name, &json!({"grant": "token-exchange", "token_url": url, "subject_token": subject}));
    }
    doctor(&home, &["--offline"], &[("SET", SECRET)])
        .has("skipped secret.read", "chain", &["subject_token: not read, because it comes from"])
        .has("skipped secret.read", "job", &["subject_token: not read, because it comes from"])
        .has("ok secret.read", "default", &["value 1 of client_secret"])
        .has("fail secret.read", "default", &["the variable UNSET is not set", "export UNSET in"])
        .has("fail secret.read", "default", &["profiles/secret can be changed by other users", "chmod 600"])
        .has("fail secret.read", "default", &["cannot read ", "profiles/none"])
        .has("skipped secret.read", "vault", &["client_secret: not read, because it comes from a command"]);
    assert!(!home.path("ran").exists());
}

/// A home with the JWT profile `default`, its key and its certificate.
fn with_key() -> Home {
    let home = Home::new();
    home.write("config/profiles/private.key", PRIVATE_KEY, 0o600);
    home.write("config/profiles/certificate_pub.crt", CERTIFICATE, 0o644);
    home.profile("default", &jwt(NOWHERE));
    home
}

#[test]
fn a_key_and_its_certificate_are_checked() {
    let home = with_key();
    offline(&home)
        .has("ok key.read", "default", &["private.key"])
        .has("ok key.certificate", "default", &["certificate_pub.crt belongs to ", "private.key"])
        .has("ok certificate.expiry", "default", &["expires on 2126-10-31"]);
    home.write("config/profiles/private.key", "no key", 0o600);
    offline(&home).has("fail key.read", "default", &["the private key in ", "private.key"]);
    let mut profile = jwt(NOWHERE);
    profile.as_object_mut().unwrap().remove("certificate");
    home.profile("default", &profile);
    offline(&home).has("skipped key.certificate", "default", &["names no certificate"]);
    profile["certificate"] = json!({"file": "none.crt"});
    home.profile("default", &profile);
    offline(&home).has("fail certificate.read", "default", &["none.crt"]);
    profile["certificate"] = json!(PRIVATE_KEY);
    home.profile("default", &profile);
    offline(&home).has("fail certificate.read", "default", &["holds no certificate in PEM"]);
}

#[test]
fn another_key_and_an_encrypted_one_are_told_apart() {
    if !has_client("openssl") {
        return;
    }
    let home = with_key();
    openssl(&home, "genrsa -out config/profiles/private.key 2048");
    offline(&home).has("fail key.certificate", "default", &["does not belong to", "of the same pair"]);
    openssl(&home, "rsa -aes128 -passout pass:hidden -in config/profiles/private.key -out config/profiles/locked.key");
    fs::rename(home.path("config/profiles/locked.key"), home.path("config/profiles/private.key")).unwrap();
    set_mode(&home.path("config/profiles/private.key"), 0o600);
    offline(&home).has("skipped key.read", "default", &["is encrypted, and its passphrase is typed"]);
    let mut profile = jwt(NOWHERE);
    profile["passphrase"] = json!("another one");
    home.profile("default", &profile);
    offline(&home).has("fail key.read", "default", &["private.key"]);
}

/// The day that is so many days away.
fn in_days(days: u64) -> String {
    let end = SystemTime::now() + Duration::from_secs(days * 24 * 60 * 60);
    humantime::format_rfc3339_seconds(end).to_string()
}

#[test]
fn what_expires_is_found_in_time() {
    if !has_client("openssl") {
        return;
    }
    let home = with_key();
    let end = in_days(20).replace(['-', ':', 'T'], "");
    home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, &end), 0o644);
    offline(&home).has("warn certificate.expiry", "default", &["(in 19 days)", "jwt-credential init"]);
    home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, "210304050607Z"), 0o644);
    offline(&home).has("fail certificate.expiry", "default", &["expired on 2021-03-04", "jwt-credential init"]);

    let mut profile = jwt(NOWHERE);
    for (day, line, word) in [
        ("2020-01-01".to_owned(), "fail credential.expiry", "expired on 2020-01-01"),
        (in_days(9)[..10].to_owned(), "warn credential.expiry", "days)"),
        (in_days(900)[..10].to_owned(), "ok credential.expiry", "(in 2 years)"),
    ] {
        profile["credential_expires"] = json!(day);
        home.profile("default", &profile);
        offline(&home).has(line, "default", &[word]);
    }
}

#[test]
fn hosts_and_their_overlaps_are_shown() {
    let home = Home::new();
    let listing = |name: &str, hosts: &[&str]| {
        let mut profile = oauth(NOWHERE);
        profile["hosts"] = json!(hosts);
        home.profile(name, &profile);
    };
    listing("one", &["a.example", "*.c.example"]);
    listing("two", &[]);
    offline(&home)
        .has("ok hosts.listed", "one", &["a.example, *.c.example"])
        .has("skipped hosts.listed", "two", &["get no token"])
        .has("ok hosts.overlap", "", &["no server is listed by two profiles"]);
    listing("two", &["A.example:443", "b.c.example"]);
    offline(&home).has("warn hosts.overlap", "", &["a.example is listed by one, two", "-p"]).has_no("ok hosts.overlap");
    listing("default", &["b.c.example"]);
    offline(&home).has("ok hosts.overlap", "", &["b.c.example is listed by default, two; default answers"]);
}

#[test]
fn a_cache_that_cannot_be_used_is_found() {
    let home = Home::with_oauth(NOWHERE);
    offline(&home).has("ok cache.directory", "", &["cache can be used"]).has("ok cache.local", "", &["local"]);
    assert!(!home.path("cache").exists(), "nothing is created");
    home.write("cache", "a file", 0o600);
    offline(&home).has("fail cache.directory", "", &["cannot be used as a cache", "JWT_CREDENTIAL_CACHE_DIR"]);
    doctor(&home, &["--offline"], &[("JWT_CREDENTIAL_CACHE_DIR", "relative")]).has(
        "fail cache.directory",
        "",
        &["must be an absolute path"],
    );
}

/// A FUSE file system, as sshfs makes one; it is gone once this is dropped.
struct Mounted(std::process::Child);

impl Mounted {
    fn at(directory: &Path) -> Option<Self> {
        let can_mount = is_root() && Path::new("/dev/fuse").exists();
        if !is_met(can_mount, "root and /dev/fuse") || !has_client("python3") {
            return None;
        }
        let mut server = Command::new("python3");
        server.args(["-I", "-S", "-c", include_str!("fuse.py")]).arg(directory);
        let mut child = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let mounted = Self(child);
        is_met(line == "mounted\n", "permission to mount").then_some(mounted)
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

#[test]
fn a_cache_on_a_remote_file_system_is_a_warning() {
    let home = Home::with_oauth(NOWHERE);
    fs::create_dir(home.path("cache")).unwrap();
    let Some(_mounted) = Mounted::at(&home.path("cache")) else { return };
    offline(&home).has("warn cache.local", "", &["where locks may not work", "JWT_CREDENTIAL_CACHE_DIR"]);
}

#[test]
fn calling_names_on_the_path_are_checked() {
    let home = Home::with_oauth(NOWHERE);
    offline(&home).has("skipped name.path", "", &["jwt-credential link DIR"]);
    fs::create_dir(home.path("bin")).unwrap();
    let link = |name: &str, to: &Path| symlink(to, home.path("bin").join(name)).unwrap();
    link("git-credential-jwt", Path::new(BINARY));
    link("git-credential-jwt-default", Path::new(BINARY));
    link("docker-credential-jwt-gone", Path::new(BINARY));
    link("terraform-credentials-jwt", &home.path("removed"));
    link("cargo-credential-jwt", Path::new("/bin/sh"));
    link("keyring", Path::new("/bin/sh"));
    let found = offline(&home);
    found
        .has("ok name.path", "git-credential-jwt", &["bin/git-credential-jwt"])
        .has("ok name.path", "git-credential-jwt-default", &[])
        .has("fail name.profile", "docker-credential-jwt-gone", &["selects the profile \"gone\"", "rm '"])
        .has("fail name.dangling", "terraform-credentials-jwt", &["does not exist", "jwt-credential link '"])
        .has("warn name.other", "cargo-credential-jwt", &["another program", "earlier on the PATH"]);
    assert!(!found.to_string().contains("\"keyring\""), "pip's own program has that name: {found}");
}
