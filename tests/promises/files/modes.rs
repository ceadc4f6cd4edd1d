//! File modes: a download may have the mode that a browser gave it, the files made from it are private, and there is a
//! way where the user cannot choose the mode.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use crate::support::downloads::Account;
use crate::support::endpoint::{DAY_MS, Endpoint};
use crate::support::files::{NOBODY, as_user, files_below, is_root, mode, own_binary, set_mode};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, jwt, oauth};

/// Runs the binary as a user without privileges, in the directory of the downloads. The home already belongs to that
/// user.
fn by_user(home: &Home, words: &str) -> Ran {
    let mut command = as_user(home, &own_binary(home));
    Ran::of(command.args(words.split_whitespace()).current_dir(home.path("")))
}

/// AEM service credentials that name this endpoint.
fn aem_at(endpoint: &Endpoint) -> Json {
    let mut document = Account::own().aem();
    document["integration"]["imsEndpoint"] = json!(endpoint.origin());
    document
}

#[test]
fn a_readable_download_is_taken_and_its_fix_is_shown() {
    let endpoint = Endpoint::tokens(DAY_MS);
    for (file_mode, is_noted) in [(0o644, true), (0o640, true), (0o604, true), (0o666, true), (0o600, false)] {
        let home = Home::new();
        home.write("aem.json", &aem_at(&endpoint).to_string(), file_mode);
        let ran = by_user(&home, "import aem.json").succeeds();
        let note = "note: others can read aem.json: chmod 600 'aem.json', or remove it now that it is copied\n";
        assert_eq!(ran.stdout.contains(note), is_noted, "{file_mode:o}: {ran:?}");
        for file in files_below(&home.path("config")) {
            assert_eq!(mode(&home.path("config").join(&file)), 0o600, "{file}");
        }
        by_user(&home, "token").succeeds();
        assert_eq!(mode(&home.path("aem.json")), file_mode, "its mode stays");
    }
}

#[test]
fn a_readable_key_is_reported_however_it_was_named() {
    for words in ["jwt.json private.key", "jwt.json --private-key private.key", "config.json"] {
        let home = Home::new();
        home.download("jwt.json", &Account::own().console_jwt());
        let account = Account::own();
        home.download(
            "config.json",
            &json!({"clientId": account.client_id, "clientSecret": account.client_secret, "orgId": account.org_id,
                "technicalAccountId": account.technical_account_id, "privateKey": "private.key"}),
        );
        home.write("private.key", PRIVATE_KEY, 0o644);
        let ran = by_user(&home, &format!("import {words} --metascopes ent_user_sdk --no-check")).succeeds();
        assert!(ran.stdout.contains("note: others can read private.key: chmod 600 'private.key'"), "{words}: {ran:?}");
    }
}

#[test]
fn a_certificate_is_no_secret() {
    let home = Home::new();
    home.download("jwt.json", &Account::own().console_jwt());
    home.write("private.key", PRIVATE_KEY, 0o600);
    home.write("certificate_pub.crt", CERTIFICATE, 0o644);
    let words = "import jwt.json private.key certificate_pub.crt --metascopes ent_user_sdk --no-check";
    let ran = by_user(&home, words).succeeds();
    assert!(!ran.stdout.contains("others can read"), "{ran:?}");
}

#[test]
fn no_umask_opens_a_profile_or_locks_its_owner_out() {
    let mut wrong = Vec::new();
    for umask in ["000", "022", "077", "777"] {
        let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
        home.download("aem.json", &aem_at(&endpoint));
        let mut account = Account::own();
        account.client_secret = "p8e-CANARY-the-next-secret".into();
        home.download("new.json", &account.console_oauth());
        fs::remove_dir_all(home.path("config")).unwrap();
        for words in ["aem.json", "new.json --force --ims", "token"] {
            let words = match words {
                "token" => "token".to_owned(),
                words if words.ends_with("--ims") => format!("import {words} {}", endpoint.origin()),
                words => format!("import {words}"),
            };
            let binary = own_binary(&home);
            let mut command = as_user(&home, "/bin/sh");
            command.args(["-c", &format!("umask {umask}; exec \"$0\" {words}"), &binary]).current_dir(home.path(""));
            let ran = Ran::of(command.env("JWT_CREDENTIAL_CONFIG_DIR", home.path("config/below")));
            if ran.code != 0 {
                wrong.push((umask, words, ran));
                break;
            }
        }
        let config = home.path("config/below");
        let modes = files_below(&config).into_iter().map(|file| (mode(&config.join(&file)), file));
        let files: Vec<_> = modes.filter(|(mode, _)| *mode != 0o600).collect();
        assert!(files.is_empty(), "umask {umask}: {files:?} {wrong:?}");
        assert_eq!((mode(&home.path("config")), mode(&config)), (0o700, 0o700), "umask {umask}");
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

/// A volume as Kubernetes mounts a secret: owned by root, readable, and reached through links.
fn mounted(home: &Home, files: &[(&str, &str)]) -> PathBuf {
    let mount = home.path("mount");
    fs::create_dir_all(mount.join("..2026_11_25")).unwrap();
    symlink("..2026_11_25", mount.join("..data")).unwrap();
    for (file, text) in files {
        home.write(&format!("mount/..2026_11_25/{file}"), text, 0o644);
        symlink(format!("..data/{file}"), mount.join(file)).unwrap();
    }
    mount
}

#[test]
fn a_secret_mounted_by_kubernetes_works() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    let mut by_file = jwt(&endpoint.origin());
    by_file["client_secret"] = json!({"file": "../../mount/secret"});
    by_file["private_key"] = json!({"file": "../../mount/private.key"});
    by_file.as_object_mut().unwrap().remove("certificate");
    home.profile("by-file", &by_file);
    let binary = own_binary(&home);
    // The home's owner is changed before the volume exists.
    let run = |words: &str| {
        let mut command = home.program(&binary);
        if is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        Ran::of(command.args(words.split_whitespace()).current_dir(home.path("")))
    };
    drop(as_user(&home, &binary));
    let profile = oauth(&endpoint.origin()).to_string();
    let aem = aem_at(&endpoint).to_string();
    let files = [("profile.json", &*profile), ("aem.json", &aem), ("secret", SECRET), ("private.key", PRIVATE_KEY)];
    mounted(&home, &files);
    for words in ["-p mount/profile.json", "-p mount/aem.json", "-p by-file"] {
        run(&format!("token --refresh {words}")).succeeds();
    }
    assert!(endpoint.asked().iter().all(|asked| asked.field("client_secret").as_deref() == Some(SECRET)));
    let ran = run("import mount/aem.json --as imported").succeeds();
    assert!(!ran.stdout.contains("others can read"), "{ran:?}");
    assert_eq!(mode(&home.path("config/profiles/imported.json")), 0o600);
}

/// GitLab writes this file for each job, with its own mode.
#[test]
fn a_ci_file_variable_needs_permission_and_then_works() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY_MS));
    fs::create_dir_all(home.path("builds/project.tmp")).unwrap();
    home.write("builds/project.tmp/CREDENTIAL", &aem_at(&endpoint).to_string(), 0o666);
    home.write("builds/project.tmp/KEY", PRIVATE_KEY, 0o666);
    let mut by_file = jwt(&endpoint.origin());
    by_file["private_key"] = json!({"file": "../../builds/project.tmp/KEY"});
    by_file.as_object_mut().unwrap().remove("certificate");
    home.profile("by-file", &by_file);
    let credential = home.path("builds/project.tmp/CREDENTIAL").display().to_string();
    for (profile, file) in [(credential.as_str(), "CREDENTIAL"), ("by-file", "KEY")] {
        let mut command = as_user(&home, &own_binary(&home));
        // A file of root may be readable by others, but no file may be writable by others.
        set_mode(&home.path("builds/project.tmp").join(file), 0o666);
        command.args(["token", "--refresh"]).env("JWT_CREDENTIAL_PROFILE", profile).current_dir(home.path(""));
        let hints = ["hint: chmod 600 '", &format!("{file}'"), "GitLab", "JWT_CREDENTIAL_ALLOW_LOOSE_MODES=1"];
        Ran::of(&mut command).fails(3, &hints);
        Ran::of(command.env("JWT_CREDENTIAL_ALLOW_LOOSE_MODES", "1")).succeeds();
    }
    let ran = by_user(&home, "import builds/project.tmp/CREDENTIAL --as imported").succeeds();
    assert!(ran.stdout.contains("note: others can read builds/project.tmp/CREDENTIAL: chmod 600 '"), "{ran:?}");
    by_user(&home, "token -p imported --refresh").succeeds();
}
