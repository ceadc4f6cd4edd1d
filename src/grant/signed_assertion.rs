//! Exchanges a JWT that the user's key signed for an access token, with the client's secret beside it. RFC 7523
//! (section 2.1) has such a grant; a row gives the provider's names for the fields.

use super::jwt::Jwt;
use super::oauth::advice::ExchangeError;
use super::oauth::{Exchange, TokenEndpoint};
use super::rotation::Rotation;
use super::signing_key::SigningKey;
use super::{Grant, Mint, pairing};
use crate::error::Error;
use crate::http::Form;
use crate::secret::Secret;
use crate::token::Token;

pub struct SignedAssertion {
    pub endpoint: &'static TokenEndpoint,
    /// The form field that holds the JWT.
    pub field: &'static str,
    pub jwt: Jwt,
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
                .secret(self.field, &self.jwt.sign(mint, origin, key)?))
        })
    }
}
