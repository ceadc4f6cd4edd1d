//! This process: what other processes may see of it, and how it becomes another program.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;
use std::sync::Arc;

use rustix::process::{Resource, getrlimit};
use signal_hook::consts::{SIGPIPE, SIGXFSZ};

use super::inherited_file::InheritedFile;

/// Becomes another program, which may read the file. It returns only if that fails.
pub fn become_program(command: &mut Command, _inherited: Option<InheritedFile>) -> io::Error {
    let error = command.exec();
    // std has restored SIGPIPE's default action for the program. With a handler, writing the message to a standard error
    // whose reader has left is an error and does not end this process.
    let _ = signal_hook::flag::register(SIGPIPE, Arc::default());
    error
}

/// What the kernel can do for this process.
pub(in crate::sys) fn protect_process() {
    refuse_to_be_dumped();
    survive_file_size_limit();
}

/// A write beyond a limit on the size of files (setrlimit(2)) is an error and does not end this process. A handler,
/// unlike `SIG_IGN`, is not inherited by a program that this process becomes or starts.
fn survive_file_size_limit() {
    if getrlimit(Resource::Fsize).current.is_some() {
        let _ = signal_hook::flag::register(SIGXFSZ, Arc::default());
    }
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
