//! What protocols ask for, and what they get.

use std::time::Duration;

use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::token::{ACCESS_TOKEN, Fields, TokenHeader};

/// All that protocols know about the origin of tokens.
pub trait Tokens {
    /// A credential, or why no profile allows the wanted server: each protocol has its own answer for that.
    fn get(&self, want: &Want) -> Result<Result<Credential, NotAllowed>, Error>;

    /// Drops the cached token for the wanted server, if it is the rejected one.
    fn forget(&self, want: &Want) -> Result<(), Error>;

    /// The servers that the selected profile names, without wildcards; none if no profile is selected.
    fn servers(&self) -> Result<Vec<Origin>, Error>;
}

/// Why the wanted server may have no token, as an error for callers that have no other answer.
pub struct NotAllowed(pub Error);

/// What a protocol wants.
pub struct Want<'a> {
    /// The server that the tool names, or what is wrong with its name; `None` if the tool names none.
    pub target: Option<Result<Origin, String>>,
    /// How long the token should live at least: a preference, which the user's `--min-ttl` replaces.
    pub min_ttl: Duration,
    pub rejected: Rejected<'a>,
    /// What the tool needs the token for, by the names that schemas narrow by. A profile that cannot be narrowed so
    /// gives its usual token.
    pub narrow: Vec<(&'static str, String)>,
    /// Options that the tool passes in its request and not on the command line.
    pub options: &'a [String],
}

/// Which token a server rejected.
#[derive(Clone, Copy)]
pub enum Rejected<'a> {
    /// The tool does not say: the cached one.
    Any,
    This(&'a str),
    /// A token older than this: the tool cannot have sent a newer one.
    OlderThan(Duration),
}

impl Default for Want<'_> {
    fn default() -> Self {
        Self {
            target: None,
            min_ttl: Duration::from_secs(60),
            rejected: Rejected::Any,
            narrow: Vec::new(),
            options: &[],
        }
    }
}

impl Want<'_> {
    /// For a caller that uses a token without a look at its expiry: it should be valid for 5 more minutes.
    pub fn with_margin() -> Self {
        Self { min_ttl: Duration::from_secs(300), ..Self::default() }
    }

    pub fn at(self, server: Result<Origin, String>) -> Self {
        Self { target: Some(server), ..self }
    }
}

/// What a protocol gets.
pub struct Credential {
    /// What the issuer gave, by name.
    pub fields: Fields,
    /// In milliseconds since 1970; `None` if the server did not say.
    pub expires_at: Option<u64>,
    /// How long it is returned without a request for the next one.
    pub fresh_for: Duration,
    /// The header that carries the token.
    pub header: TokenHeader,
    /// All headers that an API needs, `Authorization` first.
    pub headers: Vec<(String, String)>,
    /// What else the issuer gave that callers need, and that is no secret.
    pub details: Vec<(String, String)>,
    /// The user name beside a token that is used as a password.
    pub username: String,
    /// What accompanies the token, under the names that the provider's own tools use.
    pub variables: Vec<(String, String)>,
    /// The variables in which tools read a credential that is no bearer token; `None`: the variable is unset.
    pub environment: Vec<(&'static str, Option<String>)>,
    /// The protocol that prints a credential which is no bearer token.
    pub own_protocol: Option<&'static str>,
    /// The variables that our own secrets came from. A program that we become must not inherit them.
    pub secret_variables: Vec<String>,
}

impl Credential {
    /// The user name beside the token: the first of these that is not empty (pdm and git pass an empty one where they
    /// know none), else the provider's.
    pub fn user<'a>(&'a self, names: impl IntoIterator<Item = Option<&'a str>>) -> &'a str {
        names.into_iter().flatten().find(|name| !name.is_empty()).unwrap_or(&self.username)
    }

    /// The bearer token, for a protocol that has a place for nothing else.
    pub fn access_token(&self) -> Result<&str, Error> {
        self.fields.get(ACCESS_TOKEN).ok_or_else(|| {
            let text = "this credential has no access token, and the caller can use no other";
            match self.own_protocol {
                Some(own) => Error::new(Kind::Usage, text).hint(format!("use jwt-credential {own}, env or exec")),
                None => Error::new(Kind::Setup, text),
            }
        })
    }
}
