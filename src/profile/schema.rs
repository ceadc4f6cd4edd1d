//! What a profile may hold. Each grant says so in rows of [`Field`].

use serde_json::Value as Json;

use super::Profile;
use crate::clock;
use crate::host::{self, Origin};
use crate::secret::is_recognised;

/// The keys that a grant knows, beside [`COMMON`].
pub struct Schema {
    /// The grant's name, the profile's `grant`.
    pub grant: &'static str,
    /// Its keys, in groups that grants can share.
    pub fields: &'static [&'static [Field]],
    /// Whose credentials these are, for messages.
    pub owner: &'static str,
    /// The key that holds the endpoint's origin.
    pub endpoint_key: &'static str,
    /// The endpoints that a file may name, beside the usual one.
    pub endpoints: &'static [&'static str],
    /// The servers that may have the token of a profile that names none.
    pub hosts: &'static [&'static str],
    /// Headers whose values are no secrets.
    pub public_headers: &'static [&'static str],
    /// The names by which the provider's own tools know what goes with a token.
    pub variables: &'static [(&'static str, Variable)],
    /// What in a profile is allowed and still looks like a mistake, a sentence each.
    pub notes: fn(&Profile) -> Vec<String>,
}

impl Schema {
    /// All keys of a profile with this grant.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().copied().flatten().chain(COMMON)
    }

    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.all().find(|field| field.name == key)
    }
}

/// Where a variable has its value from.
pub enum Variable {
    /// This header beside the token.
    Header(&'static str),
    /// The endpoint's origin, without `https://`.
    Endpoint,
}

/// One key of a profile.
#[expect(clippy::struct_excessive_bools, reason = "a table of facts that have nothing to do with each other")]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value is.
    pub kind: ValueKind,
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
    /// How `import` is given what a file lacks.
    pub supply: Option<Supply>,
    /// Whether a new profile keeps the value of the one that it replaces, where it says nothing of its own.
    pub kept: bool,
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

/// An option of `import`. `init` has it as well where the key has no question.
#[derive(Clone, Copy)]
pub struct Supply {
    /// Without the two dashes.
    pub option: &'static str,
    /// What stands for its value in help.
    pub value: &'static str,
    pub help: &'static str,
    /// What a person should know whose file lacks it.
    pub explained: Option<&'static str>,
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
pub enum ValueKind {
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
        if self.kind != ValueKind::List {
            return (self.normal)(text).map(Json::from);
        }
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        let items = items.map(self.normal).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() { Err("is empty".into()) } else { Ok(items.into()) }
    }

    /// What stands for it where it is missing.
    pub const fn default(&self) -> Option<&'static str> {
        match self.need {
            Need::Default(text) => Some(text),
            Need::Required | Need::Optional => None,
        }
    }

    /// A key that a profile must have.
    pub const fn required(name: &'static str, kind: ValueKind) -> Self {
        Self { need: Need::Required, ..Self::optional(name, kind) }
    }

    /// A key that a profile may have.
    pub const fn optional(name: &'static str, kind: ValueKind) -> Self {
        let identity = !matches!(kind, ValueKind::Secret);
        Self {
            name,
            kind,
            need: Need::Optional,
            identity,
            rotates: false,
            guessable: false,
            question: None,
            supply: None,
            kept: false,
            normal: as_it_stands,
        }
    }

    /// The same with a value for profiles that have none.
    pub const fn or(self, default: &'static str) -> Self {
        Self { need: Need::Default(default), ..self }
    }

    /// The same, declared to make no other token.
    pub const fn no_identity(self) -> Self {
        Self { identity: false, ..self }
    }

    /// The same for a secret that is rotated.
    pub const fn rotated(self) -> Self {
        Self { rotates: true, ..self }
    }

    /// The same for a secret that people choose.
    pub const fn chosen_by_people(self) -> Self {
        Self { guessable: true, ..self }
    }

    /// The same with a question for whoever makes a profile.
    pub const fn asked(self, option: &'static str, text: &'static str) -> Self {
        Self { question: Some(Question { option, text }), ..self }
    }

    /// The same with an option of `import`.
    pub const fn supplied(self, option: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { supply: Some(Supply { option, value, help, explained: None }), ..self }
    }

    /// The same with what a person should know whose file lacks it.
    pub const fn explained(self, text: &'static str) -> Self {
        match self.supply {
            Some(supply) => Self { supply: Some(Supply { explained: Some(text), ..supply }), ..self },
            None => self,
        }
    }

    /// The same for what a new profile keeps of an old one.
    pub const fn kept(self) -> Self {
        Self { kept: true, ..self }
    }

    /// The same with a rule for its values' spelling.
    pub const fn spelled(self, normal: fn(&str) -> Result<String, String>) -> Self {
        Self { normal, ..self }
    }
}

/// The keys of every profile.
pub const COMMON: &[Field] = &[
    Field::required("grant", ValueKind::Text),
    Field::optional("hosts", ValueKind::List).spelled(host).no_identity().kept().supplied(
        "hosts",
        "LIST",
        "The servers that the token is for, separated by commas",
    ),
    Field::optional("headers", ValueKind::Headers).no_identity().kept(),
    Field::optional("ca_file", ValueKind::Path).no_identity().kept(),
];

#[expect(clippy::unnecessary_wraps, reason = "one of several rules, and most can refuse")]
fn as_it_stands(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// One word of visible ASCII: fit for a URL's path, a claim and a header.
pub fn word(text: &str) -> Result<String, String> {
    visible(no_secret(text)?)
}

/// A text that may be shown and sent: no client secret in the wrong place.
pub fn no_secret(text: &str) -> Result<&str, String> {
    if is_recognised(text) { Err("is a client secret: that goes into \"client_secret\"".into()) } else { Ok(text) }
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
    if text.starts_with('/') && plain { Ok(text.into()) } else { Err("must be a path such as /oauth2/token".into()) }
}
