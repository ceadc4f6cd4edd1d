//! What a profile may hold: a table of [`Field`]s for each kind of credential.

use serde_json::Value as Json;

pub use super::field::{Field, Question, Supply, ValueKind};
use crate::clock;
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
        self.field(PRIVATE_KEY).is_some()
    }

    /// Whether no other credential, such as a client secret, may take the key's place.
    pub fn needs_key(&self) -> bool {
        self.field(PRIVATE_KEY).is_some_and(|field| field.required)
    }

    /// Whether the owner is one company. A row for any issuer has words such as "the issuer" there.
    pub fn has_owner(&self) -> bool {
        !self.owner.starts_with("the ")
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

/// Keys for editors and people, which may hold anything. A profile that replaces another keeps them.
pub const IGNORED: [&str; 2] = ["$schema", "description"];

/// The key with the version of the profile's format.
pub const VERSION: &str = "version";

/// The version that this program reads, and that a profile without the key has.
pub(super) const NEWEST: u64 = 1;

/// The key with the private key that signs.
pub const PRIVATE_KEY: &str = "private_key";

/// The key with the path of further CAs.
pub(super) const CA_FILE: &str = "ca_file";

/// The key that lists the servers that may have a token.
pub const HOSTS: &str = "hosts";

/// The key that names the cache that machines share, and the key of its own that seals what is kept there.
pub const SHARED_CACHE: &str = "shared_cache";
pub const SHARED_CACHE_KEY: &str = "shared_cache_key";

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
    Field::optional(CA_FILE, ValueKind::Path).no_identity().inherited(),
    Field::optional("username", ValueKind::Text).spelled(user_name).no_identity().inherited(),
    Field::optional("credential_expires", ValueKind::Text).spelled(day).no_identity(),
    // Neither is sent to the issuer, and the user made both up.
    Field::optional(SHARED_CACHE, ValueKind::Secret).guessable().inherited(),
    Field::optional(SHARED_CACHE_KEY, ValueKind::Secret).guessable().inherited(),
];

/// One word of visible ASCII: it can stand in a URL's path, a claim and a header.
pub fn word(text: &str) -> Result<String, String> {
    visible(no_secret(text)?)
}

/// RFC 7617, section 2: the first colon ends the user name.
pub fn user_name(text: &str) -> Result<String, String> {
    if text.contains(':') {
        Err("has a colon, which would end the user name in HTTP Basic authentication".into())
    } else {
        word(text)
    }
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
