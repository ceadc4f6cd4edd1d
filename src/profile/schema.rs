//! What a profile may hold. Each grant says so in rows of [`Field`].

use serde_json::Value as Json;

use crate::clock;
use crate::host::{self, Origin};
use crate::misplaced::is_key_or_profile;
use crate::secret::is_adobes;

/// The keys that a grant knows, beside [`COMMON`].
pub struct Schema {
    /// The grant's name, the profile's `grant`.
    pub grant: &'static str,
    /// Its keys, in groups that grants can share.
    pub fields: &'static [&'static [Field]],
}

impl Schema {
    /// All keys of a profile with this grant.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten().chain(COMMON)
    }
}

/// One key of a profile.
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What a profile without it means.
    pub need: Need,
    /// Whether another value makes another token. A new key does, unless it is declared not to.
    pub identity: bool,
    /// Whether a secret may be a list of which the next is tried when one is refused (rotation).
    pub rotates: bool,
    /// Whether a secret is one that people choose, which can be guessed.
    pub guessable: bool,
    /// What a person is asked for who makes a profile.
    pub question: Option<Question>,
    /// The one spelling of a value, or what is wrong with it.
    pub normal: fn(&str) -> Result<String, String>,
}

/// What is asked of a person.
#[derive(Clone, Copy)]
pub struct Question {
    /// The option that answers it, without the two dashes.
    pub option: &'static str,
    /// What is wanted, in a few words.
    pub text: &'static str,
}

/// What a profile without a key means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is refused.
    Required,
    /// It does without.
    Optional,
    /// This stands for it.
    Default(&'static str),
}

/// What a key's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One value.
    Text,
    /// One value that must not be printed.
    Secret,
    /// Several values, in any order; one string is split at commas.
    List,
    /// The path of a file, relative to the profile.
    Path,
    /// An object of header names and values; null removes a header.
    Headers,
}

impl Field {
    /// A value that a person gave, as a profile has it; or what is wrong with it. A list has commas.
    pub fn accept(&self, text: &str) -> Result<Json, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".into());
        }
        if self.kind != Kind::List {
            return (self.normal)(text).map(Json::from);
        }
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items = items.map(self.normal).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() { Err("is empty".into()) } else { Ok(items.into()) }
    }

    /// What stands for it where it is missing.
    #[must_use]
    pub const fn default(&self) -> Option<&'static str> {
        match self.need {
            Need::Default(text) => Some(text),
            Need::Required | Need::Optional => None,
        }
    }

    /// A key that a profile must have.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self { need: Need::Required, ..Self::optional(name, kind) }
    }

    /// A key that a profile may have.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind) -> Self {
        let identity = !matches!(kind, Kind::Secret);
        Self {
            name,
            kind,
            need: Need::Optional,
            identity,
            rotates: false,
            guessable: false,
            question: None,
            normal: as_it_stands,
        }
    }

    /// The same with a value for profiles that have none.
    #[must_use]
    pub const fn or(self, default: &'static str) -> Self {
        Self { need: Need::Default(default), ..self }
    }

    /// The same, declared to make no other token.
    #[must_use]
    pub const fn no_identity(self) -> Self {
        Self { identity: false, ..self }
    }

    /// The same for a secret that is rotated.
    #[must_use]
    pub const fn rotated(self) -> Self {
        Self { rotates: true, ..self }
    }

    /// The same for a secret that people choose.
    #[must_use]
    pub const fn chosen_by_people(self) -> Self {
        Self { guessable: true, ..self }
    }

    /// The same with a question for whoever makes a profile.
    #[must_use]
    pub const fn asked(self, option: &'static str, text: &'static str) -> Self {
        Self { question: Some(Question { option, text }), ..self }
    }

    /// The same with a rule for its values' spelling.
    #[must_use]
    pub const fn spelled(self, normal: fn(&str) -> Result<String, String>) -> Self {
        Self { normal, ..self }
    }
}

/// The keys of every profile.
pub const COMMON: &[Field] = &[
    Field::required("grant", Kind::Text),
    Field::optional("hosts", Kind::List).spelled(host).no_identity(),
    Field::optional("headers", Kind::Headers).no_identity(),
    Field::optional("ca_file", Kind::Path).no_identity(),
];

#[expect(clippy::unnecessary_wraps, reason = "one of several rules, and most can refuse")]
fn as_it_stands(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// One word of visible ASCII: fit for a URL's path, a claim and a header.
pub fn word(text: &str) -> Result<String, String> {
    visible(no_secret(text)?)
}

/// A text that may be shown and sent: no client secret of Adobe's in the wrong place.
pub fn no_secret(text: &str) -> Result<&str, String> {
    if is_adobes(text) {
        Err("is a client secret: that goes into \"client_secret\"".into())
    } else if is_key_or_profile(text) {
        Err("is a key, or the contents of another file".into())
    } else {
        Ok(text)
    }
}

/// One word of visible ASCII, whatever it is.
pub fn visible(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if plain { Ok(text.to_owned()) } else { Err("must be one word, without spaces or line breaks".into()) }
}

/// A host or an origin, as an origin.
pub fn origin(text: &str) -> Result<String, String> {
    Origin::parse(no_secret(text)?).map(|origin| origin.to_string())
}

/// A host that may have the token, or several by a wildcard.
fn host(text: &str) -> Result<String, String> {
    host::pattern(no_secret(text)?)
}

/// A day, as `2027-08-27`.
pub fn day(text: &str) -> Result<String, String> {
    let is_day = text.len() == 10 && clock::end_of_day(text).is_some();
    if is_day { Ok(text.into()) } else { Err("must be a day such as 2027-08-27".into()) }
}

/// The path of a URL.
pub fn url_path(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b));
    no_secret(text.rsplit('/').next().unwrap_or(text))?;
    if text.starts_with('/') && plain { Ok(text.into()) } else { Err("must be a path such as /ims/token/v3".into()) }
}
