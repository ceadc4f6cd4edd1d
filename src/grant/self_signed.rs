//! A JWT that the user's key signs and that is the token itself: nothing is sent anywhere.

use std::time::Duration;

use super::jwt::JwtTemplate;
use super::signing_key;
use super::{Attempt, Grant};
use crate::clock::{self, spoken};
use crate::error::{Error, Kind};
use crate::profile::Profile;
use crate::token::{Choice, Fields, Lifetime, SecretText, Token};

pub struct SelfSigned {
    pub jwt: JwtTemplate,
    /// Headers that APIs require beside the token.
    pub headers: &'static [(&'static str, &'static str)],
    /// An API may refuse a new token before the last one has this age, in seconds.
    pub least_age: u64,
}

/// What is remembered of the last token of an API with a least age: when it was signed, in seconds since 1970.
const SIGNED_AT: &str = "signed_at";

impl SelfSigned {
    pub const fn new(jwt: JwtTemplate) -> Self {
        Self { jwt, headers: &[], least_age: 0 }
    }
}

impl Grant for SelfSigned {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        if let Some(why) = self.too_soon(attempt.profile, attempt.choices) {
            return Err(Error::new(Kind::Unavailable, why)
                .hint("use the cached token: leave out --refresh, and lower --min-ttl"));
        }
        let now = clock::now().wall_ms / 1000;
        let key = signing_key::all(attempt)?;
        let jwt = self.jwt.sign(attempt, None, key.value())?;
        let token = SecretText::parse(jwt.reveal().to_owned())
            .map_err(|why| Error::new(Kind::Setup, format!("the JWT of {} {why}", attempt.profile.place)))?;
        let signed_at = (self.least_age > 0).then(|| Choice::only(SIGNED_AT, now.to_string()));
        let headers = self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Ok(Token {
            fields: Fields::of_token(token),
            headers: headers.collect(),
            details: Vec::new(),
            lifetime: Lifetime::Stated(Duration::from_secs(self.jwt.life(attempt.profile)?)),
            choices: key.choice().into_iter().chain(signed_at).collect(),
        })
    }

    fn too_soon(&self, profile: &Profile, last: &[Choice]) -> Option<String> {
        let signed_at: u64 = last.iter().find(|choice| choice.key == SIGNED_AT)?.taken.parse().ok()?;
        let age = (clock::now().wall_ms / 1000).checked_sub(signed_at).filter(|age| *age < self.least_age)?;
        Some(format!(
            "{} refuses a new token so soon: the last one of {} is {} old, and must be at least {} old",
            profile.schema.owner,
            profile.place,
            spoken(Duration::from_secs(age)),
            spoken(Duration::from_secs(self.least_age))
        ))
    }
}
