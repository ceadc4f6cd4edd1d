//! This process: what other processes may see of it, and how it becomes another program.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::process::{Resource, getrlimit};
use signal_hook::consts::SIGXFSZ;

/// Becomes another program. It returns only if that fails.
pub fn become_program(command: &mut Command) -> io::Error {
    let error = command.exec();
    leave_unread_stderr();
    error
}

/// Puts `/dev/null` in place of a standard error whose reader has left. std restores SIGPIPE's default action before it
/// tries to become another program; if that fails, writing the message would end this process.
fn leave_unread_stderr() {
    let stream = rustix::stdio::stderr();
    let mut state = [PollFd::new(&stream, PollFlags::OUT)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let is_known = poll(&mut state, Some(&at_once)).is_ok();
    if is_known
        && state[0].revents().intersects(PollFlags::ERR | PollFlags::HUP)
        && let Ok(null) = rustix::fs::openat(CWD, "/dev/null", OFlags::WRONLY, Mode::empty())
    {
        let _ = rustix::stdio::dup2_stderr(null);
    }
}

/// A write beyond a limit on the size of files (setrlimit(2)) is an error and does not end this process. A handler,
/// unlike `SIG_IGN`, is not inherited by a program that this process becomes or starts.
pub fn survive_file_size_limit() {
    if getrlimit(Resource::Fsize).current.is_some() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
}

/// No core file, and no debugger of the same user (prctl(2), `PR_SET_DUMPABLE`). Unlike a limit on the size of core
/// files, it does not stay with a program that this process becomes or starts.
#[cfg(target_os = "linux")]
pub fn refuse_to_be_dumped() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// No core file. The limit stays with programs that this process becomes or starts.
#[cfg(not(target_os = "linux"))]
pub fn refuse_to_be_dumped() {
    use rustix::process::{Rlimit, setrlimit};
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    let _ = setrlimit(Resource::Core, limit);
}
