//! Ends a token at its issuer before it expires. How an issuer does that is data in its provider's row.

use super::jwt::JwtTemplate;
use super::oauth::advice::ExchangeError;
use super::oauth::client::Client;
use super::oauth::{Exchange, TokenEndpoint};
use super::signing_key::{self, SigningKey};
use super::{Attempt, fill, with_headers};
use crate::error::Error;
use crate::host::Origin;
use crate::http::{Form, Request};
use crate::secret::Secret;

/// The profile's key for the URL that revokes tokens.
pub const URL: &str = "revocation_url";

/// A rejection of a token that is no longer valid: there is nothing to end.
pub const TOKEN: &str = "token";
/// A rejection of a kind of token that the issuer does not revoke.
pub const TOKEN_TYPE: &str = "token_type";

/// How the tokens of a provider are ended.
pub struct Revocation {
    pub way: Way,
    /// A hint: where the user takes away the credential, so that the issuer gives no more tokens for it.
    pub remove: &'static str,
}

pub enum Way {
    /// The issuer ends no token of this kind.
    Nothing,
    Client(ByClient),
    Token(ByToken),
}

/// The client that a token was issued to asks for its end (RFC 7009, section 2.1).
pub struct ByClient {
    pub endpoint: &'static TokenEndpoint,
    pub place: Place,
    /// Fields of the form beside the token.
    pub form: &'static [(&'static str, &'static str)],
    /// Headers: a name, and the profile's key of its value.
    pub headers: &'static [(&'static str, &'static str)],
    /// Whether a private key in the profile is the client's, and not the grant's.
    pub signs: bool,
    /// Whether the audience of the client's JWT is this URL, and not that of the token request.
    pub is_audience: bool,
}

/// Where tokens are revoked, unless the profile has [`URL`].
pub enum Place {
    /// Where the issuer's metadata say.
    Metadata,
    /// Beside the token endpoint: its URL with this last segment.
    Beside(&'static str),
    /// At this path of the endpoint's origin.
    Path(&'static str),
}

/// The token itself allows its end.
pub struct ByToken {
    pub endpoint: &'static TokenEndpoint,
    pub path: &'static str,
    pub request: fn() -> Request,
    /// Headers: a name, and the profile's key of its value.
    pub headers: &'static [(&'static str, &'static str)],
}

pub enum Outcome {
    /// The token is no longer valid.
    Ended,
    /// The issuer ends no such token, for this reason.
    Impossible(String),
}

impl Revocation {
    /// Lets the user type what only they know, before the lock is taken.
    pub fn ask(&self, attempt: &Attempt) -> Result<(), Error> {
        match &self.way {
            Way::Client(way) if way.signs && SigningKey::asks(attempt.profile) => signing_key::all(attempt).map(drop),
            _ => Ok(()),
        }
    }

    /// Ends a token. After an error it is as valid as before, and another attempt may succeed.
    pub fn revoke(&self, attempt: &Attempt, token: &str) -> Result<Outcome, Error> {
        let token = Secret::new(token.to_owned());
        let owner = attempt.profile.schema.owner;
        let outcome = match &self.way {
            Way::Nothing => return Ok(Outcome::Impossible(format!("{owner} revokes no tokens of this kind"))),
            Way::Client(way) => {
                let Some(url) = way.url(attempt)? else {
                    let place = &attempt.profile.place;
                    let why = format!("no revocation endpoint of {owner} is known: {place} has no \"{URL}\"");
                    return Ok(Outcome::Impossible(why));
                };
                way.revoke(attempt, &url, &token)
            }
            Way::Token(way) => way.revoke(attempt, &token),
        };
        match outcome {
            Ok(()) => Ok(Outcome::Ended),
            Err(failure) => match failure.rejected {
                Some(TOKEN) => Ok(Outcome::Ended),
                Some(TOKEN_TYPE) => Ok(Outcome::Impossible(failure.error.text)),
                _ => Err(failure.error),
            },
        }
    }
}

fn exchange<'a>(attempt: &'a Attempt<'a>, endpoint: &'static TokenEndpoint) -> Exchange<'a> {
    Exchange { attempt, endpoint, credential: "revocation", key: None }
}

impl ByClient {
    fn url(&self, attempt: &Attempt) -> Result<Option<String>, Error> {
        let profile = attempt.profile;
        if let Some(url) = profile.text(URL)? {
            return Ok(Some(url));
        }
        match self.place {
            Place::Metadata => exchange(attempt, self.endpoint).discover_revocation(URL),
            Place::Path(path) => Ok(Some(attempt.text(self.endpoint.http.origin_key)? + path)),
            Place::Beside(name) => {
                let url = fill(&attempt.text("token_url")?, &|name| attempt.text(name))?;
                let (origin, path) = Origin::with_path(&url).map_err(|what| profile.wrong_value("token_url", &what))?;
                let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
                Ok(Some(format!("{origin}{directory}/{name}")))
            }
        }
    }

    fn revoke(&self, attempt: &Attempt, url: &str, token: &Secret) -> Result<(), ExchangeError> {
        let attempt = &Attempt { audience: self.is_audience.then_some(url), ..*attempt };
        // The client authenticates as it does for a token (RFC 7009, section 2.1).
        let mut client = Client::load(attempt, self.signs)?;
        loop {
            let outcome = exchange(attempt, self.endpoint).send_to(url, "", &|origin| {
                let form = Form::default().secret("token", token);
                let form = self.form.iter().fold(form, |form, (name, value)| form.plain(*name, *value));
                let request =
                    client.authenticate(form, &|key| JwtTemplate::OF_PROFILE.sign(attempt, Some(origin), key))?;
                with_headers(request, attempt.profile, self.headers)
            });
            match outcome {
                Err(failure) if client.replace(failure.rejected)? => {}
                outcome => return outcome.map(drop),
            }
        }
    }
}

impl ByToken {
    fn revoke(&self, attempt: &Attempt, token: &Secret) -> Result<(), ExchangeError> {
        let profile = attempt.profile;
        let sent = exchange(attempt, self.endpoint).send(self.path, &|_| {
            with_headers((self.request)().token(profile.schema.header, token), profile, self.headers)
        });
        sent.map(|_| ())
    }
}
