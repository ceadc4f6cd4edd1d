//! Exchanges a JWT for an access token (RFC 7523, section 2.1). The user's key signs it, or another issuer made it. A row
//! gives the provider's names for the fields.

use super::jwt::{self, CLOCK, JwtTemplate, ahead, scope_stands_in};
use super::oauth::client::{ASSERTION, Client};
use super::oauth::{Exchange, TokenEndpoint, extras};
use super::rotation::Rotation;
use super::signing_key::{self, SigningKey};
use super::{Attempt, Grant, subject};
use crate::error::Error;
use crate::host::Origin;
use crate::http::Form;
use crate::secret::Secret;
use crate::token::Token;

pub struct SignedAssertion {
    pub endpoint: &'static TokenEndpoint,
    /// Other fields of the form.
    pub form: &'static [(&'static str, &'static str)],
    /// The form field that holds the JWT.
    pub field: &'static str,
    pub jwt: JwtTemplate,
}

impl SignedAssertion {
    /// The grant with the names of RFC 7523.
    pub const fn new(endpoint: &'static TokenEndpoint) -> Self {
        const TYPE: (&str, &str) = ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer");
        Self { endpoint, form: &[TYPE], field: "assertion", jwt: JwtTemplate::OF_PROFILE }
    }

    /// The JWT, for a server whose clock is so many seconds ahead of ours.
    fn assertion(
        &self,
        attempt: &Attempt,
        origin: &Origin,
        key: Option<&SigningKey>,
        ahead: i64,
    ) -> Result<Secret, Error> {
        match key {
            Some(key) => self.jwt.sign_at(attempt, Some(origin), key, ahead),
            None => subject::token(attempt, ASSERTION),
        }
    }
}

impl Grant for SignedAssertion {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let mut client = Client::load(attempt, false)?;
        let mut key = keys(attempt)?;
        let mut offset = 0;
        loop {
            let signing = key.as_ref().map(Rotation::value);
            let exchange = Exchange { attempt, endpoint: self.endpoint, credential: "assertion", key: signing };
            let outcome = exchange.run(&|origin| {
                let fixed = self.form.iter().fold(Form::default(), |form, (name, value)| form.plain(*name, *value));
                let scope = if scope_stands_in(attempt.profile, "form")? { jwt::scope(attempt.profile)? } else { None };
                let form = scope.into_iter().fold(fixed, |form, scope| form.plain("scope", scope));
                let assertion = self.assertion(attempt, origin, signing, offset)?;
                let form = extras(form, attempt.profile)?.secret(self.field, &assertion);
                client.authenticate(form, &|key| self.jwt.sign(attempt, Some(origin), key))
            });
            match outcome {
                Ok(token) => {
                    let choices = client.choice().into_iter().chain(key.and_then(|key| key.choice()));
                    return Ok(token.remembering(choices));
                }
                Err(failure) if failure.rejected == Some(CLOCK) && offset == 0 && ahead(failure.date) != 0 => {
                    offset = ahead(failure.date);
                }
                Err(failure) if signing_key::replace(key.as_mut(), failure.rejected)? => {}
                Err(failure) if client.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}

/// The keys that sign; `None` if another issuer signs.
fn keys<'a>(attempt: &'a Attempt<'a>) -> Result<Option<Rotation<'a, SigningKey>>, Error> {
    let profile = attempt.profile;
    let is_foreign = !SigningKey::is_in(profile) && profile.count(ASSERTION) > 0;
    if is_foreign { Ok(None) } else { signing_key::all(attempt).map(Some) }
}
