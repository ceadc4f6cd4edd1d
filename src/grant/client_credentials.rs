//! The client credentials grant (RFC 6749, section 4.4), with the client's secret in the form (section 2.3.1).

use super::oauth::advice::ExchangeError;
use super::oauth::{Exchange, TokenEndpoint};
use super::rotation::Rotation;
use super::{Grant, Mint};
use crate::error::Error;
use crate::http::Form;
use crate::secret::Secret;
use crate::token::Token;

pub struct ClientCredentials {
    pub endpoint: &'static TokenEndpoint,
    /// Separates scopes; a space in RFC 6749 (section 3.3).
    pub separator: &'static str,
}

impl Grant for ClientCredentials {
    fn mint(&self, mint: &Mint) -> Result<Token, Error> {
        const SECRET: &str = "client_secret";
        let mut secrets = Rotation::new(mint, SECRET);
        loop {
            let secret = secrets.load(|index| mint.profile.secret_at(SECRET, index, mint.remaining()))?;
            match self.exchange(mint, &secret) {
                Ok(token) => return Ok(Token { choices: secrets.choice().into_iter().collect(), ..token }),
                Err(failure) if failure.rejected == Some(SECRET) && secrets.advance() => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}

impl ClientCredentials {
    fn exchange(&self, mint: &Mint, secret: &Secret) -> Result<Token, ExchangeError> {
        let explain = |_: &str| String::new();
        let exchange = Exchange { mint, endpoint: self.endpoint, credential: "client credentials", explain: &explain };
        exchange.run(&|_| {
            Ok(Form::default()
                .plain("grant_type", "client_credentials")
                .plain("client_id", mint.text("client_id")?)
                .secret("client_secret", secret)
                .plain("scope", mint.profile.list("scopes")?.join(self.separator)))
        })
    }
}
