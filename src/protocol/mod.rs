//! Forms in which callers want a token: one file and one row each.

mod become_program;
mod curl;
mod env;
mod exec;
mod header;
mod headers;
mod json;
mod token;

use std::time::Duration;

use crate::call::Call;
use crate::error::Error;
use crate::token::AccessToken;
use crate::verb::Verb;

/// A form in which a caller wants a token.
pub struct Protocol {
    /// The command that asks for it.
    pub verb: Verb,
    /// Holds the conversation: reads what there is to read, gets the token, writes the answer.
    pub serve: fn(&Call, &dyn Tokens) -> Result<(), Error>,
}

/// All protocols, in the order of the help.
pub static ALL: [&Protocol; 7] = [
    &json::PROTOCOL,
    &token::PROTOCOL,
    &header::PROTOCOL,
    &headers::PROTOCOL,
    &curl::PROTOCOL,
    &env::PROTOCOL,
    &exec::PROTOCOL,
];

/// Who has the tokens. Protocols know nothing else of where they come from.
pub trait Tokens {
    /// A token for this want.
    fn get(&self, want: &Want) -> Result<Credential, Error>;

    /// Drops the cached token, so that the next call mints.
    fn forget(&self) -> Result<(), Error>;
}

/// What a protocol wants.
#[derive(Clone, Copy, Debug)]
pub struct Want {
    /// How long the token should live at least: a preference, which a caller without a margin of its own raises.
    pub min_ttl: Duration,
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
    /// The variables that our own secrets came from: no business of a program that we become.
    pub secret_variables: Vec<String>,
}
