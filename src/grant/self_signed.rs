//! A JWT that the user's key signs and that is the token itself: nothing is sent anywhere.

use std::time::Duration;

use super::jwt::JwtTemplate;
use super::signing_key;
use super::{Attempt, Grant};
use crate::error::{Error, Kind};
use crate::token::{Fields, Lifetime, SecretText, Token};

pub struct SelfSigned {
    pub jwt: JwtTemplate,
    /// Headers that APIs require beside the token.
    pub headers: &'static [(&'static str, &'static str)],
}

impl Grant for SelfSigned {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let key = signing_key::all(attempt)?;
        let jwt = self.jwt.sign(attempt, None, key.value())?;
        let token = SecretText::parse(jwt.reveal().to_owned())
            .map_err(|why| Error::new(Kind::Setup, format!("the JWT of {} {why}", attempt.profile.place)))?;
        let headers = self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Token {
            fields: Fields::of_token(token),
            headers: headers.collect(),
            lifetime: Lifetime::Stated(Duration::from_secs(self.jwt.life(attempt.profile)?)),
            choices: key.choice().into_iter().collect(),
        })
    }
}
