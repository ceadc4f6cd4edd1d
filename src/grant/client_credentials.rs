//! The client credentials grant (RFC 6749, section 4.4).

use super::jwt::{JwtTemplate, scope_stands_in};
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint, extras};
use super::{Attempt, Grant};
use crate::error::Error;
use crate::http::Form;
use crate::token::Token;

pub struct ClientCredentials {
    pub endpoint: &'static TokenEndpoint,
    /// Separates scopes; a space in RFC 6749 (section 3.3).
    pub separator: &'static str,
    /// `client_credentials`, or the provider's own word.
    pub grant_type: &'static str,
    /// Other fields of the form: a name, and the profile's key of its value.
    pub form: &'static [(&'static str, &'static str)],
    /// What a client signs that authenticates by a key.
    pub jwt: JwtTemplate,
}

impl ClientCredentials {
    pub const fn new(endpoint: &'static TokenEndpoint) -> Self {
        Self { endpoint, separator: " ", grant_type: "client_credentials", form: &[], jwt: JwtTemplate::OF_PROFILE }
    }
}

impl Grant for ClientCredentials {
    fn ask(&self, attempt: &Attempt) -> Result<(), Error> {
        Client::load(attempt, true).map(drop)
    }

    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let mut client = Client::load(attempt, true)?;
        loop {
            let exchange =
                Exchange { attempt, endpoint: self.endpoint, credential: "client credentials", key: client.key() };
            let outcome = exchange.run(&|origin| {
                let mut form = Form::default().plain("grant_type", self.grant_type);
                for (name, key) in self.form {
                    form = form.plain(*name, attempt.text(key)?);
                }
                let scopes = attempt.profile.list("scopes")?;
                let is_in_form = !scopes.is_empty() && scope_stands_in(attempt.profile, "form")?;
                let form = if is_in_form { form.plain("scope", scopes.join(self.separator)) } else { form };
                client.authenticate(extras(form, attempt.profile)?, &|key| self.jwt.sign(attempt, Some(origin), key))
            });
            match outcome {
                Ok(token) => return Ok(token.remembering(client.choice())),
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}
