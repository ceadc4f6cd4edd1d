//! Asks before something is done that cannot be undone.

use std::io::IsTerminal as _;

use clap::Arg;

use super::switch;
use crate::call::Call;
use crate::error::{Error, Kind};
use crate::sys::Terminal;

pub(super) fn yes() -> Arg {
    switch("yes", "Do not ask")
}

/// Shows what would be done, and asks for consent. Scripts give it with `--yes`.
pub(super) fn confirm(call: &Call, what: &str, question: &str) -> Result<(), Error> {
    let Some(terminal) = terminal(call)? else { return Ok(()) };
    terminal.say(what)?;
    let answer = terminal.ask(&format!("{question} [y/N] "))?.unwrap_or_default();
    match answer.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Error::new(Kind::Other, "nothing was changed")),
    }
}

/// The terminal to ask at; `None` with `--yes`. Without a terminal this is an error.
pub(super) fn terminal(call: &Call) -> Result<Option<Terminal>, Error> {
    if call.has("yes") {
        return Ok(None);
    }
    let terminal = std::io::stdin().is_terminal().then(Terminal::open).flatten();
    terminal.map(Some).ok_or_else(|| {
        let text = format!("{} asks first, and there is no terminal to ask at", call.spec.name);
        Error::new(Kind::Usage, text).hint("add --yes to do it without a question")
    })
}
