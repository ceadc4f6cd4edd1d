//! A program that this process starts and waits for.

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// The signals that ask a program to end, caught so that it can clean up first.
pub struct EndSignals(Signals);

impl EndSignals {
    /// Catches them from now on.
    pub fn catch() -> io::Result<Self> {
        Signals::new([SIGINT, SIGTERM, SIGHUP]).map(Self)
    }

    /// Waits for one of them.
    pub fn wait(&mut self) {
        self.0.forever().next();
    }

    /// Passes them on to a child.
    pub fn pass_on_to(mut self, child: &Child) {
        let Some(pid) = pid(child) else { return };
        std::thread::spawn(move || {
            for signal in self.0.forever() {
                let send = match signal {
                    // The terminal sends it to the child as well.
                    SIGINT if io::stdin().is_terminal() => continue,
                    SIGINT => Signal::INT,
                    _ => Signal::TERM,
                };
                let _ = kill_process(pid, send);
            }
        });
    }
}

/// All processes of a command.
pub struct ProcessGroup {
    has_own: bool,
    group: Option<Pid>,
}

impl ProcessGroup {
    /// Gives the program that this command starts a process group of its own, so that all its processes can be ended.
    /// Not where there is a terminal: it would stop a group in the background that reads from it.
    pub fn of(command: &mut Command) -> Self {
        let has_own = File::open("/dev/tty").is_err();
        if has_own {
            command.process_group(0);
        }
        Self { has_own, group: None }
    }

    /// Takes the child that the command started.
    pub fn take(&mut self, child: &Child) {
        self.group = pid(child).filter(|_| self.has_own);
    }

    /// Ends them.
    pub fn kill(self) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// The exit code of a child; 128 and the signal's number if a signal ended it, as in a shell.
pub fn exit_code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}
