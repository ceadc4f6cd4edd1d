//! Logs in with a JWT in a JSON body, as Vault and `OpenBao` want it. The user's key signs the JWT, or another issuer made
//! it.
//! <https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login>

use super::jwt::JwtTemplate;
use super::oauth::{Exchange, TokenEndpoint};
use super::signing_key::{self, SigningKey};
use super::{Attempt, Grant, fill, subject, with_headers};
use crate::error::Error;
use crate::http::{Form, Request};
use crate::profile::Profile;
use crate::token::Token;

pub struct JwtLogin {
    pub endpoint: &'static TokenEndpoint,
    /// A template of the path.
    pub path: &'static str,
    /// The profile's keys that the body has beside the JWT.
    pub keys: &'static [&'static str],
    /// Headers of the request: a name, and the profile's key of its value, if the profile has that.
    pub headers: &'static [(&'static str, &'static str)],
    pub jwt: JwtTemplate,
}

impl Grant for JwtLogin {
    fn asks(&self, profile: &Profile) -> bool {
        is_signed(profile) && SigningKey::asks(profile)
    }

    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let mut key = if is_signed(attempt.profile) { Some(signing_key::all(attempt)?) } else { None };
        let path = fill(self.path, &|name| attempt.text(name))?;
        loop {
            let exchange = Exchange { attempt, endpoint: self.endpoint, credential: "JWT", key: None };
            let outcome = exchange.send(&path, &|origin| {
                let jwt = match &key {
                    Some(key) => self.jwt.sign(attempt, Some(origin), key.value())?,
                    None => subject::token(attempt, subject::SUBJECT_TOKEN)?,
                };
                self.body(attempt, Form::default().secret("jwt", &jwt))
            });
            match outcome.and_then(|answered| exchange.token(&answered)) {
                Ok(token) => return Ok(token.remembering(key.and_then(|key| key.choice()))),
                Err(failure) if signing_key::replace(key.as_mut(), failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}

impl JwtLogin {
    fn body(&self, attempt: &Attempt, mut form: Form) -> Result<Request, Error> {
        for key in self.keys {
            form = form.plain(*key, attempt.text(key)?);
        }
        with_headers(Request::json_of(form), attempt.profile, self.headers)
    }
}

/// Whether the user's key signs the JWT.
fn is_signed(profile: &Profile) -> bool {
    profile.count(subject::SUBJECT_TOKEN) == 0
}
