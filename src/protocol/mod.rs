//! Forms in which callers want a token: one file and one row each.

mod bazel;
mod become_program;
mod cargo;
mod curl;
mod docker;
mod env;
mod exec;
mod git;
mod go;
mod header;
mod headers;
mod json;
mod keyring;
mod kubectl;
mod pnpm;
mod postman;
mod rclone;
mod terraform;
mod token;

use std::time::Duration;

use crate::call::Call;
use crate::error::Error;
use crate::host::Origin;
use crate::token::AccessToken;
use crate::verb::Verb;

/// A form in which a caller wants a token.
pub struct Protocol {
    /// The command that asks for it.
    pub verb: Verb,
    /// The names by which tools call the program that want this protocol (a further `-NAME` is the profile).
    pub called: &'static [&'static str],
    /// Whom the token is for.
    pub audience: Audience,
    /// How a tool says that it calls, where it gives no word for it.
    pub summons: Option<Summons>,
    /// Holds the conversation: reads what there is to read, gets the token, writes the answer. The exit code.
    pub serve: fn(&Call, &dyn Tokens) -> Result<u8, Error>,
}

/// Who takes the token that a protocol hands over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Any server to which the caller shows it.
    Anyone,
    /// The APIs of the provider itself.
    ProviderApis,
    /// Servers that trust the token's issuer; a provider's own APIs trust the provider alone.
    TrustingServers,
}

/// How a tool says that it calls, where nobody gave it a command to write.
#[derive(Clone, Copy)]
pub enum Summons {
    /// By its first argument.
    Argument(&'static str),
    /// By a variable that it sets.
    Variable(&'static str),
}

impl Protocol {
    /// A form without a tool's own conversation.
    #[must_use]
    pub const fn plain(verb: Verb, serve: fn(&Call, &dyn Tokens) -> Result<u8, Error>) -> Self {
        Self { verb, called: &[], audience: Audience::Anyone, summons: None, serve }
    }
}

/// All protocols, in the order of the help.
pub static ALL: [&Protocol; 18] = [
    &json::PROTOCOL,
    &token::PROTOCOL,
    &header::PROTOCOL,
    &headers::PROTOCOL,
    &curl::PROTOCOL,
    &env::PROTOCOL,
    &exec::PROTOCOL,
    &postman::PROTOCOL,
    &kubectl::PROTOCOL,
    &git::PROTOCOL,
    &docker::PROTOCOL,
    &cargo::PROTOCOL,
    &terraform::PROTOCOL,
    &bazel::PROTOCOL,
    &go::PROTOCOL,
    &keyring::PROTOCOL,
    &pnpm::PROTOCOL,
    &rclone::PROTOCOL,
];

/// The user name beside a token that stands for a password; servers look at the token alone.
const USER: &str = "oauth2";

/// Who has the tokens. Protocols know nothing else of where they come from.
pub trait Tokens {
    /// A token for this want, of the profile that was named.
    fn get(&self, want: &Want) -> Result<Credential, Error>;

    /// A token for a server that the calling tool names, or what is wrong with that name. `None`: no profile allows
    /// it, which the protocol has a word for.
    fn get_for(&self, server: &Result<Origin, String>, want: &Want) -> Result<Option<Credential>, Error>;

    /// The same for a call whose options a tool handed over later than on the command line.
    fn under<'a>(&self, call: &'a Call) -> Box<dyn Tokens + 'a>;

    /// Drops the cached token of whoever answers for this server; with a token, only if it is that very one.
    fn reject(&self, server: &Result<Origin, String>, token: Option<&str>) -> Result<(), Error>;

    /// The same, but for a token that was minted within this time: whoever was refused cannot have had that one.
    fn reject_older(&self, server: &Result<Origin, String>, than: Duration) -> Result<(), Error>;

    /// The servers that the named profile names, but for those by wildcard; none where no profile is named.
    fn named_servers(&self) -> Result<Vec<Origin>, Error>;
}

/// What a protocol wants.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// How long the token should live at least: a preference, which a caller without a margin of its own raises.
    pub min_ttl: Duration,
}

impl Want {
    /// For a caller that hands a token on without looking at its end: it should still be good when it is used.
    #[must_use]
    pub fn without_margin() -> Self {
        Self { min_ttl: Duration::from_secs(300) }
    }
}

impl Default for Want {
    fn default() -> Self {
        Self { min_ttl: Duration::from_secs(60) }
    }
}

/// What it gets.
pub struct Credential {
    /// The token.
    pub access_token: AccessToken,
    /// Its end, in milliseconds since 1970; `None` where the server did not say.
    pub expires_at: Option<u64>,
    /// All headers that an API wants, `Authorization` first.
    pub headers: Vec<(String, String)>,
    /// What goes with the token, by the names that the provider's own tools have for it.
    pub variables: Vec<(String, String)>,
    /// The variables that our own secrets came from: no business of a program that we become.
    pub secret_variables: Vec<String>,
}
