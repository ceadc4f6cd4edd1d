//! This process among others: they do not look into it, and what the system does to it comes as an error.

use std::io::Write as _;
use std::sync::Arc;

use rustix::process::{Resource, getrlimit};
use signal_hook::consts::SIGXFSZ;

use crate::error::Kind;

/// A limit on the size of files (setrlimit(2)) becomes an error of the write that meets it, not the end of this process.
pub fn survive_file_size_limit() {
    if getrlimit(Resource::Fsize).current.is_some() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
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
