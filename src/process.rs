//! What this process asks of the system before it starts its work: no core file and no debugger, and a signal for a
//! failed write becomes an error. std's own entry already ignores SIGPIPE, and opens `/dev/null` in place of a closed
//! standard stream.

use std::io::Write as _;
use std::sync::Arc;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{CWD, Mode, OFlags};
use rustix::process::{Resource, getrlimit};
use rustix::stdio::stderr;
use signal_hook::consts::SIGXFSZ;

use crate::error::Kind;

/// A write beyond a limit on the size of files (setrlimit(2)) is an error and does not end this process. A handler,
/// unlike `SIG_IGN`, is not inherited by a program that we become or start.
pub fn survive_file_size_limit() {
    if getrlimit(Resource::Fsize).current.is_some() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
}

/// Puts `/dev/null` in place of a standard error whose reader has left. std restores SIGPIPE's default action before it
/// tries to become another program; if that fails, writing the message would end this process.
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

/// To be called before any secret is read.
pub fn close_to_others() {
    refuse_to_be_dumped();
    std::panic::set_hook(Box::new(|panic| {
        // The location only: a panic's message may quote a secret.
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let said = format!(
            "jwt-credential: error: internal error at {place}\n\
             jwt-credential: hint: this is a mistake in jwt-credential; please report the line above\n"
        );
        let _ = std::io::stderr().write_all(said.as_bytes());
        #[expect(clippy::exit, reason = "the caller must see one of our exit codes, and no core file may be written")]
        std::process::exit(Kind::Other.exit_code().into());
    }));
}

/// No core file, and no debugger of the same user (prctl(2), `PR_SET_DUMPABLE`). Unlike a limit on the size of core
/// files, it does not stay with a program that this process becomes or starts.
#[cfg(target_os = "linux")]
fn refuse_to_be_dumped() {
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}

/// No core file. The limit stays with programs that this process becomes or starts.
#[cfg(not(target_os = "linux"))]
fn refuse_to_be_dumped() {
    use rustix::process::{Rlimit, setrlimit};
    let limit = Rlimit { current: Some(0), ..getrlimit(Resource::Core) };
    let _ = setrlimit(Resource::Core, limit);
}
