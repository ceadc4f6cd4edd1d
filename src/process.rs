//! This process among others: they do not look into it, and what the system does to it comes as an error.

use std::io::Write as _;
use std::os::fd::IntoRawFd as _;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::process::{Resource, getrlimit};
use rustix::stdio::{stderr, stdin, stdout};
use signal_hook::consts::{SIGPIPE, SIGXFSZ};

use crate::error::Kind;

/// To be called before anything is opened: what std's own entry does, where it is left out, and a little more.
pub fn begin() {
    fill_closed_streams();
    // A write that nobody reads, and one beyond a limit on the size of files (setrlimit(2)), is an error and not the
    // end of this process. A handler, unlike `SIG_IGN`, does not stay with a program that we become or start.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    if getrlimit(Resource::Fsize).current.is_some() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
}

/// The number of a closed stream would be given to the next file that is opened, and what is said would go there.
/// `/dev/null` has it instead; as standard output one that takes nothing, so that no answer is lost in silence.
fn fill_closed_streams() {
    let streams = [(stdin(), OFlags::RDWR), (stdout(), OFlags::RDONLY), (stderr(), OFlags::RDWR)];
    let mut states = streams.each_ref().map(|(stream, _)| PollFd::new(stream, PollFlags::empty()));
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    if poll(&mut states, Some(&at_once)).is_err() {
        return;
    }
    // The lowest number that is free is what open(2) gives.
    for (_, flags) in streams
        .iter()
        .zip(&states)
        .filter(|(_, state)| state.revents().contains(PollFlags::NVAL))
        .map(|(stream, _)| stream)
    {
        if let Ok(fd) = rustix::fs::openat(CWD, "/dev/null", *flags, Mode::empty()) {
            let _ = fd.into_raw_fd();
        }
    }
}

/// To be called before anything is read that must not be seen.
pub fn close_to_others() {
    refuse_to_be_dumped();
    std::panic::set_hook(Box::new(|panic| {
        // The place only: what a panic says may quote what it was working on.
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let said = format!(
            "jwt-credential: error: internal error at {place}\n\
             jwt-credential: hint: this is a mistake in jwt-credential; please report the line above\n"
        );
        let _ = std::io::stderr().write_all(said.as_bytes());
        #[expect(clippy::exit, reason = "a caller is to see one of our exit codes, and no core file is to be made")]
        std::process::exit(Kind::Other.exit_code().into());
    }));
}

/// No core file, and no debugger of another process of this user (prctl(2), `PR_SET_DUMPABLE`). A program that this
/// process becomes or starts is as its file says again: a limit on the size of core files would stay with it.
#[cfg(target_os = "linux")]
fn refuse_to_be_dumped() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// No core file; programs that this process becomes or starts make none either.
#[cfg(not(target_os = "linux"))]
fn refuse_to_be_dumped() {
    use rustix::process::{Rlimit, setrlimit};
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    let _ = setrlimit(Resource::Core, limit);
}
