//! Colour on a terminal (<https://no-color.org>).

use std::io::IsTerminal;

use crate::environment;

#[derive(Clone, Copy)]
pub enum Colour {
    Red,
    Green,
    Yellow,
    Cyan,
}

/// Whether text on this stream is coloured: on a terminal that can show it, unless the user objects.
pub fn is_wanted(stream: &impl IsTerminal) -> bool {
    let can_show = || environment::raw("TERM").is_some_and(|term| term != "dumb");
    stream.is_terminal() && !environment::is_set("NO_COLOR") && can_show()
}

pub fn painted(text: &str, colour: Colour) -> String {
    let code = match colour {
        Colour::Red => "1;31",
        Colour::Green => "32",
        Colour::Yellow => "33",
        Colour::Cyan => "36",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

/// An error's lines with the words `error:` and `hint:` coloured.
pub fn of_messages(lines: &str) -> String {
    let mut out = String::with_capacity(lines.len());
    for line in lines.split_inclusive('\n') {
        let word = [("error:", Colour::Red), ("hint:", Colour::Cyan)].into_iter().find_map(|(word, colour)| {
            let rest = line.strip_prefix("jwt-credential: ")?.strip_prefix(word)?;
            Some(format!("jwt-credential: {}{rest}", painted(word, colour)))
        });
        out += word.as_deref().unwrap_or(line);
    }
    out
}
