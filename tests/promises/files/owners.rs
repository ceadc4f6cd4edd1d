//! Files that another user owns or can change are not read or run, and new files are private: the configuration
//! directory, pipes, files named by a profile, temporary files.

use std::fs;
use std::os::unix::fs::lchown;
use std::process::Command;

use serde_json::json;

use super::with_command;
use crate::support::ca::Ca;
use crate::support::clients::{find, is_met, skip};
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::{NOBODY, is_root, mode, names, set_mode};
use crate::support::{Home, Ran, has_client, oauth, oauth_home};

#[test]
fn a_named_pipe_of_another_user_is_not_read() {
    if !is_root() {
        return skip("root");
    }
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let pipe = home.path("pipe");
    for (mode, owner, why) in
        [("644", NOBODY, "another user"), ("622", 0, "other users"), ("666", NOBODY, "another user")]
    {
        let _ = fs::remove_file(&pipe);
        assert!(Command::new("mkfifo").args(["-m", mode]).arg(&pipe).status().unwrap().success());
        lchown(&pipe, Some(owner), None).unwrap();
        let (profile, text) = (pipe.clone(), fs::read(home.path("config/profiles/default.json")).unwrap());
        let writer = std::thread::spawn(move || fs::write(profile, text));
        let ran = home.run(["token", "-p", pipe.to_str().unwrap()]);
        let is_refused = ran.stderr.contains(why) || ran.stderr.contains("others can change it");
        assert!(ran.code == 3 && ran.stdout.is_empty() && is_refused, "{mode}: {ran:?}");
        writer.join().unwrap().unwrap();
    }
    assert!(!home.path("ran").exists(), "a command was run");
    // The user's own pipe is read.
    set_mode(&pipe, 0o600);
    lchown(&pipe, Some(0), None).unwrap();
    let (profile, text) = (pipe.clone(), oauth(&endpoint.origin()).to_string());
    let writer = std::thread::spawn(move || fs::write(profile, text));
    home.run(["token", "-p", pipe.to_str().unwrap()]).succeeds();
    writer.join().unwrap().unwrap();
}

#[test]
fn another_users_link_as_the_cache_is_never_followed() {
    let (home, _endpoint) = oauth_home();
    fs::create_dir(home.path("public")).unwrap();
    set_mode(&home.path("public"), 0o755);
    std::os::unix::fs::symlink(home.path("public"), home.path("jwt-credential")).unwrap();
    for ending in ["", "/", "/.", "//"] {
        let path = home.path("jwt-credential").display().to_string() + ending;
        Ran::of(home.command(["token"]).env("JWT_CREDENTIAL_CACHE_DIR", path)).succeeds_uncached();
    }
    assert_eq!((names(&home.path("public")).len(), mode(&home.path("public"))), (0, 0o755));
}

#[test]
fn a_configuration_directory_writable_by_others_is_rejected() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let mut modes = vec![(0o777, None), (0o1777, None), (0o775, None), (0o757, None)];
    if is_root() {
        modes.extend([(0o700, Some(NOBODY)), (0o755, Some(NOBODY))]);
    } else {
        skip("root");
    }
    for (mode, owner) in modes {
        for (part, shown) in [("config", "/config "), ("config/profiles", "/config/profiles ")] {
            set_mode(&home.path(part), mode);
            lchown(home.path(part), owner, None).unwrap();
            let why = if owner.is_some() { "belongs to another user" } else { "can be changed by other users" };
            for words in [&["token"][..], &["token", "-p", "default"], &["list"], &["status"]] {
                home.run(words)
                    .fails(3, &["the configuration directory ", shown, why, "hint: if it is yours: chmod go-w "]);
            }
            lchown(home.path(part), Some(rustix::process::geteuid().as_raw()), None).unwrap();
            set_mode(&home.path(part), 0o755);
        }
    }
    assert!(!home.path("ran").exists(), "a command was run");
    home.run(["list"]).succeeds();
}

/// Kubernetes mounts secrets this way: the file system is read-only, whatever the mode says.
#[test]
fn a_read_only_directory_of_any_mode_is_accepted() {
    if !has_client("unshare") {
        return;
    }
    let (home, _endpoint) = oauth_home();
    set_mode(&home.path("config"), 0o1777);
    let mount = "mount --bind \"$C\" \"$C\" && mount -o remount,bind,ro \"$C\"";
    let unshared = |script: &str| {
        let mut command = home.program("unshare");
        command.args(["-rm", "/bin/sh", "-c", script]).env("C", home.path("config"));
        Ran::of(&mut command)
    };
    if is_met(unshared(mount).code == 0, "private mounts") {
        assert_eq!(unshared(&format!("{mount} && jwt-credential token")).succeeds().stdout, "token-1\n");
    }
}

#[test]
fn a_file_named_by_a_profile_must_not_be_writable_by_others() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let Some(ca) = Ca::new(&home) else { return };
    let tls = ca.endpoint(|_, _| Answer::token("token-tls", DAY));
    let file = home.write("config/profiles/value", "", 0o600);
    let rows = [
        ("ims", endpoint.origin()),
        ("hosts", "registry.example".to_owned()),
        ("client_id", "someone".to_owned()),
        ("scopes", "openid".to_owned()),
        ("ca_file", fs::read_to_string(&ca.pem).unwrap()),
    ];
    for (key, value) in rows {
        fs::write(&file, value).unwrap();
        let mut profile = oauth(&endpoint.origin());
        profile[key] = json!({"file": "value"});
        if key == "ca_file" {
            profile[key] = json!("value");
            profile["ims"] = json!(format!("https://127.0.0.1:{}", tls.port()));
        }
        if key != "hosts" {
            profile["hosts"] = json!(["registry.example"]);
        }
        home.profile("default", &profile);
        let call = || home.run(["token", "--refresh", "--for", "https://registry.example/"]);
        for mode in [0o600, 0o644] {
            set_mode(&file, mode);
            call().succeeds();
        }
        for mode in [0o620, 0o666] {
            set_mode(&file, mode);
            refuses(&call(), &format!("{}: {mode:o}", file.display()), "can be changed by other users");
        }
        set_mode(&file, 0o644);
        if is_root() {
            lchown(&file, Some(NOBODY), None).unwrap();
            refuses(&call(), key, "belongs to another user");
            lchown(&file, Some(0), None).unwrap();
        }
    }
}

/// With `--for`, the reason may be in the log only.
#[track_caller]
fn refuses(ran: &Ran, what: &str, why: &str) {
    assert!(ran.code == 3 && ran.stdout.is_empty(), "{what}: {ran:?}");
    assert!(ran.stderr.contains(why) || ran.stderr.contains("-v says why"), "{what}: {ran:?}");
}

#[test]
fn no_umask_opens_the_mocks_directory() {
    for umask in ["000", "002", "022", "077", "777"] {
        let home = Home::new();
        let script = format!(
            "umask {umask}; exec jwt-credential mock -- /bin/sh -c \
             'd=$(dirname \"$JWT_CREDENTIAL_CONFIG_DIR\"); stat -c %a \"$d\" \"$d/config\" \"$d/bin\"; jwt-credential token'"
        );
        let ran = Ran::of(home.program("/bin/sh").args(["-c", &script])).succeeds();
        let lines: Vec<&str> = ran.stdout.lines().collect();
        assert_eq!(lines[..3], ["700"; 3], "umask {umask}");
        assert!(lines[3].starts_with("eyJ"), "umask {umask}: {ran:?}");
    }
}

/// openssl runs as always, and the test records the files in the temporary directory meanwhile.
#[test]
fn init_leaves_no_key_in_a_temporary_directory() {
    if !has_client("openssl") {
        return;
    }
    for umask in ["000", "002", "077"] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
        for part in ["tmp", "wrapped"] {
            fs::create_dir(home.path(part)).unwrap();
        }
        let real = find("openssl").unwrap();
        let wrapper =
            format!("#!/bin/sh\n'{}' \"$@\"; code=$?; ls -RA \"$TMPDIR\" >\"$NOTED\"; exit $code\n", real.display());
        home.executable("wrapped/openssl", &wrapper);
        let line = format!(
            "umask {umask}; PATH=\"$WRAPPED:$PATH\"; exec jwt-credential init adobe-jwt --client-id x \
             --client-secret env:S --org-id 0A1B@AdobeOrg --technical-account-id 0A1B2C3D4E5F607182930A4B@techacct.adobe.com \
             --metascopes ent_user_sdk --ims {}",
            endpoint.origin()
        );
        let mut command = home.program("/bin/sh");
        command.args(["-c", &line]).env("TMPDIR", home.path("tmp")).env("NOTED", home.path("noted"));
        let ran = Ran::of(command.env("WRAPPED", home.path("wrapped")).env("S", "secret"));
        assert_eq!(ran.code, 0, "umask {umask}: {ran:?}");
        let noted = fs::read_to_string(home.path("noted")).unwrap();
        assert_eq!(noted.lines().filter(|line| !line.ends_with(':')).collect::<String>(), "", "umask {umask}");
        assert_eq!(mode(&home.path("config/keys/adobe.key")), 0o600, "umask {umask}");
    }
}
