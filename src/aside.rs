//! What cannot be given a deadline, in a thread of its own: a look-up, a pipe, whatever a library opens.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// What the work gave; `None` if it did not in this time: the thread then goes on, and ends with the process.
pub fn aside<T: Send + 'static>(wait: Duration, work: impl FnOnce() -> T + Send + 'static) -> io::Result<Option<T>> {
    let (sender, receiver) = mpsc::channel();
    // std's own `spawn` panics where no thread can be had, as under a limit on processes (EAGAIN).
    let thread = thread::Builder::new().spawn(move || sender.send(work()));
    thread.map_err(|error| io::Error::new(error.kind(), format!("no thread can be had: {error}")))?;
    Ok(receiver.recv_timeout(wait).ok())
}
