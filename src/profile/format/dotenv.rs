//! Reads a `.env` file as npm's `dotenv` does, which App Builder uses. No crate does: dotenvy removes the quotes inside
//! `["…"]` and puts in variables of this process, dotenvor takes no line without `=`, and `deno_dotenv` brings 40 more.
//! <https://github.com/motdotla/dotenv/blob/master/lib/main.js>

const QUOTES: [char; 3] = ['\'', '"', '`'];

/// The variables, in the order of the file. Lines that set none are skipped.
pub(super) fn variables(text: &str) -> Vec<(String, String)> {
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n");
    let mut variables = Vec::new();
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let Some((name, value)) = assignment(line) else {
            rest = after;
            continue;
        };
        let from_value = &rest[line.len() - value.len()..];
        let (value, after) = quoted(from_value).unwrap_or_else(|| (unquoted(value), after));
        variables.push((name.to_owned(), value));
        rest = after;
    }
    variables
}

/// The name that a line sets, and the line from the value on.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let bare = line.trim_start();
    let bare = bare.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(bare).trim_start();
    // `$` is in the names of the aio CLI.
    let end = bare.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-$".contains(c)))?;
    let (name, rest) = bare.split_at(end);
    // An indented `A: b` is YAML.
    let colon = || rest.strip_prefix(": ").filter(|_| line.starts_with(name));
    let value = rest.trim_start().strip_prefix('=').or_else(colon)?;
    (!name.is_empty()).then(|| (name, value.trim_start()))
}

/// The quoted value that this text begins with, which may have several lines, and the lines after it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| QUOTES.contains(c))?;
    let inner = &text[1..];
    let end = inner.match_indices(quote).map(|(at, _)| at).find(|at| !inner[..*at].ends_with('\\'))?;
    let (line, after) = inner[end + 1..].split_once('\n').unwrap_or((&inner[end + 1..], ""));
    let is_closed = line.trim().is_empty() || line.trim_start().starts_with('#');
    is_closed.then(|| (unescaped(quote, &inner[..end]), after))
}

/// The rest of a line. Quotes around a JSON list, whose items are quoted too, are removed.
fn unquoted(line: &str) -> String {
    let value = line.split('#').next().unwrap_or_default().trim();
    let quote = value.chars().next().filter(|c| QUOTES.contains(c)).unwrap_or_default();
    let inner = value.strip_prefix(quote).and_then(|value| value.strip_suffix(quote));
    inner.map_or_else(|| value.to_owned(), |inner| unescaped(quote, inner))
}

fn unescaped(quote: char, value: &str) -> String {
    if quote == '"' { value.replace("\\n", "\n").replace("\\r", "\r") } else { value.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each pair is what npm's dotenv 16.6 makes of the text.
    #[test]
    fn every_line_that_dotenv_takes_is_taken() {
        let rows: [(&str, &[(&str, &str)]); 16] = [
            ("A=b", &[("A", "b")]),
            ("\u{feff}A = b c \r\n  export  B=d\r\n", &[("A", "b c"), ("B", "d")]),
            ("a.b-c=1\nno sign\n=x\nA=\nB=2", &[("a.b-c", "1"), ("A", ""), ("B", "2")]),
            ("# x=1\n\nA: b # a comment\nB=c#d", &[("A", "b"), ("B", "c")]),
            ("A='x # y' # z\nB=1", &[("A", "x # y"), ("B", "1")]),
            ("A=\"x\ny\"\nB='x\ny'\nC=`\"x'\ny`", &[("A", "x\ny"), ("B", "x\ny"), ("C", "\"x'\ny")]),
            ("A=\"x\\ny\"\nB='x\\ny'\nC=x\\ny", &[("A", "x\ny"), ("B", "x\\ny"), ("C", "x\\ny")]),
            ("A=[\"x\",\"y\"]", &[("A", "[\"x\",\"y\"]")]),
            ("A=\"[\"x\",\"y\"]\"\nB='[\"x\"]'", &[("A", "[\"x\",\"y\"]"), ("B", "[\"x\"]")]),
            ("A=\"x\nB=1", &[("A", "\"x"), ("B", "1")]),
            ("A=$HOME\nB=${A}", &[("A", "$HOME"), ("B", "${A}")]),
            // dotenv skips the first, which the aio CLI writes.
            ("AIO_$cli_x=1\nÄ=1\nexport=2", &[("AIO_$cli_x", "1"), ("export", "2")]),
            ("A='\nB=b'c\nexport A", &[("A", "'"), ("B", "b'c")]),
            ("A=\n\nB= \nC=2", &[("A", ""), ("B", ""), ("C", "2")]),
            ("A='it\\'s'\nB=\"a\\\"b\"", &[("A", "it\\'s"), ("B", "a\\\"b")]),
            ("A=\"x\" y\nB=\"#x\nC=1", &[("A", "\"x\" y"), ("B", "\""), ("C", "1")]),
        ];
        for (text, expected) in rows {
            let had = variables(text);
            let had: Vec<(&str, &str)> = had.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            assert_eq!(had, expected, "{text:?}");
        }
    }
}
