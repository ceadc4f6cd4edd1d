//! The user's command line, for hints that repeat it with more options.

use clap::parser::ValueSource;

use crate::call::Call;
use crate::sys::shell_word;

/// The user's command with these options as well.
pub(super) fn repeated(call: &Call, options: &str) -> String {
    let start = format!("jwt-credential {}", call.spec.name);
    std::iter::once(start).chain(words(call)).collect::<Vec<_>>().join(" ") + options
}

/// The options and arguments of this call, in the user's order.
pub(super) fn words(call: &Call) -> Vec<String> {
    let own = call.spec.arguments();
    let mut words: Vec<(usize, String)> = Vec::new();
    for id in call.args.ids().map(clap::Id::as_str) {
        if call.args.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let arg = own.iter().find(|arg| arg.get_id() == id);
        let is_positional = arg.is_some_and(clap::Arg::is_positional);
        // The common options are not the command's own; all that the commands here take have values, except this one.
        let has_value = arg.map_or(id != "verbose", |arg| arg.get_action().takes_values());
        let raw = call.args.get_raw(id).into_iter().flatten();
        for (index, value) in call.args.indices_of(id).into_iter().flatten().zip(raw) {
            let value = value.to_string_lossy();
            words.push(match (is_positional, has_value) {
                (true, _) if value.starts_with('-') => (index, plain_or_quoted(&format!("./{value}"))),
                (true, _) => (index, plain_or_quoted(&value)),
                (false, true) => (index, format!("--{id} {}", plain_or_quoted(&value))),
                (false, false) => (index, format!("--{id}")),
            });
        }
    }
    words.sort();
    words.into_iter().map(|(_, word)| word).collect()
}

pub(super) fn plain_or_quoted(word: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"_.,:/@-".contains(&b);
    if !word.is_empty() && word.bytes().all(is_plain) { word.to_owned() } else { shell_word(word) }
}
