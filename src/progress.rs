//! What a call on a terminal is waiting for, once it has waited for a second. Callers that read standard error never see
//! it, and a call that finds its token in the cache never comes here.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::error::printable;

/// How long a call may take without a word.
const PATIENCE: Duration = Duration::from_secs(1);
/// The pause before a line if the second has passed already, as while a passphrase was typed.
const SHORTEST: Duration = Duration::from_millis(300);

/// Says it unless this is dropped in time.
pub struct Progress {
    done: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// `None` if standard error is not a terminal. The line ends with a line break: a secret command may ask a question
    /// on the same terminal.
    pub fn start(deadline: &Deadline, what: impl FnOnce() -> String) -> Option<Self> {
        if !io::stderr().is_terminal() {
            return None;
        }
        let line = format!("jwt-credential: {} …\n", printable(&what()));
        let wait = PATIENCE.saturating_sub(deadline.elapsed()).max(SHORTEST);
        let (done, is_done) = mpsc::channel();
        let say = move || {
            if is_done.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                let _ = io::stderr().write_all(line.as_bytes());
            }
        };
        let thread = thread::Builder::new().spawn(say).ok();
        Some(Self { done: Some(done), thread })
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        drop(self.done.take());
        // Otherwise the line could come after the answer.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
