//! Paths in variables and profiles: a relative path in a variable could lead to files of another user and is an error.

use std::fs;

use serde_json::json;

use super::with_command;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::names;
use crate::support::{Home, Ran, oauth, oauth_home};

#[test]
fn a_relative_path_in_a_variable_is_an_error() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    let rows = [
        ("JWT_CREDENTIAL_CONFIG_DIR", "config"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "./config"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "~"),
        ("JWT_CREDENTIAL_CONFIG_DIR", "~/config"),
        ("JWT_CREDENTIAL_CACHE_DIR", "cache"),
        ("JWT_CREDENTIAL_CACHE_DIR", "~/cache"),
        ("JWT_CREDENTIAL_PROFILE", "config/profiles/default.json"),
        ("JWT_CREDENTIAL_PROFILE", "./config/profiles/default.json"),
        ("JWT_CREDENTIAL_PROFILE", "default.json"),
        ("JWT_CREDENTIAL_PROFILE", "~/default.json"),
    ];
    for (variable, path) in rows {
        for words in [&["token"][..], &["--for", "https://registry.example/", "token"], &["status"], &["show"]] {
            // No profile lists that server, and `show` needs no cache.
            if variable == "JWT_CREDENTIAL_CACHE_DIR" && ["--for", "show"].contains(&words[0]) {
                continue;
            }
            let mut command = home.command(words);
            let ran = Ran::of(command.env(variable, path).current_dir(home.path("")));
            ran.fails(3, &[&format!("the variable {variable} must be an absolute path")]);
        }
    }
    assert!(!home.path("ran").exists(), "a command was run");
    assert!(!home.path("cache").exists() && names(&home.path("~")) == ["default.json"], "something was written");
    // On the command line, the user chooses the path.
    let ran = Ran::of(home.command(["token", "-p", "./config/profiles/default.json"]).current_dir(home.path("")));
    ran.fails(3, &["/bin/sh printed is empty"]);
    assert!(home.path("ran").exists(), "the command would have left its mark");
}

/// A cloned repository may contain `.config/jwt-credential`.
#[test]
fn a_relative_home_is_no_home() {
    let endpoint = Endpoint::tokens(DAY);
    let home = with_command(&endpoint);
    for place in [".config", "~/.config"] {
        let profiles = home.path(place).join("jwt-credential/profiles");
        fs::create_dir_all(&profiles).unwrap();
        fs::copy(home.path("config/profiles/default.json"), profiles.join("default.json")).unwrap();
    }
    for (there, words) in [(".", "token"), ("~", "token"), (".", "list"), (".", "init --client-id x --scopes x")] {
        let mut command = home.command(words.split(' '));
        command.env("HOME", there).env_remove("JWT_CREDENTIAL_CONFIG_DIR").env_remove("JWT_CREDENTIAL_CACHE_DIR");
        let ran = Ran::of(command.current_dir(home.path("")));
        assert!(!ran.stdout.contains("default"), "{there}: {ran:?}");
    }
    assert!(!home.path("ran").exists(), "a command was run");
    assert!(!home.path(".cache").exists() && names(&home.path(".config/jwt-credential")) == ["profiles"]);
}

#[test]
fn a_relative_profile_runs_the_command_beside_it() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    fs::create_dir_all(home.path("sub/sub")).unwrap();
    home.executable("sub/get", "#!/bin/sh\necho right\n");
    home.executable("sub/sub/get", "#!/bin/sh\necho wrong\n");
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["./get"]});
    home.write("sub/p.json", &profile.to_string(), 0o600);
    Ran::of(home.command(["token", "-p", "sub/p.json"]).current_dir(home.path(""))).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("right"));
}

/// The path is as long as a line of a key, and has letters of all kinds.
#[test]
fn a_command_at_a_long_path_runs() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let place = "Users/alice/work/platform2/infrastructure/credential-tools/bin";
    fs::create_dir_all(home.path(place)).unwrap();
    home.executable(&format!("{place}/vault-fetch"), "#!/bin/sh\necho right\n");
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": [home.path(place).join("vault-fetch")]});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("right"));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let (home, _endpoint) = oauth_home();
    fs::create_dir(home.path(".config")).unwrap();
    fs::rename(home.path("config"), home.path(".config/jwt-credential")).unwrap();
    let mut command = home.command(["token"]);
    for variable in ["CONFIG_DIR", "CACHE_DIR", "PROFILE", "LOG"] {
        command.env(format!("JWT_CREDENTIAL_{variable}"), "");
    }
    assert_eq!(Ran::of(&mut command).succeeds().stdout, "token-1\n");
    assert!(home.path(".cache/jwt-credential").is_dir());
}

#[test]
fn a_log_that_cannot_be_written_is_a_warning() {
    let (home, _endpoint) = oauth_home();
    for (log, why) in
        [("log", "absolute"), ("./log", "absolute"), ("~/log", "absolute"), ("/dev/null/log", "directory")]
    {
        let ran = Ran::of(home.command(["token"]).env("JWT_CREDENTIAL_LOG", log).current_dir(home.path("")));
        assert_eq!((ran.code, ran.stdout.as_str()), (0, "token-1\n"), "{log}: {ran:?}");
        let warned = ran.stderr.starts_with(&format!("jwt-credential: warning: the log \"{log}\" in "));
        assert!(warned && ran.stderr.contains(why) && ran.stderr.lines().count() == 1, "{log}: {ran:?}");
    }
    assert!(!home.path("log").exists());
}
