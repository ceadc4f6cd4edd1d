//! Configuration in lines: sections in brackets, and keys with values. git, pip and, for what is read of it, TOML.

/// A key and its value.
pub(super) struct Setting {
    /// As in `[section]` or `[section "part"]`; the part is as it is written.
    pub(super) section: String,
    pub(super) part: Option<String>,
    /// In lower case.
    pub(super) key: String,
    /// Without a comment. Continued lines are joined.
    pub(super) value: String,
}

/// All entries, in their order.
pub(super) fn entries(text: &str) -> Vec<Setting> {
    let mut all: Vec<Setting> = Vec::new();
    let (mut section, mut part) = (String::new(), None);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let is_indented = line.starts_with([' ', '\t']);
        let line = without_comment(line).trim();
        let is_open = all.last().is_some_and(|entry| is_continued(&entry.value));
        if line.is_empty() {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').filter(|_| !is_open).and_then(|rest| rest.split_once(']')) {
            (section, part) = split(name.0);
        } else if let Some((key, value)) = line.split_once('=').filter(|_| !is_open && is_key(line)) {
            let (key, value) = (key.trim().to_ascii_lowercase(), value.trim().to_owned());
            all.push(Setting { section: section.clone(), part: part.clone(), key, value });
        } else if let Some(last) = all.last_mut().filter(|_| is_open || is_indented) {
            last.value = format!("{} {line}", last.value.trim_end_matches('\\'));
        }
    }
    all
}

/// `credential "https://host"`, `registries.my`, `registries."my"`.
fn split(name: &str) -> (String, Option<String>) {
    let (section, part) = match name.split_once([' ', '\t', '.']) {
        Some((section, part)) => (section, Some(unquoted(part.trim()).to_owned())),
        None => (name, None),
    };
    (section.trim().to_ascii_lowercase(), part)
}

fn is_key(line: &str) -> bool {
    let key = line.split('=').next().unwrap_or_default().trim();
    !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.\"".contains(&b))
}

/// An array without its end, or git's backslash.
fn is_continued(value: &str) -> bool {
    value.ends_with('\\') || (value.starts_with('[') && !value.ends_with(']'))
}

/// The line up to a `#` or `;` at its beginning, or after a space and outside of quotes.
fn without_comment(line: &str) -> &str {
    if line.trim_start().starts_with(['#', ';']) {
        return "";
    }
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None, '#') if before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

pub(super) fn unquoted(text: &str) -> &str {
    ['"', '\''].into_iter().find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote)).unwrap_or(text)
}

/// The strings of a TOML value: of an array of strings, or the words of one string.
pub(super) fn strings(value: &str) -> Vec<String> {
    let Some(items) = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return unquoted(value).split_whitespace().map(str::to_owned).collect();
    };
    items.split(',').map(|item| unquoted(item.trim()).to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, Option<String>, String, String)> {
        entries(text).into_iter().map(|entry| (entry.section, entry.part, entry.key, entry.value)).collect()
    }

    #[test]
    fn sections_keys_comments_and_continued_lines_are_read() {
        let text = "\u{feff}# comment\ntop = 1\n[credential \"https://git.example\"]\n\thelper = \n\thelper = jwt -p prod # x\n\
            [Global]\nextra-index-url =\n    https://a.example/#x\n    https://b.example/\nq = \"a # b\"\n\
            [registries.\"my\"]\nlist = [\n  \"a\",\n  'b',\n]\nlong = one \\\n two\n";
        let row = |section: &str, part: Option<&str>, key: &str, value: &str| {
            (section.to_owned(), part.map(str::to_owned), key.to_owned(), value.to_owned())
        };
        let git = Some("https://git.example");
        let expected = [
            row("", None, "top", "1"),
            row("credential", git, "helper", ""),
            row("credential", git, "helper", "jwt -p prod"),
            row("global", None, "extra-index-url", " https://a.example/#x https://b.example/"),
            row("global", None, "q", "\"a # b\""),
            row("registries", Some("my"), "list", "[ \"a\", 'b', ]"),
            row("registries", Some("my"), "long", "one  two"),
        ];
        assert_eq!(read(text), expected);
        assert_eq!(strings("[ \"a\", 'b', ]"), ["a", "b"]);
        assert_eq!(strings("\"a -p b\""), ["a", "-p", "b"]);
        assert!(read("").is_empty() && read("[\n]]\n=\n===\n[a").is_empty());
    }
}
