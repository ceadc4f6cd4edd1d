//! What happens before this process reads a secret: no core file and no debugger, and a panic that quotes nothing.

use std::io::Write as _;

use crate::error::Kind;
use crate::sys;

/// To be called before any secret is read.
pub fn close_to_others() {
    sys::refuse_to_be_dumped();
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
