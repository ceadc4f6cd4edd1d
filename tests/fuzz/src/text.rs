//! Text from a server or another user that is shown to the user or pasted into a shell.

use jwt_credential::error::{self, nearest, printable, quoted, shell_word};

use crate::target::texts;

/// Text that cannot occur by chance, in a place that may not be shown.
pub const CANARY: &str = "C4n4ry";

pub fn seeds() -> Vec<Vec<u8>> {
    texts(&[
        "secret-0123\ninvalid_client (secret-0123 is wrong)",
        "secret+0123\nclient_secret=secret%2B0123",
        "x\neyJhbGciOiJSUzI1NiJ9.e30.c2ln and \u{1b}[2J \u{202e} \u{7f}",
        "x\nit's 'quoted'",
    ])
}

/// No character that moves a cursor or reverses a line.
pub fn is_harmless(text: &str) -> bool {
    text.chars()
        .all(|c| !c.is_control() && !('\u{200b}'..='\u{200f}').contains(&c) && !('\u{2028}'..='\u{202e}').contains(&c))
}

/// A secret, a newline, and a text that may contain it.
pub fn run(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((secret, text)) = text.split_once('\n') else { return };
    let shown = quoted(text, &[secret]);
    assert!(is_harmless(&shown), "{shown:?}");
    assert!(is_harmless(&printable(text)));
    assert!(shown.chars().count() <= 201);
    assert!(!shown.contains("eyJ"), "text that looks like a token");
    // An escaped newline adds a letter, and a shorter secret could result from any escape.
    let own = ["\\n", "\\r", "\\t"].iter().fold(shown, |shown, escape| shown.replace(escape, " "));
    if secret.len() >= 8 && secret.bytes().all(|b| b.is_ascii_alphanumeric()) && !"redacted".contains(secret) {
        assert!(!own.contains(secret), "a known secret");
    }
    if !text.contains('\0') {
        assert_eq!(unquoted(&shell_word(text)).as_deref(), Some(text));
    }
    let _ = nearest(text.get(..64).unwrap_or_default(), ["client_id", "client_secret", "org_id"]);
    let lines = error::Error::new(error::Kind::Other, text).hint(secret).lines();
    assert_eq!(lines.lines().count(), 2);
    assert!(lines.lines().all(is_harmless));
}

/// One word as a POSIX shell reads it: single quotes keep everything, and outside of them a backslash keeps the next
/// character.
fn unquoted(word: &str) -> Option<String> {
    let (mut text, mut within) = (String::new(), false);
    let mut letters = word.chars();
    while let Some(c) = letters.next() {
        match (c, within) {
            ('\'', _) => within = !within,
            (c, true) => text.push(c),
            ('\\', false) => text.push(letters.next()?),
            _ => return None,
        }
    }
    (!within).then_some(text)
}
