//! Files that hold a credential but are not profiles. Each provider knows its own; this is what they share.

pub(crate) mod document;
mod dotenv;
pub mod pointer;

use std::fmt;
use std::path::Path;

use serde_json::{Map, Value as Json};

use super::draft::{Draft, import_line};
use super::schema::NAMING;
use crate::error::{Error, Kind};
use crate::sys::shell_word;

pub struct ImportFormat {
    pub name: &'static str,
    /// A description for messages.
    pub about: &'static str,
    /// Extracts the credentials; `None` if the file has another format.
    pub read: fn(&Json) -> Option<Found>,
    /// The environment variables that hold the same.
    pub variables: Option<Variables>,
}

impl ImportFormat {
    pub const fn new(name: &'static str, about: &'static str, read: fn(&Json) -> Option<Found>) -> Self {
        Self { name, about, read, variables: None }
    }
}

/// At least one credential, or why the file has none that can be used.
pub type Found = Result<Vec<Draft>, &'static str>;

/// Environment variables that hold a credential.
pub struct Variables {
    /// Their name for `import --from`.
    pub name: &'static str,
    /// The beginning of their names; case is ignored. It is empty if the author of each app chooses it.
    pub prefix: &'static str,
    /// Makes a document in the file's format from their names, without the prefix, and their values.
    pub document: fn(&[(String, String)]) -> Json,
}

/// All formats, by provider. The more specific come first.
pub type Formats = &'static [&'static [&'static ImportFormat]];

fn all(formats: Formats) -> impl Iterator<Item = &'static ImportFormat> {
    formats.iter().copied().flatten().copied()
}

#[derive(Debug, PartialEq, Eq)]
pub enum NotRecognised {
    /// It is neither JSON nor YAML; where.
    Unreadable(String),
    Unknown,
}

impl fmt::Display for NotRecognised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotRecognised::Unreadable(what) => f.write_str(what),
            NotRecognised::Unknown => f.write_str("is not a recognised credentials file"),
        }
    }
}

pub struct Recognised {
    pub format: &'static ImportFormat,
    pub found: Found,
}

impl Recognised {
    /// A profile's JSON, if the file holds one complete credential. The error's text follows the file's name; its hint
    /// is a command that supplies the rest.
    pub fn complete(self, arguments: &[String]) -> Result<Map<String, Json>, Error> {
        let draft = self.select(None, arguments)?;
        draft.check_complete(&[], arguments)?;
        Ok(draft.into_profile(None))
    }

    /// The only credential, or the one with this name. `arguments`: the words after `import`, for hints.
    pub fn select(self, name: Option<&str>, arguments: &[String]) -> Result<Draft, Error> {
        let drafts = self.found.map_err(|why| Error::new(Kind::Setup, why))?;
        let label = |draft: &Draft| format!("{} ({})", draft.names.join(", "), draft.schema.name);
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
        let others = arguments.iter().filter(|word| !word.starts_with("--select "));
        let others: Vec<String> = others.cloned().collect();
        Err(Error::new(Kind::Setup, what)
            .hint(format!("there are: {all}"))
            .hint(import_line(&others, " --select NAME")))
    }
}

/// A path as an argument of `import`.
pub fn path_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    shell_word(&if text.starts_with('-') { format!("./{text}") } else { text.into_owned() })
}

/// Recognises a file by its values: JSON, YAML, or the variables of a `.env` file.
pub fn recognise(bytes: &[u8], formats: Formats) -> Result<Recognised, NotRecognised> {
    let document = document::parse(bytes);
    let text = std::str::from_utf8(bytes).ok().filter(|text| !document::begins_as_json(text));
    let variables = text.map(dotenv::variables).unwrap_or_default();
    let by_variables = all(formats).filter_map(|format| of_variables(format, &variables));
    // A profile of ours has the names of some tools.
    let foreign = document.as_ref().ok().filter(|document| NAMING.iter().all(|key| document.get(*key).is_none()));
    let by_document = all(formats).filter_map(|format| {
        let found = (format.read)(foreign?)?;
        Some(Recognised { format, found })
    });
    // One file can be a project without secrets and also a tool's settings with them.
    let recognised = by_document.chain(by_variables).min_by_key(|recognised| recognised.found.is_err());
    recognised.ok_or_else(|| document.err().map_or(NotRecognised::Unknown, NotRecognised::Unreadable))
}

pub fn of_variables(format: &'static ImportFormat, variables: &[(String, String)]) -> Option<Recognised> {
    let kind = format.variables.as_ref()?;
    let bare = |name: &str| {
        let (start, rest) = name.split_at_checked(kind.prefix.len())?;
        start.eq_ignore_ascii_case(kind.prefix).then(|| rest.to_owned())
    };
    let own: Vec<_> = variables.iter().filter_map(|(name, value)| Some((bare(name)?, value.clone()))).collect();
    (format.read)(&(kind.document)(&own)).map(|found| Recognised { format, found })
}

/// All formats, for messages.
pub fn known(formats: Formats) -> String {
    all(formats).map(|format| format.about).collect::<Vec<_>>().join("; ")
}
