//! The client credentials grant (RFC 6749, section 4.4).

use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint};
use super::{Attempt, Grant};
use crate::error::Error;
use crate::http::Form;
use crate::token::Token;

pub struct ClientCredentials {
    pub endpoint: &'static TokenEndpoint,
    /// Separates scopes; a space in RFC 6749 (section 3.3).
    pub separator: &'static str,
}

impl Grant for ClientCredentials {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let explain = |_: &str| String::new();
        let exchange =
            Exchange { attempt, endpoint: self.endpoint, credential: "client credentials", explain: &explain };
        let mut client = Client::load(attempt)?;
        loop {
            let outcome = exchange.run(&|_| {
                let form = client.authenticate(Form::default().plain("grant_type", "client_credentials"));
                Ok(form.plain("scope", attempt.profile.list("scopes")?.join(self.separator)).into())
            });
            match outcome {
                Ok(token) => return Ok(Token { choices: client.choice().into_iter().collect(), ..token }),
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}
