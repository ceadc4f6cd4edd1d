//! What this process does before it reads a secret, and when it is asked to end.

use std::io::Write as _;
use std::sync::mpsc::{Receiver, channel};

use super::{EndSignals, protect_process};
use crate::error::Kind;

/// No core file and no debugger, no end by a limit on the size of files, and a panic that quotes nothing.
pub fn prepare_process() {
    protect_process();
    std::panic::set_hook(Box::new(|panic| {
        // Only the location, since a panic's message may quote a secret.
        let place = panic.location().map(|at| format!("{}:{}", at.file(), at.line())).unwrap_or_default();
        let text = format!(
            "jwt-credential: error: internal error at {place}\n\
             jwt-credential: hint: this is a mistake in jwt-credential; please report the line above\n"
        );
        let _ = std::io::stderr().write_all(text.as_bytes());
        #[expect(clippy::exit, reason = "the caller must see one of our exit codes, and no core file may be written")]
        std::process::exit(Kind::Other.exit_code().into());
    }));
}

impl EndSignals {
    /// Passes the first of them on to a channel.
    pub fn into_channel(mut self) -> Receiver<()> {
        let (sender, receiver) = channel();
        std::thread::spawn(move || {
            self.wait();
            let _ = sender.send(());
        });
        receiver
    }
}
