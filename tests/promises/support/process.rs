//! Processes and pipes.

use std::io::{PipeReader, Write as _};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// The size of the smallest pipe.
pub(crate) const PAGE: usize = 4096;

pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until this is true, at most 5 s.
#[track_caller]
pub(crate) fn wait_until(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(5), "waited for 5 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A pipe of one page, already full: the next write waits.
pub(crate) fn full_pipe() -> (PipeReader, OwnedFd) {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // Elsewhere a pipe has more than a page, and no call to shorten it.
    #[cfg(target_os = "linux")]
    rustix::pipe::fcntl_setpipe_size(&writer, PAGE).unwrap();
    writer.write_all(&[b'.'; PAGE]).unwrap();
    (reader, writer.into())
}
