//! The values of a profile come directly, or from a variable, a file or a command. An error about a missing value names
//! its place.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::clients::skip;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::{Home, Ran, oauth};
#[cfg(target_os = "linux")]
use crate::support::{
    files::{is_root, own_binary},
    has_client,
};

#[test]
fn a_value_comes_directly_or_by_variable_file_or_command() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.write("config/profiles/value", "by-file\r\n", 0o600);
    let forms = [
        (json!("by-itself"), "by-itself"),
        (json!({"env": "VALUE"}), "by-variable"),
        (json!({"file": "value"}), "by-file"),
        (json!({"command": ["printf", "by-command\\n"]}), "by-command"),
    ];
    for ((form, expected), key) in forms.iter().flat_map(|form| [(form, "client_secret"), (form, "client_id")]) {
        if key == "client_id" && form.get("command").is_some() {
            continue;
        }
        let mut profile = oauth(&endpoint.origin());
        profile[key] = form.clone();
        home.profile("default", &profile);
        Ran::of(home.command(["token", "--refresh"]).env("VALUE", "by-variable")).succeeds();
        assert_eq!(endpoint.asked().last().unwrap().field(key).as_deref(), Some(*expected));
    }
}

#[test]
fn a_command_runs_once_for_an_exchange() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let runs = home.path("runs");
    let command = format!("echo x >>'{}'; echo it", runs.display());
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", command]});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    assert_eq!(fs::read_to_string(&runs).unwrap(), "x\n");
}

#[test]
fn a_value_of_the_identity_must_not_come_from_a_command() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for key in ["client_id", "org_id", "scopes", "ims"] {
        let mut profile = oauth(&endpoint.origin());
        let command = json!({"command": ["/bin/sh", "-c", "echo $WHO"]});
        profile[key] = if key == "scopes" { json!([command]) } else { command };
        home.profile("default", &profile);
        home.run(["token"])
            .fails(3, &[&format!("\"{key}\""), "only a secret may come from a command", "must be a string"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_commands_path_is_relative_to_the_profile() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    fs::create_dir(home.path("checkout")).unwrap();
    home.executable("checkout/vault.sh", "#!/bin/sh\necho from-the-checkout\n");
    home.executable("config/profiles/vault.sh", "#!/bin/sh\necho from-beside-the-profile\n");
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["./vault.sh"]});
    home.profile("default", &profile);
    Ran::of(home.command(["token"]).current_dir(home.path("checkout"))).succeeds();
    assert_eq!(endpoint.asked()[0].field("client_secret").as_deref(), Some("from-beside-the-profile"));
}

#[test]
fn an_unavailable_value_is_an_error_that_names_its_place() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    home.write("config/profiles/blank", " \n", 0o600);
    home.write("config/profiles/large", &"x".repeat(70_000), 0o600);
    let rows = [
        (json!({"env": "NOT_SET"}), "the variable NOT_SET is not set"),
        (json!({"env": "BLANK"}), "the variable BLANK is empty"),
        (json!({"file": "none"}), "config/profiles/none: No such file"),
        (json!({"file": "~/none"}), "~ is not expanded"),
        (json!({"file": "blank"}), "config/profiles/blank is empty"),
        (json!({"file": "large"}), "config/profiles/large: is larger than 64 KiB"),
        (json!({"file": "."}), "config/profiles/.: is a directory"),
        (json!({"command": ["/bin/sh", "-c", "echo half; exit 3"]}), "command /bin/sh failed (exit status: 3)"),
        (json!({"command": ["true"]}), "what true printed is empty"),
        (json!({"command": ["no-such-program"]}), "no-such-program cannot be run"),
        (json!({"command": ["printf", "\\377"]}), "printf printed is not UTF-8"),
    ];
    for ((value, word), key) in rows.iter().flat_map(|row| [(row, "client_id"), (row, "client_secret")]) {
        if key == "client_id" && value.get("command").is_some() {
            continue;
        }
        let mut profile = oauth(&endpoint.origin());
        profile[key] = value.clone();
        home.profile("default", &profile);
        let ran = Ran::of(home.command(["token"]).env("BLANK", " "));
        ran.fails(3, &[word, &format!("\"{key}\""), "config/profiles/default.json"]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_secret_command_has_limited_time() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for script in ["exec sleep 3", "sleep 3; echo s", "echo s; exec >&-; exec sleep 3"] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!({"command": ["/bin/sh", "-c", script]});
        home.profile("default", &profile);
        let began = Instant::now();
        let ran = home.run(["token", "--timeout", "1s"]);
        assert!(began.elapsed() < Duration::from_secs(2), "{script}: {:?}, {ran:?}", began.elapsed());
        ran.fails(5, &["secret command /bin/sh", "--timeout", "\"client_secret\""]);
    }
    assert_eq!(endpoint.count(), 0);
}

#[test]
fn a_secret_is_complete_when_its_command_exits() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    for script in ["echo s; sleep 20 &", "(sleep 20; echo x) & echo s", "echo s; (while sleep 0.5; do echo; done) &"] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!({"command": ["/bin/sh", "-c", script]});
        home.profile("default", &profile);
        let began = Instant::now();
        home.run(["token", "--refresh"]).succeeds();
        assert!(began.elapsed() < Duration::from_secs(3), "{script}: {:?}", began.elapsed());
    }
    let asked = endpoint.asked();
    assert!(asked.iter().all(|asked| asked.field("client_secret").as_deref() == Some("s")));
}

/// A limit on processes with room for the command, but not for a second thread.
#[cfg(target_os = "linux")]
#[test]
fn a_secret_command_needs_no_thread() {
    use std::os::unix::process::CommandExt as _;
    // A user of its own, because the limit counts all processes of a user.
    const ALONE: u32 = 54_321;
    if !is_root() {
        return skip("root");
    }
    if !has_client("prlimit") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["printf", "by-command"]});
    home.profile("default", &profile);
    let mut limited = home.program("prlimit");
    limited.args(["--nproc=2", &own_binary(&home), "token"]).uid(ALONE).gid(ALONE);
    let given = Command::new("chown").args(["-R", &ALONE.to_string()]).arg(home.path("")).status();
    assert!(given.unwrap().success());
    Ran::of(&mut limited).succeeds();
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn a_silent_pipe_is_not_waited_for() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let pipe = home.path("profile.json");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let writer = fs::File::options().read(true).write(true).open(&pipe).unwrap();
    let holder = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(3));
        drop(writer);
    });
    let began = Instant::now();
    let ran = home.run(["token", "--timeout", "1s", "-p", pipe.to_str().unwrap()]);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}, {ran:?}", began.elapsed());
    holder.join().unwrap();
    assert_eq!((ran.stdout.as_str(), endpoint.count()), ("", 0));
}

#[test]
fn a_commands_partial_output_is_not_sent() {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let script = "trap '' PIPE; head -c 65540 /dev/zero | tr '\\0' x; exit 0";
    let mut profile = oauth(&endpoint.origin());
    profile["client_secret"] = json!({"command": ["/bin/sh", "-c", script]});
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["the secret command /bin/sh"]);
    assert_eq!(endpoint.count(), 0);
}
