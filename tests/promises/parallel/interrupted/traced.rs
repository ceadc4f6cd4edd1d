//! The program under strace, which holds it up, stops it or kills it at one of its system calls.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::files::names;
use crate::support::{BINARY, Home};

/// Long enough for a busy machine, short enough that the shares of it (1.8 s for an attempt, a takeover after 1.9 s)
/// keep the tests quick.
pub(super) const TIMEOUT: &str = "4s";

/// Which calls are looked at. strace counts those alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// On the files of these endings that belong to the claim.
    Files(&'static [&'static str]),
    /// On the way to the endpoint, and back.
    Network,
}

/// What the holder of the first slot touches, and the one that takes over.
pub(super) const FIRST: [View; 2] = [View::Files(&["lock1", "tmp1", "json"]), View::Network];
pub(super) const SECOND: [View; 2] = [View::Files(&["lock2", "tmp2"]), View::Network];

/// A system call: the so-manieth of its name in its view.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) view: View,
    pub(super) name: String,
    pub(super) number: usize,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call is held up.
    Delay(Duration),
    /// The process is stopped (SIGSTOP) by it.
    Stop,
    /// The process is killed before it.
    Kill,
}

/// The common stem of a profile's files in the cache, learned from a call that has another cache.
pub(super) fn stem(home: &Home) -> String {
    let elsewhere = home.path("elsewhere");
    assert!(home.command(["token"]).env("JWT_CREDENTIAL_CACHE_DIR", &elsewhere).output().unwrap().status.success());
    let names = names(&elsewhere);
    names.iter().find_map(|name| name.strip_suffix(".lock1")).expect("a lock file").to_owned()
}

/// A call under strace. The child is the program itself; strace is its grandchild.
pub(super) struct Traced {
    pub(super) child: Child,
    trace: PathBuf,
}

impl Traced {
    pub(super) fn start(home: &Home, stem: &str, view: View, fault: Option<(&Step, Fault)>) -> Self {
        let trace = home.path("trace");
        let mut command = home.program("strace");
        command.args(["-D", "-q", "-o"]).arg(&trace);
        match view {
            View::Files(endings) => {
                for ending in endings {
                    let name = format!("{stem}.{ending}");
                    // As it is named in a call, and as a descriptor has it.
                    command.arg("-P").arg(home.path("cache").join(&name)).arg("-P").arg(name);
                }
            }
            View::Network => {
                command.args(["-e", "trace=socket,connect,poll,sendto,recvfrom"]);
            }
        }
        if let Some((Step { name, number, .. }, fault)) = fault {
            let what = match fault {
                Fault::Delay(time) => format!("delay_enter={}", time.as_micros()),
                Fault::Stop => "signal=STOP".into(),
                Fault::Kill => "signal=KILL".into(),
            };
            command.args(["-e", &format!("inject={name}:when={number}:{what}")]);
        }
        command.args([BINARY, "token", "--timeout", TIMEOUT]).process_group(0);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        Self { child, trace }
    }

    /// Its calls so far, by name.
    fn calls(&self) -> Vec<String> {
        let trace = fs::read_to_string(&self.trace).unwrap_or_default();
        let calls = trace.lines().filter_map(|line| line.split_once('('));
        calls.map(|(name, _)| name.to_owned()).filter(|name| !name.contains(' ')).collect()
    }

    /// The steps of a call that ran to its end. Those that neither change nor learn anything are left out, and what
    /// is polled before there is a socket.
    pub(super) fn steps(self, view: View) -> Vec<Step> {
        let calls = self.calls();
        let number = |at: usize| calls[..=at].iter().filter(|name| **name == calls[at]).count();
        let steps = calls.iter().enumerate().map(|(at, name)| Step { view, name: name.clone(), number: number(at) });
        let first = calls.iter().position(|name| name == "socket").unwrap_or(0);
        steps.skip(first).filter(|step| !["fstat", "fcntl"].contains(&&*step.name)).collect()
    }

    /// Waits until the fault has come about; whether it has.
    pub(super) fn reaches(&mut self, step: &Step, fault: Fault) -> bool {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(20) {
            let trace = fs::read_to_string(&self.trace).unwrap_or_default();
            let is_there = match fault {
                Fault::Kill => trace.contains("+++ killed by SIGKILL"),
                Fault::Stop => trace.contains("--- stopped by SIGSTOP"),
                // strace writes the call's beginning before it holds it up.
                Fault::Delay(_) => self.calls().iter().filter(|name| **name == step.name).count() >= step.number,
            };
            if is_there || trace.contains("+++ exited") {
                return is_there;
            }
            std::thread::sleep(Duration::from_millis(3));
        }
        false
    }
}
