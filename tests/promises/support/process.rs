//! Processes and pipes.

use std::io::{PipeReader, Write as _};
use std::os::fd::{AsFd, OwnedFd};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process};

/// The size of the smallest pipe.
pub(crate) const PAGE: usize = 4096;

pub(crate) fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Waits until this is true, at most 5 s.
#[track_caller]
pub(crate) fn wait_until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(5), "waited for 5 s");
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A pipe without a reader.
pub(crate) fn broken_pipe() -> OwnedFd {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    until_broken(&writer);
    writer.into()
}

/// Waits until writing is an error. Between fork and exec, a child of another test has a copy of the other side.
pub(crate) fn until_broken(writer: &impl AsFd) {
    wait_until(|| {
        let mut polled = [PollFd::new(writer, PollFlags::OUT)];
        poll(&mut polled, Some(&Timespec::default())).unwrap();
        polled[0].revents().contains(PollFlags::ERR)
    });
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
