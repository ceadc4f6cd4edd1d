//! The installation token of a GitHub App. The App's key signs a JWT, which finds the App's installation and gets a token
//! for it.
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app>

use serde_json::{Map, Value as Json, json};

use super::jwt::{CLOCK, JwtTemplate, ahead};
use super::oauth::advice::ExchangeError;
use super::oauth::{Exchange, TokenEndpoint};
use super::rotation::Rotation;
use super::signing_key::{self, SigningKey};
use super::{Attempt, Grant};
use crate::error::Error;
use crate::host::Origin;
use crate::http::Request;
use crate::token::{Choice, Token};

pub struct GithubApp {
    /// Finds an installation.
    pub lookup: &'static TokenEndpoint,
    /// Makes a token for an installation.
    pub installation: &'static TokenEndpoint,
    pub jwt: JwtTemplate,
}

const ID: &str = "installation_id";

impl Grant for GithubApp {
    fn request(&self, attempt: &Attempt) -> Result<Token, Error> {
        let mut key = signing_key::all(attempt)?;
        let given = attempt.profile.text(ID)?;
        let mut known = attempt.choices.iter().find(|choice| choice.key == ID).map(|choice| choice.taken.clone());
        let mut offset = 0;
        loop {
            let attempted = Try { grant: self, attempt, key: &key, offset };
            let id = given.clone().or(known.clone());
            let is_remembered = given.is_none() && id.is_some();
            let outcome = id.map_or_else(|| attempted.look_up(), Ok).and_then(|id| Ok((attempted.token(&id)?, id)));
            match outcome {
                Ok((token, id)) => {
                    let id = Choice::only(ID, id);
                    return Ok(Token { choices: key.choice().into_iter().chain([id]).collect(), ..token });
                }
                // The App was installed anew, which gave the installation another id.
                Err(failure) if is_remembered && failure.rejected == Some(ID) => known = None,
                Err(failure) if failure.rejected == Some(CLOCK) && offset == 0 && ahead(failure.date) != 0 => {
                    offset = ahead(failure.date);
                }
                Err(failure) if key.replace(failure.rejected)? => {}
                Err(failure) => return Err(failure.error),
            }
        }
    }
}

/// One try: the requests with one key and one idea of the time.
struct Try<'a> {
    grant: &'a GithubApp,
    attempt: &'a Attempt<'a>,
    key: &'a Rotation<'a, SigningKey>,
    /// Added to this machine's clock, in seconds.
    offset: i64,
}

impl Try<'_> {
    /// The App's installation in the account or repository that the profile names.
    fn look_up(&self) -> Result<String, ExchangeError> {
        let profile = self.attempt.profile;
        let path = match (profile.text("owner")?, profile.text("repository")?) {
            // This path finds organisations as well.
            (Some(owner), _) => format!("/users/{owner}/installation"),
            (None, Some(repository)) => format!("/repos/{repository}/installation"),
            (None, None) => {
                let what = "names no installation: it needs \"owner\", \"repository\" or \"installation_id\"";
                return Err(profile.wrong(what).into());
            }
        };
        let exchange = self.exchange(self.grant.lookup);
        let answered = exchange.send(&path, &|origin| self.signed(Request::get(), origin))?;
        let found: Option<Json> = serde_json::from_slice(&answered.reply.body).ok();
        let id = found.as_ref().and_then(|found| found.get("id")?.as_u64());
        id.map(|id| id.to_string()).ok_or_else(|| exchange.unusable(&answered, "without an installation's id").into())
    }

    fn token(&self, id: &str) -> Result<Token, ExchangeError> {
        let profile = self.attempt.profile;
        let mut body = Map::new();
        let repositories = profile.list("repositories")?;
        if !repositories.is_empty() {
            body.insert("repositories".into(), json!(repositories));
        }
        let permissions = profile.object("permissions")?;
        if !permissions.is_empty() {
            body.insert("permissions".into(), permissions.into());
        }
        let exchange = self.exchange(self.grant.installation);
        let path = format!("/app/installations/{id}/access_tokens");
        let body = Json::from(body);
        let answered = exchange.send(&path, &|origin| self.signed(Request::json(&body), origin))?;
        exchange.token(&answered)
    }

    fn exchange(&self, endpoint: &'static TokenEndpoint) -> Exchange<'_> {
        Exchange { attempt: self.attempt, endpoint, credential: "JWT of the App", key: None }
    }

    fn signed(&self, request: Request, origin: &Origin) -> Result<Request, Error> {
        let jwt = self.grant.jwt.sign_at(self.attempt, Some(origin), self.key.value(), self.offset)?;
        Ok(with_version(request).bearer(&jwt))
    }
}

/// <https://docs.github.com/en/rest/about-the-rest-api/api-versions>
pub fn with_version(request: Request) -> Request {
    request.header("accept", "application/vnd.github+json").header("x-github-api-version", "2022-11-28")
}
