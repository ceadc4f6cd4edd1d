//! Other processes of the same user cannot read the process, it leaves no core file, and it restricts no program that
//! it starts.

use std::fs;
use std::io::Read as _;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use rustix::process::Signal;
use serde_json::json;

use super::ways::{LITERAL, TOKEN};
use crate::support::clients::skip;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::files::{as_user, own_binary};
use crate::support::process::signal;
use crate::support::{Home, oauth};

/// A home whose profile has an endpoint that never answers; the endpoint of the profile `good` does.
fn home() -> (Home, Endpoint, Endpoint) {
    let (home, hanging) = (Home::new(), Endpoint::always(Answer::never()));
    let good = Endpoint::always(Answer::token(TOKEN, DAY));
    for (name, endpoint) in [("default", &hanging), ("good", &good)] {
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!(LITERAL);
        home.profile(name, &profile);
    }
    (home, hanging, good)
}

/// A shell of the user, with the binary as `$0`.
fn shell(home: &Home, script: &str) -> Command {
    let binary = own_binary(home);
    let mut command = as_user(home, "/bin/sh");
    command.args(["-c", script, &binary]).current_dir(home.path(""));
    command
}

/// A call of the user that has sent its secret and waits for the answer.
fn hanging(home: &Home, endpoint: &Endpoint, script: &str) -> Child {
    let mut command = shell(home, script);
    let asked = endpoint.count();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    endpoint.wait_for(asked + 1);
    child
}

fn finish(mut child: Child) -> Output {
    let _ = child.kill();
    child.wait_with_output().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn another_process_of_the_user_reads_no_memory_or_environment() {
    let (home, endpoint, _) = home();
    let child = hanging(&home, &endpoint, "exec \"$0\" token");
    let other = shell(&home, "sleep 30").spawn().unwrap();
    let mut wrong = Vec::new();
    for file in ["mem", "environ", "maps", "auxv", "syscall", "io"] {
        let reads = |pid: u32| {
            let script = format!("head -c 1 /proc/{pid}/{file} >/dev/null 2>&1 || : <>/proc/{pid}/{file}");
            shell(&home, &script).stderr(Stdio::null()).status().unwrap().success()
        };
        // The check works: it can read an ordinary process.
        if !reads(other.id()) {
            skip(&format!("a /proc/PID/{file} that another process can read"));
        } else if reads(child.id()) {
            wrong.push(file);
        }
    }
    for pid in [other.id(), child.id()] {
        let ls = shell(&home, &format!("ls /proc/{pid}/fd >/dev/null")).stderr(Stdio::null()).status().unwrap();
        assert_eq!(ls.success(), pid == other.id(), "descriptors of the ordinary and of the protected process");
    }
    finish(other);
    finish(child);
    assert!(wrong.is_empty(), "can be read: {wrong:?}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_debugger_of_the_same_user_cannot_attach() {
    if !crate::support::has_client("strace") {
        return;
    }
    let (home, endpoint, _) = home();
    let child = hanging(&home, &endpoint, "exec \"$0\" token");
    let other = shell(&home, "exec sleep 30").spawn().unwrap();
    let attaches = |pid: u32| {
        let mut strace = shell(&home, &format!("exec timeout 2 strace -o attached -p {pid}"));
        let said = String::from_utf8(strace.output().unwrap().stderr).unwrap();
        if said.contains("attached") { Ok(()) } else { Err(said) }
    };
    if let Err(said) = attaches(other.id()) {
        skip(&format!("a process that strace can attach to ({})", said.trim()));
    } else {
        let said = attaches(child.id()).expect_err("it can be attached to");
        assert!(said.contains("not permitted"), "{said}");
    }
    finish(other);
    finish(child);
}

/// Whether the process left a core file, as far as this machine writes any.
fn core(home: &Home, output: &Output) -> bool {
    let files = fs::read_dir(home.path("")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut made = files.filter(|name| name.to_string_lossy().starts_with("core"));
    output.status.core_dumped() || made.next().is_some()
}

#[cfg(target_os = "linux")]
#[test]
fn no_signal_leaves_a_core_file() {
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap();
    let limit = "ulimit -c unlimited 2>/dev/null || ulimit -c \"$(ulimit -Hc)\"";
    let (own, ..) = home();
    let dumps = core(&own, &shell(&own, &format!("{limit}; kill -ABRT $$")).output().unwrap());
    if !dumps {
        return skip(&format!("core files (core_pattern is {})", pattern.trim()));
    }
    let mut count = 0;
    for kind in [Signal::ABORT, Signal::SEGV, Signal::QUIT, Signal::TRAP, Signal::BUS, Signal::SYS] {
        let (home, endpoint, _) = home();
        // A background job of a shell ignores SIGQUIT, and so do its children.
        let script = format!("{limit}; exec env --default-signal=QUIT \"$0\" token");
        let mut child = hanging(&home, &endpoint, &script);
        // Rust's handler takes the first SIGSEGV or SIGBUS from outside, and restores the default.
        while child.try_wait().unwrap().is_none() {
            signal(&child, kind);
            std::thread::sleep(Duration::from_millis(50));
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(kind.as_raw()), "{output:?}");
        assert!(!core(&home, &output), "{kind:?} leaves a core file");
        count += 1;
    }
    eprintln!("{count} signals that write a core file for other programs: none here");
}

/// What the started shell prints about itself: its limits, and whether it can be read and dumped.
const SAYS: &str = "#!/bin/sh\n{ ulimit -c; ulimit -Hc; head -c 1 /proc/$PPID/environ >/dev/null 2>&1; \
    stat -c %u /proc/$$/mem; } >\"${0%/*}/said\"\n/bin/sh -c 'kill -ABRT $$' && echo\nprintf %s secret\n";

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_it_starts_or_becomes_is_not_restricted() {
    for limit in ["0", "1234", "unlimited"] {
        let (home, _, good) = home();
        for name in ["child", "curl", "command"] {
            fs::create_dir_all(home.path(format!("bin-{name}"))).unwrap();
            home.executable(&format!("bin-{name}/{name}"), SAYS);
        }
        let mut profile = oauth(&good.origin());
        profile["client_secret"] = json!({"command": ["../../bin-command/command"]});
        home.profile("command", &profile);
        // The same as for the caller's own shell.
        home.executable("own", SAYS);
        let script = format!(
            "ulimit -c {limit} || exit 9; ./own >/dev/null; PATH=$PWD/bin-curl:$PATH; \
             \"$0\" -p good exec -- bin-child/child; \"$0\" -p good curl -- x; \"$0\" -p command --refresh token"
        );
        let output = shell(&home, &script).output().unwrap();
        if output.status.code() == Some(9) {
            skip(&format!("a core limit of {limit}"));
            continue;
        }
        let said = |place: &str| fs::read_to_string(home.path(place)).unwrap_or_default();
        for child in ["bin-child/said", "bin-curl/said", "bin-command/said"] {
            assert_eq!(said(child), said("said"), "{child} under the limit {limit}: {output:?}");
        }
        assert!(!said("said").is_empty());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_that_it_becomes_can_be_read_again() {
    let (home, ..) = home();
    let script = "exec \"$0\" -p good exec -- /bin/sh -c 'echo ready; exec sleep 30'";
    let mut child = shell(&home, script).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut line).unwrap();
    let script = format!("head -c 1 /proc/{}/environ >/dev/null", child.id());
    let is_open = shell(&home, &script).status().unwrap().success();
    finish(child);
    assert!(is_open, "the program that it became cannot be read");
}

/// Its own descriptors below /proc belong to root then, but it must still open them.
#[test]
fn a_profile_and_a_log_by_descriptor_still_work() {
    let (home, _, good) = home();
    let mut profile = oauth(&good.origin());
    profile["client_secret"] = json!(LITERAL);
    home.write("piped", &profile.to_string(), 0o600);
    // The pipe belongs to the user.
    let script = "exec 3>log; cat piped | JWT_CREDENTIAL_LOG=/dev/fd/3 \"$0\" -p /dev/stdin token";
    let output = shell(&home, script).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("{TOKEN}\n"), "{output:?}");
    assert!(home.path("log").metadata().unwrap().len() > 0);
}
