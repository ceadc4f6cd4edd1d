//! A time limit for a library call that has none: a name lookup, a file that the library opens.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Runs the work on its own thread. `None`: it timed out, and the thread goes on until the process ends.
pub(crate) fn run_with_timeout<T: Send + 'static>(
    wait: Duration,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (sender, receiver) = mpsc::channel();
    // `thread::spawn` panics if no thread can be started, as under a limit on processes (EAGAIN).
    let thread = thread::Builder::new().spawn(move || sender.send(work()));
    thread.map_err(|error| io::Error::new(error.kind(), format!("no thread can be had: {error}")))?;
    Ok(receiver.recv_timeout(wait).ok())
}
