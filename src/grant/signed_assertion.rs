//! Exchanges a JWT that the user's key signed, together with the client's secret, for an access token. RFC 7523 (section
//! 2.1) standardises such a grant; a row gives the provider's names for the fields.

use super::jwt::Jwt;
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint};
use super::signing_key::{self, SigningKey};
use super::{Attempt, Grant, pairing};
use crate::error::Error;
use crate::http::Form;
use crate::profile::Profile;
use crate::token::Token;

pub struct SignedAssertion {
    pub endpoint: &'static TokenEndpoint,
    /// The form field that holds the JWT.
    pub field: &'static str,
    pub jwt: Jwt,
}

impl Grant for SignedAssertion {
    fn asks(&self, profile: &Profile) -> bool {
        SigningKey::asks(profile)
    }

    fn ask(&self, attempt: &Attempt) -> Result<(), Error> {
        signing_key::all(attempt).map(|_| ())
    }

    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let mut client = Client::load(attempt)?;
        let mut key = signing_key::all(attempt)?;
        loop {
            let explain = |name: &str| match name {
                "key" => format!("{} {}", key.value().place, pairing::fault(attempt, key.value())),
                _ => String::new(),
            };
            let exchange = Exchange { attempt, endpoint: self.endpoint, credential: "assertion", explain: &explain };
            let outcome = exchange.run(&|origin| {
                let form = client.authenticate(Form::default());
                Ok(form.secret(self.field, &self.jwt.sign(attempt, origin, key.value())?).into())
            });
            match outcome {
                Ok(token) => {
                    let choices = client.choice().into_iter().chain(key.choice()).collect();
                    return Ok(Token { choices, ..token });
                }
                Err(failure) if failure.rejected == Some(signing_key::KEY) && key.advance()? => {}
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}
