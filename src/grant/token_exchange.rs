//! Exchanges a token of another issuer for one of this issuer (RFC 8693).

use serde_json::Value as Json;

use super::jwt::{self, JwtTemplate};
use super::oauth::advice::ExchangeError;
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint, extras};
use super::{Attempt, Grant, subject};
use crate::error::Error;
use crate::http::{Form, Request};
use crate::profile::Profile;
use crate::secret::Secret;
use crate::token::{ACCESS_TOKEN, Token};

pub struct TokenExchange {
    pub endpoint: &'static TokenEndpoint,
    /// What a client signs that authenticates by a key.
    pub jwt: JwtTemplate,
    /// A second exchange, for the token of an account that the profile may name.
    pub impersonation: Option<&'static Impersonation>,
}

/// How a provider gives the token of another account for the exchanged one.
pub struct Impersonation {
    pub endpoint: &'static TokenEndpoint,
    /// The profile's key for the account.
    pub account: &'static str,
    /// The scope that the exchanged token needs for it.
    pub scope: &'static str,
    /// The path for an account, and the JSON that asks for these scopes.
    pub path: fn(&str) -> String,
    pub wanted: fn(&[String]) -> Json,
}

impl TokenExchange {
    /// The second exchange, and the account, if the profile names one.
    fn second(&self, profile: &Profile) -> Result<Option<(&'static Impersonation, String)>, Error> {
        let Some(second) = self.impersonation else { return Ok(None) };
        Ok(profile.text(second.account)?.map(|account| (second, account)))
    }

    /// The token of the account that the profile names, or else the token itself.
    fn impersonated(&self, attempt: &Attempt, token: Token) -> Result<Token, ExchangeError> {
        let Some((second, account)) = self.second(attempt.profile)? else { return Ok(token) };
        let exchange = Exchange { attempt, endpoint: second.endpoint, credential: "token of the workload", key: None };
        let bearer = Secret::new(token.fields.get(ACCESS_TOKEN).unwrap_or_default().to_owned());
        let wanted = (second.wanted)(&attempt.profile.list("scopes")?);
        let answered = exchange.send(&(second.path)(&account), &|_| Ok(Request::json(&wanted).bearer(&bearer)))?;
        Ok(exchange.token(&answered)?.remembering(token.choices))
    }
}

impl Grant for TokenExchange {
    fn ask(&self, attempt: &Attempt) -> Result<(), Error> {
        Client::load(attempt, true).map(drop)
    }

    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let profile = attempt.profile;
        let mut client = Client::load(attempt, true)?;
        loop {
            let exchange = Exchange { attempt, endpoint: self.endpoint, credential: "subject token", key: None };
            let outcome = exchange.run(&|origin| {
                let form = Form::default()
                    .plain("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange")
                    .plain("subject_token_type", profile.required_text("subject_token_type")?)
                    .secret(subject::SUBJECT_TOKEN, &subject::token(attempt, subject::SUBJECT_TOKEN)?);
                let requested = profile.text("requested_token_type")?;
                let form = requested.into_iter().fold(form, |form, kind| form.plain("requested_token_type", kind));
                // The second exchange asks for the profile's scopes.
                let scope = match self.second(profile)? {
                    Some((second, _)) => Some(second.scope.to_owned()),
                    None => jwt::scope(profile)?,
                };
                let form = scope.into_iter().fold(form, |form, scope| form.plain("scope", scope));
                client.authenticate(extras(form, profile)?, &|key| self.jwt.sign(attempt, Some(origin), key))
            });
            match outcome {
                Ok(token) => {
                    let token = token.remembering(client.choice());
                    return self.impersonated(attempt, token).map_err(|failure| failure.error);
                }
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}
