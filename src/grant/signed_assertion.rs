//! Exchanges a JWT that the user's key signed for an access token, with the client's secret beside it. RFC 7523
//! (section 2.1) has such a grant; a row gives the provider's names for the fields.

use serde_json::{Map, Value as Json};

use super::oauth::refusal::ExchangeError;
use super::oauth::{Exchange, TokenEndpoint};
use super::rotation::Rotation;
use super::signing_key::SigningKey;
use super::{Grant, Mint, fill, pairing};
use crate::error::Error;
use crate::host::Origin;
use crate::http::Form;
use crate::secret::Secret;
use crate::token::Token;
use crate::{clock, sign};

pub struct SignedAssertion {
    pub endpoint: &'static TokenEndpoint,
    /// The form field that holds the JWT.
    pub field: &'static str,
    /// The claims beside `iat` and `exp`.
    pub claims: &'static [Claim],
    /// How long the JWT is valid, in seconds.
    pub life: u64,
    /// How far `iat` is back-dated, in seconds, because this machine's clock may be fast.
    pub backdated: u64,
}

/// A claim. In templates `{host}` is the endpoint's host, and any other name is a key of the profile.
pub enum Claim {
    /// The claim's name, and a template of its value.
    Text(&'static str, &'static str),
    /// A claim with the value true for each item of a list: the list's key, and a template of the claim's name, in which
    /// `{item}` is the item.
    Flags(&'static str, &'static str),
}

impl Grant for SignedAssertion {
    fn mint(&self, mint: &Mint) -> Result<Token, Error> {
        const SECRET: &str = "client_secret";
        const KEY: &str = "private_key";
        let (mut secrets, mut keys) = (Rotation::new(mint, SECRET), Rotation::new(mint, KEY));
        let read_secret = |index| mint.profile.secret_at(SECRET, index, mint.remaining());
        let read_key = |index| SigningKey::load(mint, index);
        // Read once: a command may ask the user.
        let (mut secret, mut key) = (secrets.load(read_secret)?, keys.load(read_key)?);
        loop {
            match self.exchange(mint, &secret, &key) {
                Ok(token) => {
                    let choices = secrets.choice().into_iter().chain(keys.choice()).collect();
                    return Ok(Token { choices, ..token });
                }
                Err(failure) if failure.rejected == Some(SECRET) && secrets.advance() => {
                    secret = secrets.load(read_secret)?;
                }
                Err(failure) if failure.rejected == Some(KEY) && keys.advance() => key = keys.load(read_key)?,
                Err(failure) => return Err(failure.error),
            }
        }
    }
}

impl SignedAssertion {
    fn exchange(&self, mint: &Mint, secret: &Secret, key: &SigningKey) -> Result<Token, ExchangeError> {
        let explain = |name: &str| match name {
            "key" => format!("{} {}", key.place, pairing::fault(mint, key)),
            _ => String::new(),
        };
        let exchange = Exchange { mint, endpoint: self.endpoint, credential: "assertion", explain: &explain };
        exchange.run(&|origin| {
            Ok(Form::default()
                .plain("client_id", mint.text("client_id")?)
                .secret("client_secret", secret)
                .secret(self.field, &self.assertion(mint, origin, key)?))
        })
    }

    fn assertion(&self, mint: &Mint, origin: &Origin, key: &SigningKey) -> Result<Secret, Error> {
        let host = origin.authority();
        let text = |name: &str| if name == "host" { Ok(host.clone()) } else { mint.text(name) };
        let now = clock::now().wall_ms / 1000;
        let mut claims = Map::new();
        claims.insert("iat".into(), now.saturating_sub(self.backdated).into());
        claims.insert("exp".into(), now.saturating_add(self.life).into());
        for claim in self.claims {
            match claim {
                Claim::Text(name, template) => {
                    claims.insert((*name).to_owned(), fill(template, &text)?.into());
                }
                Claim::Flags(list, template) => {
                    for item in mint.profile.list(list)? {
                        let name = |name: &str| if name == "item" { Ok(item.clone()) } else { text(name) };
                        claims.insert(fill(template, &name)?, Json::Bool(true));
                    }
                }
            }
        }
        sign::rs256(&claims, &key.signing, &key.place)
    }
}
