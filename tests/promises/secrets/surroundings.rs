//! Machines that fail, wrong keys and secrets, and killed processes.

use std::fs;
use std::process::{Command, Stdio};

use rustix::process::Signal;
use serde_json::{Value as Json, json};

use super::calls::Call;
use super::lookout::{Lookout, Stage};
use super::ways::{BY_COMMAND, LITERAL, PASSPHRASE, TOKEN, WAYS};
use crate::support::endpoint::{Answer, DAY_MS};
use crate::support::files::set_mode;
use crate::support::process::signal;
use crate::support::{BINARY, PRIVATE_KEY};

/// What a shell does before it becomes the call.
const TROUBLES: [&str; 16] = [
    "exec \"$0\" \"$@\" >/dev/full",
    "exec \"$0\" \"$@\" >&-",
    "exec \"$0\" \"$@\" 2>&-",
    "exec \"$0\" \"$@\" 2>/dev/full",
    "exec \"$0\" \"$@\" <&-",
    "exec \"$0\" \"$@\" | true",
    "ulimit -f 0; exec \"$0\" \"$@\"",
    "ulimit -n 4; exec \"$0\" \"$@\"",
    "ulimit -n 6; exec \"$0\" \"$@\"",
    "ulimit -s 200; exec \"$0\" \"$@\"",
    "ulimit -v 40000; exec \"$0\" \"$@\"",
    "ulimit -v 20000; exec \"$0\" \"$@\"",
    "unset HOME JWT_CREDENTIAL_CACHE_DIR; exec \"$0\" \"$@\"",
    "JWT_CREDENTIAL_CACHE_DIR=/dev/null exec \"$0\" \"$@\"",
    "TMPDIR=/no/such/place JWT_CREDENTIAL_LOG=/no/such/log exec \"$0\" \"$@\"",
    "JWT_CREDENTIAL_CACHE_DIR=/proc JWT_CREDENTIAL_LOG=/dev/full exec \"$0\" \"$@\"",
];

#[test]
fn no_failure_of_the_machine_prints_a_secret() {
    let mut lookout = Lookout::new();
    for way in &WAYS {
        let mut stage = Stage::new(way, "trouble", |_, _| Answer::token(TOKEN, DAY_MS));
        stage.settle();
        for trouble in TROUBLES {
            for words in ["json -v --refresh", "curl -v --refresh"] {
                let call = Call::new(true, words, "");
                let given = stage.command(&call);
                let mut shell = stage.home.program("/bin/sh");
                shell.args(["-c", trouble, BINARY]).args(given.get_args()).current_dir(stage.home.path("tmp"));
                shell.envs(given.get_envs().filter_map(|(name, value)| Some((name, value?))));
                trouble.clone_into(&mut stage.name);
                let output = call.said.hold(&mut shell);
                lookout.look(&mut stage, &call, &output);
            }
        }
    }
    lookout.found_nothing("trouble with the machine", 250);
}

#[test]
fn no_killed_call_leaves_a_secret() {
    let mut lookout = Lookout::new();
    let signals = [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP, Signal::ABORT, Signal::KILL, Signal::USR1];
    for way in &WAYS {
        let mut stage = Stage::new(way, "killed", |_, _| Answer::never());
        stage.settle();
        for kind in signals {
            let call = Call::new(false, "json -v --refresh", "");
            let mut command = stage.command(&call);
            let asked = stage.endpoint.count();
            let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            stage.endpoint.wait_for(asked + 1);
            // Other users can see its command line, which contains only the arguments of the call.
            let line = fs::read(format!("/proc/{}/cmdline", child.id())).unwrap_or_default();
            assert!(line.ends_with(b"json\0-v\0--refresh\0") || line.is_empty(), "{}", String::from_utf8_lossy(&line));
            signal(&child, kind);
            let output = child.wait_with_output().unwrap();
            lookout.look(&mut stage, &call, &output);
        }
    }
    lookout.found_nothing("killed at the endpoint", 60);
}

/// A change that makes a profile's key or secret wrong.
type Spoil = (&'static str, fn(&Stage, &mut Json));

const SPOILT: [Spoil; 18] = [
    ("a key that is cut off", |stage, _| put(stage, "config/profiles/private.key", &PRIVATE_KEY[..900])),
    ("a key without its end", |stage, _| {
        put(stage, "config/profiles/private.key", PRIVATE_KEY.trim_end().trim_matches('-'));
    }),
    ("a garbled key", |stage, _| put(stage, "config/profiles/private.key", &PRIVATE_KEY.replacen('A', "!", 9))),
    ("a key with another digit", |stage, _| {
        put(stage, "config/profiles/private.key", &PRIVATE_KEY.replacen("qh", "hq", 1));
    }),
    ("a key with another label", |stage, _| {
        put(stage, "config/profiles/private.key", &PRIVATE_KEY.replace("PRIVATE KEY", "EC PRIVATE KEY"));
    }),
    ("a key said to be encrypted", |stage, _| {
        put(stage, "config/profiles/private.key", &PRIVATE_KEY.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));
    }),
    ("a key without labels", |stage, _| {
        let lines: Vec<&str> = PRIVATE_KEY.lines().filter(|line| !line.starts_with('-')).collect();
        put(stage, "config/profiles/private.key", &lines[3..].join("\n"));
    }),
    ("two keys", |stage, _| put(stage, "config/profiles/private.key", &PRIVATE_KEY.repeat(2))),
    ("a key that others can read", |stage, _| set_mode(&stage.home.path("config/profiles/private.key"), 0o666)),
    ("a key of too many bytes", |stage, _| put(stage, "config/profiles/private.key", &PRIVATE_KEY.repeat(60))),
    ("a wrong passphrase", |_, profile| profile["passphrase"] = json!(LITERAL)),
    ("a passphrase as the secret", |_, profile| profile["client_secret"] = json!(PASSPHRASE)),
    ("a secret of two lines", |_, profile| profile["client_secret"] = json!(format!("{LITERAL}\n{BY_COMMAND}"))),
    ("a secret file that is a key", |_, profile| profile["client_secret"] = json!({"file": "private.key"})),
    ("a secret's command that fails", |stage, profile| {
        stage.home.executable("bin/fails", "#!/bin/sh\ncat \"${0%/*}/../input/by-command\" >&2\nexit 3\n");
        profile["client_secret"] = json!({"command": ["../../bin/fails"]});
    }),
    ("a secret's command that says too much", |stage, profile| {
        stage.home.executable("bin/much", "#!/bin/sh\nwhile :; do cat \"${0%/*}/../input/by-command\" || exit; done\n");
        profile["client_secret"] = json!({"command": ["../../bin/much"]});
    }),
    ("a secret's command that says more lines", |stage, profile| {
        stage.home.executable("bin/lines", "#!/bin/sh\ncat \"${0%/*}/../input/by-command\"; echo; echo more\n");
        profile["client_secret"] = json!({"command": ["../../bin/lines"]});
    }),
    ("a secret's command that hangs", |stage, profile| {
        stage.home.executable("bin/hangs", "#!/bin/sh\ncat \"${0%/*}/../input/by-command\"\nexec sleep 20\n");
        profile["client_secret"] = json!({"command": ["../../bin/hangs"]});
    }),
];

fn put(stage: &Stage, place: &str, text: &str) {
    stage.home.write(place, text, 0o600);
}

#[test]
fn no_wrong_key_or_secret_is_printed() {
    let mut lookout = Lookout::new();
    for (what, spoil) in SPOILT {
        for way in [&WAYS[4], &WAYS[6], &WAYS[5]] {
            let mut stage = Stage::new(way, what, |_, _| Answer::token(TOKEN, DAY_MS));
            let path = stage.home.path("config/profiles/default.json");
            let mut profile: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            spoil(&stage, &mut profile);
            put(&stage, "config/profiles/default.json", &profile.to_string());
            stage.settle();
            let key = stage.home.path("config/profiles/private.key").display().to_string();
            let import = format!("import {key} --as other");
            for words in ["json -v --timeout 2s", "status -v", "show -v", &import] {
                lookout.watch(&mut stage, &Call::new(true, words, ""));
            }
        }
    }
    lookout.found_nothing("keys and secrets that are wrong", 200);
}

/// Programs that are started get no secret beyond the caller's own environment. strace records every started program.
#[cfg(target_os = "linux")]
#[test]
fn no_started_program_has_a_secret_in_its_arguments() {
    use crate::support::has_client;
    if !has_client("strace") {
        return;
    }
    let mut lookout = Lookout::new();
    for way in &WAYS {
        let mut stage = Stage::new(way, "started", |_, _| Answer::token(TOKEN, DAY_MS));
        stage.settle();
        for words in
            ["json -v", "curl -v -- x", "exec -v -- child", "init --as new --client-id x --client-secret env:X"]
        {
            let call = Call::new(true, words, "");
            let given = stage.command(&call);
            let mut strace: Command = stage.home.program("strace");
            // Only arguments: strace shortens the environment to its address.
            strace.args(["-f", "-s", "9999", "-e", "trace=execve", "-o"]).arg(stage.home.path("tmp/started"));
            strace.arg(BINARY).args(given.get_args()).current_dir(stage.home.path("tmp"));
            strace.envs(given.get_envs().filter_map(|(name, value)| Some((name, value?))));
            let output = call.said.hold(&mut strace);
            let started = fs::read_to_string(stage.home.path("tmp/started")).unwrap();
            assert!(started.contains("execve(\""), "{started}");
            lookout.look(&mut stage, &call, &output);
        }
    }
    lookout.found_nothing("arguments of programs", 30);
}
