//! What a profile may hold: a table of [`Field`]s for each kind of credential.

use serde_json::Value as Json;

use crate::clock;
use crate::error::{Error, Kind};
use crate::host::{self, Origin};
use crate::redaction::is_key_or_profile;
use crate::secret::is_recognised;
use crate::token::TokenHeader;

/// A kind of credential, as profiles describe it.
pub struct Schema {
    /// What profiles give as [`PROVIDER`] or as [`GRANT`].
    pub name: &'static str,
    /// The key that names it: one of [`NAMING`].
    pub named_by: &'static str,
    /// The algorithm of the JWT that its grant signs, if the profile gives none; empty: the usual one of the key.
    pub algorithm: &'static str,
    /// Its keys beside [`COMMON`], in groups that schemas can share.
    pub fields: &'static [&'static [Field]],
    /// Whose credentials these are, for messages.
    pub owner: &'static str,
    /// The key that holds the endpoint's origin.
    pub endpoint_key: &'static str,
    /// The endpoints that a file may name, beside the usual one.
    pub endpoints: &'static [&'static str],
    /// The servers that may have the token of a profile that names none.
    pub hosts: &'static [&'static str],
    /// The user name beside a token that is used as a password.
    pub username: &'static str,
    /// Headers whose values are no secrets.
    pub public_headers: &'static [&'static str],
    /// The names by which the provider's own tools know what goes with a token.
    pub variables: &'static [(&'static str, Variable)],
    /// The header that carries the token.
    pub header: TokenHeader,
    /// For a credential that is no bearer token: the variables that its tools read, and the field in each.
    pub environment: &'static [(&'static str, &'static str)],
    /// The protocol that prints a credential which is no bearer token.
    pub own_protocol: Option<&'static str>,
}

impl Schema {
    /// What most kinds of credential have in common.
    pub const BEARER: Self = Self {
        name: "",
        named_by: PROVIDER,
        algorithm: "",
        fields: &[],
        owner: "",
        endpoint_key: "",
        endpoints: &[],
        hosts: &[],
        // Servers ignore the user name.
        username: "oauth2",
        public_headers: &[],
        variables: &[],
        header: TokenHeader::BEARER,
        environment: &[],
        own_protocol: None,
    };

    /// Its keys. A group hides the keys of the same names in the groups after it: a row changes their defaults so.
    pub fn all(&self) -> impl Iterator<Item = &'static Field> {
        self.every().filter(|field| self.field(field.name).is_some_and(|first| std::ptr::eq(first, *field)))
    }

    fn every(&self) -> impl Iterator<Item = &'static Field> + use<> {
        self.fields.iter().copied().flatten().chain(COMMON)
    }

    /// Whether this is the same schema. A constant may have several addresses.
    pub fn is(&self, other: &Schema) -> bool {
        (self.name, self.named_by) == (other.name, other.named_by)
    }

    /// Whether its grant signs with a private key.
    pub fn takes_key(&self) -> bool {
        self.field("private_key").is_some()
    }

    pub fn field(&self, key: &str) -> Option<&'static Field> {
        self.every().find(|field| field.name == key)
    }

    /// Whether its profiles have an object of this name, whose members are the keys `NAME.MEMBER`.
    pub(super) fn has_object(&self, name: &str) -> bool {
        self.every().any(|field| field.is_member_of(name))
    }
}

/// Where the value of a variable comes from.
pub enum Variable {
    /// A header that is sent beside the token.
    Header(&'static str),
    /// The endpoint's origin, without `https://`.
    Endpoint,
}

/// One key of a profile.
#[expect(clippy::struct_excessive_bools, reason = "a table of facts that have nothing to do with each other")]
pub struct Field {
    pub name: &'static str,
    pub kind: ValueKind,
    pub required: bool,
    /// The object that may stand in place of a required key.
    pub replaced_by: Option<&'static str>,
    /// The value if the profile has none.
    pub default: Option<&'static str>,
    /// Whether another value yields another token. True unless the row says otherwise, and for no secret.
    pub identity: bool,
    /// Whether a secret may be a list, whose next value is tried when one is rejected (rotation).
    pub rotates: bool,
    /// Whether the user made this secret up, so that it can be guessed.
    pub guessable: bool,
    /// Whether this secret is a credential of someone whom another issuer names, who then is part of the identity. It may
    /// also come from another profile, or from GitHub Actions.
    pub principal: bool,
    /// The option (without the two dashes) by which a call may ask for a part of this list.
    pub narrowed_by: Option<&'static str>,
    /// What `init` asks.
    pub question: Option<Question>,
    /// How `import` is told what a file lacks.
    pub supply: Option<Supply>,
    /// What a user whose file lacks it should know.
    pub explanation: Option<&'static str>,
    /// Whether a new profile without a value inherits that of the profile that it replaces.
    pub inherited: bool,
    /// The usual name of the file that holds the value. `import` takes such a file, and copies it beside the profile.
    pub copied_from: Option<&'static str>,
    /// A sentence about a value of a list that is allowed but may be a mistake.
    pub note: fn(&str) -> Option<String>,
    /// Normalises a value, or says what is wrong with it.
    pub normal: fn(&str) -> Result<String, String>,
}

#[derive(Clone, Copy)]
pub struct Question {
    /// The option that answers it, without the two dashes.
    pub option: &'static str,
    /// What is asked for, in a few words.
    pub text: &'static str,
}

/// An option of `import`. `init` also has it if the key has no question.
#[derive(Clone, Copy)]
pub struct Supply {
    /// Without the two dashes.
    pub option: &'static str,
    /// The placeholder of its value in help.
    pub value: &'static str,
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    /// Text that must not be printed.
    Secret,
    /// Several values, in any order; a string is split at commas.
    List,
    /// The path of a file, relative to the profile.
    Path,
    /// An object of header names and values; null removes a header.
    Headers,
    /// Any JSON object that holds no secret.
    Object,
    /// A number, or text that stands for one.
    Number,
    /// `true` or `false`.
    Switch,
    /// A program and its arguments.
    Command,
}

impl Field {
    /// Converts what a user typed to the profile's JSON, or says what is wrong with it. A list is split at commas
    /// and spaces.
    pub fn accept(&self, text: &str) -> Result<Json, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".into());
        }
        if self.kind != ValueKind::List {
            return (self.normal)(text).map(Json::from);
        }
        let items = text.split([',', ' ', '\t', '\n']).filter(|item| !item.is_empty());
        let items = items.map(self.normal).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() { Err("is empty".into()) } else { Ok(items.into()) }
    }

    /// The same for the value of an option.
    pub fn accept_option(&self, option: &str, text: &str) -> Result<Json, Error> {
        self.accept(text).map_err(|what| Error::new(Kind::Usage, format!("--{option} {what}")))
    }

    /// Whether it is a key of this object, as `jwt.aud` is one of `jwt`.
    pub(super) fn is_member_of(&self, object: &str) -> bool {
        self.name.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'))
    }

    pub const fn required(name: &'static str, kind: ValueKind) -> Self {
        Self { required: true, ..Self::optional(name, kind) }
    }

    pub const fn optional(name: &'static str, kind: ValueKind) -> Self {
        let identity = !matches!(kind, ValueKind::Secret);
        Self {
            name,
            kind,
            required: false,
            replaced_by: None,
            default: None,
            identity,
            rotates: false,
            guessable: false,
            principal: false,
            narrowed_by: None,
            question: None,
            supply: None,
            explanation: None,
            inherited: false,
            copied_from: None,
            note: |_| None,
            normal: unchanged,
        }
    }

    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub const fn replaced_by(self, object: &'static str) -> Self {
        Self { replaced_by: Some(object), ..self }
    }

    pub const fn no_identity(self) -> Self {
        Self { identity: false, ..self }
    }

    pub const fn rotated(self) -> Self {
        Self { rotates: true, ..self }
    }

    pub const fn narrowed_by(self, option: &'static str) -> Self {
        Self { narrowed_by: Some(option), ..self }
    }

    pub const fn principal(self) -> Self {
        Self { principal: true, identity: true, ..self }
    }

    pub const fn guessable(self) -> Self {
        Self { guessable: true, ..self }
    }

    pub const fn asked(self, option: &'static str, text: &'static str) -> Self {
        Self { question: Some(Question { option, text }), ..self }
    }

    pub const fn supplied(self, option: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { supply: Some(Supply { option, value, help }), ..self }
    }

    pub const fn explained(self, explanation: &'static str) -> Self {
        Self { explanation: Some(explanation), ..self }
    }

    pub const fn noted(self, note: fn(&str) -> Option<String>) -> Self {
        Self { note, ..self }
    }

    pub const fn inherited(self) -> Self {
        Self { inherited: true, ..self }
    }

    pub const fn copied_from(self, file: &'static str) -> Self {
        Self { copied_from: Some(file), ..self }
    }

    pub const fn spelled(self, normal: fn(&str) -> Result<String, String>) -> Self {
        Self { normal, ..self }
    }
}

/// The items of a list in one text, which are separated by commas.
pub(super) fn split_list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

/// The key that names a provider's row.
pub const PROVIDER: &str = "provider";

/// The key that names a generic grant.
pub const GRANT: &str = "grant";

/// The keys that name a schema. A profile has exactly one of them.
pub const NAMING: [&str; 2] = [PROVIDER, GRANT];

/// The key that lists the servers that may have a token.
pub const HOSTS: &str = "hosts";

/// The keys that every profile may have.
pub const COMMON: &[Field] = &[
    Field::optional(PROVIDER, ValueKind::Text),
    Field::optional(GRANT, ValueKind::Text),
    Field::optional(HOSTS, ValueKind::List).spelled(host).no_identity().inherited().supplied(
        "hosts",
        "LIST",
        "The servers that the token is for, separated by commas",
    ),
    Field::optional("headers", ValueKind::Headers).no_identity().inherited(),
    Field::optional("ca_file", ValueKind::Path).no_identity().inherited(),
];

#[expect(clippy::unnecessary_wraps, reason = "one of several rules, and most can refuse")]
fn unchanged(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

/// One word of visible ASCII: it can stand in a URL's path, a claim and a header.
pub fn word(text: &str) -> Result<String, String> {
    visible(no_secret(text)?)
}

/// Rejects a client secret that was put in the wrong key.
pub fn no_secret(text: &str) -> Result<&str, String> {
    if is_recognised(text) {
        Err("is a client secret: that goes into \"client_secret\"".into())
    } else if is_key_or_profile(text) {
        Err("is a key, or the contents of another file".into())
    } else {
        Ok(text)
    }
}

/// Rejects an object with a secret that was put in the wrong key.
pub(super) fn holds_no_secret(json: &Json) -> Result<(), String> {
    match json {
        Json::String(text) => no_secret(text).map(|_| ()),
        Json::Array(items) => items.iter().try_for_each(holds_no_secret),
        Json::Object(members) => members.values().try_for_each(holds_no_secret),
        _ => Ok(()),
    }
}

/// One word of visible ASCII, which may be a secret.
pub fn visible(text: &str) -> Result<String, String> {
    let plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    if plain { Ok(text.to_owned()) } else { Err("must be one word, without spaces or line breaks".into()) }
}

/// Takes a host or an origin, and returns the origin.
pub fn origin(text: &str) -> Result<String, String> {
    Origin::parse(no_secret(text)?).map(|origin| origin.to_string())
}

/// Takes a URL whose path may be empty, and returns it without a slash at its end.
pub fn url(text: &str) -> Result<String, String> {
    Origin::with_path(no_secret(text)?).map(|(origin, path)| format!("{origin}{path}"))
}

fn host(text: &str) -> Result<String, String> {
    host::pattern(no_secret(text)?)
}

pub fn day(text: &str) -> Result<String, String> {
    let is_day = text.len() == 10 && clock::end_of_day(text).is_some();
    if is_day { Ok(text.into()) } else { Err("must be a day such as 2027-08-27".into()) }
}

pub fn url_path(text: &str) -> Result<String, String> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b));
    no_secret(text.rsplit('/').next().unwrap_or(text))?;
    if text.starts_with('/') && plain { Ok(text.into()) } else { Err("must be a path such as /oauth2/token".into()) }
}
