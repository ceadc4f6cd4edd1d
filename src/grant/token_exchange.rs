//! Exchanges a token of another issuer for one of this issuer (RFC 8693).

use super::jwt::{self, Jwt};
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint, extras};
use super::{Attempt, Grant, subject};
use crate::error::Error;
use crate::http::Form;
use crate::token::Token;

pub struct TokenExchange {
    pub endpoint: &'static TokenEndpoint,
    /// What a client signs that authenticates by a key.
    pub jwt: Jwt,
}

const SUBJECT: &str = "subject_token";

impl Grant for TokenExchange {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let profile = attempt.profile;
        let mut client = Client::load(attempt, true)?;
        loop {
            let exchange =
                Exchange { attempt, endpoint: self.endpoint, credential: "subject token", explain: &|_| String::new() };
            let outcome = exchange.run(&|origin| {
                let form = Form::default()
                    .plain("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
                    .plain("subject_token_type", profile.required_text("subject_token_type")?)
                    .secret(SUBJECT, &subject::token(attempt, SUBJECT)?);
                let requested = profile.text("requested_token_type")?;
                let form = requested.into_iter().fold(form, |form, kind| form.plain("requested_token_type", kind));
                let form = jwt::scope(profile)?.into_iter().fold(form, |form, scope| form.plain("scope", scope));
                client.authenticate(extras(form, profile)?, &|key| self.jwt.sign(attempt, origin, key))
            });
            match outcome {
                Ok(token) => return Ok(token.remembering(client.choice())),
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}
