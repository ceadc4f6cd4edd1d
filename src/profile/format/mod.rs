//! Files that hold a credential but are not profiles. Each provider knows its own; this is what they share.

pub(crate) mod document;
pub mod pointer;

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::draft::{Draft, import_line};
use crate::error::{Error, Kind, shell_word};

/// A kind of file.
pub struct ImportFormat {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// Recognises it and takes its credentials out; `None` for another kind of file.
    pub read: fn(&Json) -> Option<Found>,
    /// Whether it can hold a credential for one of the grants; else it is only recognised.
    pub is_read: bool,
    /// The environment that holds the same.
    pub variables: Option<Variables>,
}

/// What a file of a known kind holds.
pub enum Found {
    /// Credentials that get tokens, at least one.
    Credentials(Vec<Draft>),
    /// Nothing that does, and why.
    Nothing(&'static str),
}

/// Variables that hold what a file could.
pub struct Variables {
    /// What `import --from` calls them.
    pub name: &'static str,
    /// How their names begin, in any case.
    pub prefix: &'static str,
    /// The file that holds the same, from their names without the prefix and their values.
    pub document: fn(&[(String, String)]) -> Json,
}

/// All kinds of file, provider by provider. The more special come first.
pub type Formats = &'static [&'static [&'static ImportFormat]];

fn all(formats: Formats) -> impl Iterator<Item = &'static ImportFormat> {
    formats.iter().copied().flatten().copied()
}

/// Why a file is of no known kind.
#[derive(Debug, PartialEq, Eq)]
pub enum NotRecognised {
    /// It cannot be read, and where.
    Unreadable(String),
    /// It is another product's.
    Unknown,
}

impl fmt::Display for NotRecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRecognised::Unreadable(what) => f.write_str(what),
            NotRecognised::Unknown => f.write_str("is no file of a kind that is known"),
        }
    }
}

/// A file of a known kind.
pub struct Recognised {
    /// Its kind.
    pub format: &'static ImportFormat,
    /// What it holds.
    pub found: Found,
}

impl Recognised {
    /// A profile's JSON, where the file holds one credential and all of it. The error's text goes on from the file's
    /// name; its hint is the line that completes it.
    pub fn complete(self, given: &[String]) -> Result<Map<String, Json>, Error> {
        let draft = self.select(None, given)?;
        draft.is_whole(false, given)?;
        Ok(draft.into_profile())
    }

    /// The one credential, or the one that goes by this name. `given` are the words after `import`, for hints.
    pub fn select(self, name: Option<&str>, given: &[String]) -> Result<Draft, Error> {
        let drafts = match self.found {
            Found::Credentials(drafts) => drafts,
            Found::Nothing(why) => return Err(Error::new(Kind::Setup, why)),
        };
        let label = |draft: &Draft| format!("{} ({})", draft.names.join(", "), draft.schema.grant);
        let all = drafts.iter().map(label).collect::<Vec<_>>().join("; ");
        let is_meant =
            |draft: &Draft| name.is_none_or(|name| draft.names.iter().any(|had| had.eq_ignore_ascii_case(name)));
        let mut meant = drafts.into_iter().filter(is_meant);
        let what = match (meant.next(), meant.next(), name) {
            (Some(one), None, _) => return Ok(one),
            (None, ..) => "holds no credential of that name",
            (Some(_), Some(_), Some(_)) => "holds several credentials of that name: the client id tells them apart",
            (Some(_), Some(_), None) => "holds several credentials",
        };
        Err(Error::new(Kind::Setup, what).hint(format!("there are: {all}")).hint(import_line(given, " --select NAME")))
    }
}

/// A path as a word of that command.
pub fn path_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    shell_word(&if text.starts_with('-') { format!("./{text}") } else { text.into_owned() })
}

/// The kind of file that these bytes are, and what it holds; the error says what they are not.
pub fn recognise(bytes: &[u8], formats: Formats) -> Result<Recognised, NotRecognised> {
    let variables = std::str::from_utf8(bytes).ok().and_then(dotenv).unwrap_or_default();
    if let Some(held) = all(formats).find_map(|format| of_variables(format, &variables)) {
        return Ok(held);
    }
    let document = document::parse(bytes).map_err(NotRecognised::Unreadable)?;
    let recognised =
        all(formats).filter_map(|format| (format.read)(&document).map(|found| Recognised { format, found }));
    // A file may hold a project without its secrets, and beside it a tool's settings with them.
    let mut all: Vec<Recognised> = recognised.collect();
    all.sort_by_key(|recognised| matches!(recognised.found, Found::Nothing(_)));
    all.into_iter().next().ok_or(NotRecognised::Unknown)
}

/// What variables hold, where they are those of a format.
pub fn of_variables(format: &'static ImportFormat, variables: &[(String, String)]) -> Option<Recognised> {
    let kind = format.variables.as_ref()?;
    let bare = |name: &str| {
        let (start, rest) = name.split_at_checked(kind.prefix.len())?;
        start.eq_ignore_ascii_case(kind.prefix).then(|| rest.to_owned())
    };
    let own: Vec<_> = variables.iter().filter_map(|(name, value)| Some((bare(name)?, value.clone()))).collect();
    (format.read)(&(kind.document)(&own)).map(|found| Recognised { format, found })
}

/// The lines of a file `.env`.
fn dotenv(text: &str) -> Option<Vec<(String, String)>> {
    let lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let variables: Option<Vec<_>> = lines
        .map(|line| {
            let (name, value) = line.trim_start_matches("export ").split_once('=')?;
            let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-$".contains(&b));
            let value = value.trim();
            let quoted = |quote: char| value.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
            is_name.then(|| (name.to_owned(), quoted('\'').or(quoted('"')).unwrap_or(value).to_owned()))
        })
        .collect();
    variables.filter(|variables| !variables.is_empty())
}

/// The kinds of file that are known, in words.
pub fn known(formats: Formats) -> String {
    all(formats).filter(|format| format.is_read).map(|format| format.about).collect::<Vec<_>>().join("; ")
}

/// Credentials, if there are any; else why there is none.
pub fn credentials(drafts: Vec<Draft>, else_because: &'static str) -> Found {
    if drafts.is_empty() { Found::Nothing(else_because) } else { Found::Credentials(drafts) }
}
