//! Exchanges a token of another issuer for one of this issuer (RFC 8693).

use serde_json::json;

use super::jwt::{self, Jwt};
use super::oauth::advice::ExchangeError;
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint, extras};
use super::{Attempt, Grant, subject};
use crate::error::Error;
use crate::http::{Form, Request};
use crate::secret::Secret;
use crate::token::{ACCESS_TOKEN, Token};

pub struct TokenExchange {
    pub endpoint: &'static TokenEndpoint,
    /// What a client signs that authenticates by a key.
    pub jwt: Jwt,
    /// Exchanges the token for one of a service account, if the profile names that.
    pub impersonation: Option<&'static TokenEndpoint>,
}

const SUBJECT: &str = "subject_token";
/// The scope that impersonation needs.
const ANYTHING: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The profile's key for the account whose token is wanted.
const ACCOUNT: &str = "service_account";

impl TokenExchange {
    /// The token of the service account that the profile names, or else the token itself.
    /// <https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken>
    fn impersonated(&self, attempt: &Attempt, token: Token) -> Result<Token, ExchangeError> {
        let (Some(endpoint), Some(account)) = (self.impersonation, attempt.profile.text(ACCOUNT)?) else {
            return Ok(token);
        };
        let exchange = Exchange { attempt, endpoint, credential: "token of the workload", explain: &|_| String::new() };
        let bearer = Secret::new(token.fields.get(ACCESS_TOKEN).unwrap_or_default().to_owned());
        let wanted = json!({"scope": attempt.profile.list("scopes")?, "lifetime": "3600s"});
        let path = format!("/v1/projects/-/serviceAccounts/{account}:generateAccessToken");
        let answered = exchange.send(&path, &|_| Ok(Request::json(&wanted).bearer(&bearer)))?;
        Ok(exchange.token(&answered)?.remembering(token.choices))
    }
}

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
                // Impersonation asks for the profile's scopes, with a token that may do anything.
                let is_last = self.impersonation.is_none() || profile.text(ACCOUNT)?.is_none();
                let scope = if is_last { jwt::scope(profile)? } else { Some(ANYTHING.into()) };
                let form = scope.into_iter().fold(form, |form, scope| form.plain("scope", scope));
                client.authenticate(extras(form, profile)?, &|key| self.jwt.sign(attempt, origin, key))
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
