//! Temporary credentials of AWS for a token of another issuer.
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>

use super::oauth::{Exchange, TokenEndpoint};
use super::{Attempt, Grant, subject};
use crate::error::Error;
use crate::http::Form;
use crate::token::Token;

pub struct AssumeRole {
    pub endpoint: &'static TokenEndpoint,
}

impl Grant for AssumeRole {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let exchange = Exchange { attempt, endpoint: self.endpoint, credential: "subject token", key: None };
        let outcome = exchange.run(&|_| {
            let form = Form::default()
                .plain("Action", "AssumeRoleWithWebIdentity")
                .plain("Version", "2011-06-15")
                .plain("RoleArn", attempt.text("role_arn")?)
                .plain("RoleSessionName", attempt.text("session_name")?)
                .plain("DurationSeconds", attempt.text("duration")?);
            Ok(form.secret("WebIdentityToken", &subject::token(attempt, subject::SUBJECT_TOKEN)?).into())
        });
        outcome.map_err(|failure| failure.error)
    }
}
