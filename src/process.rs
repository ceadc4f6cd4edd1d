//! This process among others: they do not look into it, and what the system does to it comes as an error.

use std::io::Write as _;
use std::os::fd::IntoRawFd as _;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::io::fcntl_getfd;
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
    let is_known = poll(&mut states, Some(&at_once)).is_ok();
    // The lowest number that is free is what open(2) gives.
    for ((stream, flags), state) in streams.iter().zip(&states) {
        let is_closed = if is_known { state.revents().contains(PollFlags::NVAL) } else { fcntl_getfd(stream).is_err() };
        if is_closed {
            match rustix::fs::openat(CWD, "/dev/null", *flags, Mode::empty()) {
                Ok(fd) => drop(fd.into_raw_fd()),
                #[expect(clippy::exit, reason = "no stream can be trusted with a message")]
                Err(_) => std::process::exit(Kind::Other.exit_code().into()),
            }
        }
    }
}

/// Where nobody reads standard error any more, `/dev/null` takes its place: a message must not end this process by a
/// SIGPIPE that has its default again.
pub fn leave_unread_stderr() {
    let stream = stderr();
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
