//! The program under strace, which delays, stops or kills it at one of its system calls.

use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::files::names;
use crate::support::{BINARY, Home};

/// Long enough for a busy machine, short enough for quick tests: its shares are 1.8 s for an attempt, and a takeover
/// after 1.9 s.
pub(super) const TIMEOUT: &str = "4s";

/// The system calls that are traced; strace counts only these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Calls on the lock's and the record's files with these extensions.
    Files(&'static [&'static str]),
    /// Calls of the connection to the endpoint.
    Network,
}

/// The files of the first slot's holder, and of a successor.
pub(super) const FIRST: [View; 2] = [View::Files(&["lock1", "tmp1", "json"]), View::Network];
pub(super) const SECOND: [View; 2] = [View::Files(&["lock2", "tmp2"]), View::Network];

/// A system call: its number among those of its name in its view.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) view: View,
    pub(super) name: String,
    pub(super) number: usize,
}

/// The fault at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// The call is delayed.
    Delay(Duration),
    /// The call stops the process (SIGSTOP).
    Stop,
    /// The process is killed before the call.
    Kill,
}

/// The common stem of a profile's files in the cache, learned from a call with another cache.
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
                    // Once as the call names it, and once as a descriptor has it.
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

    /// The steps of a call that ran to its end, without calls that change and learn nothing, and without polling before
    /// the first socket.
    pub(super) fn steps(self, view: View) -> Vec<Step> {
        let calls = self.calls();
        let number = |at: usize| calls[..=at].iter().filter(|name| **name == calls[at]).count();
        let steps = calls.iter().enumerate().map(|(at, name)| Step { view, name: name.clone(), number: number(at) });
        let first = calls.iter().position(|name| name == "socket").unwrap_or(0);
        steps.skip(first).filter(|step| !["fstat", "fcntl"].contains(&&*step.name)).collect()
    }

    /// Waits for the fault; returns whether it happened.
    pub(super) fn reaches(&mut self, step: &Step, fault: Fault) -> bool {
        let since = Instant::now();
        while since.elapsed() < Duration::from_secs(20) {
            let trace = fs::read_to_string(&self.trace).unwrap_or_default();
            let is_there = match fault {
                Fault::Kill => trace.contains("+++ killed by SIGKILL"),
                Fault::Stop => trace.contains("--- stopped by SIGSTOP"),
                // strace writes the beginning of the call before it delays it.
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
