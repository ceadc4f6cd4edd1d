//! A request to a token endpoint (RFC 6749, sections 3.2 and 5). What differs between endpoints is data.

pub mod advice;
pub mod answer;
pub(super) mod client;
pub(super) mod metadata;
mod refusal;
mod xml;

use std::time::Duration;

use zeroize::Zeroizing;

use super::signing_key::SigningKey;
use super::{Attempt, fill, pairing};
use crate::clock;
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::http::{self, Form, Reply, Request};
use crate::profile::Profile;
use crate::token::{Choice, Lifetime, Token};
use advice::{Advice, ErrorKeys, ExchangeError, Refusal};

/// A token endpoint, as a provider's row describes it.
pub struct TokenEndpoint {
    /// What the provider calls such a server, for messages.
    pub server: &'static str,
    pub http: http::Endpoint,
    /// The profile's key that holds the URL's path; empty if the other key has the whole URL. Without that key the endpoint
    /// is discovered.
    pub path_key: &'static str,
    pub answer: answer::Format,
    /// Whether the server speaks XML. Its elements are read as the members of JSON.
    pub is_xml: bool,
    /// Headers that APIs require beside the token: a name, and the profile's key with its value. A missing key gives no
    /// header.
    pub headers: &'static [(&'static str, &'static str)],
    /// Members of an answer that callers need beside the token, and that are no secrets.
    pub details: &'static [&'static str],
    /// The names of an error's parts.
    pub errors: ErrorKeys,
    /// What to do about a rejection, in groups that endpoints can share: the first row that fits.
    pub advice: &'static [&'static [Advice]],
    /// The hint when the endpoint limits the rate.
    pub throttled: &'static str,
}

/// An answer of the endpoint.
pub(super) struct Answered {
    pub(super) url: String,
    pub(super) reply: Reply,
    /// Since the request was sent.
    elapsed: Duration,
    /// What was sent or read for it, and must not be shown.
    secrets: Vec<Zeroizing<String>>,
}

impl Answered {
    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(|text| text.as_str()).collect()
    }
}

/// Adds what the profile wants in the form beside the grant's own fields: `audience`, `resource` (RFC 8707), and `form`.
pub(super) fn extras(mut form: Form, profile: &Profile) -> Result<Form, Error> {
    if let Some(audience) = profile.text("audience")? {
        form = form.plain("audience", audience);
    }
    for resource in profile.list("resource")? {
        form = form.plain("resource", resource);
    }
    for (name, value) in profile.object("form")? {
        form = form.plain(name, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    Ok(form)
}

/// One exchange.
pub(super) struct Exchange<'a> {
    pub(super) attempt: &'a Attempt<'a>,
    pub(super) endpoint: &'static TokenEndpoint,
    /// What is sent, for messages.
    pub(super) credential: &'static str,
    /// The key that signs, which `{key}` in advice is about.
    pub(super) key: Option<&'a SigningKey>,
}

impl Exchange<'_> {
    /// Sends a request to the endpoint's own path, and reads the token in the answer. `build` makes the request for each
    /// try.
    pub(super) fn run(&self, build: &dyn Fn(&Origin) -> Result<Request, Error>) -> Result<Token, ExchangeError> {
        if !self.endpoint.path_key.is_empty() {
            let path = self.attempt.text(self.endpoint.path_key)?;
            return self.token(&self.send(&path, build)?);
        }
        let token_at = |url: &str| self.token(&self.send_to(url, "", build)?);
        if let Some(url) = self.url()? {
            return token_at(&url);
        }
        let of_issuer = |url: String| Ok(token_at(&url)?.remembering([Choice::only(metadata::ISSUER, url)]));
        match self.remembered_endpoint().map(of_issuer) {
            // The issuer may have moved it.
            Some(Err(ExchangeError { error: Error { kind: Kind::Setup, .. }, .. })) | None => {
                of_issuer(self.discover()?)
            }
            Some(outcome) => outcome,
        }
    }

    /// Sends a request to a path; an answer with another status than those of success is an error.
    pub(super) fn send(
        &self,
        path: &str,
        build: &dyn Fn(&Origin) -> Result<Request, Error>,
    ) -> Result<Answered, ExchangeError> {
        self.send_to(&self.attempt.text(self.endpoint.http.origin_key)?, path, build)
    }

    /// Sends a request to a path below this URL.
    pub(super) fn send_to(
        &self,
        url: &str,
        path: &str,
        build: &dyn Fn(&Origin) -> Result<Request, Error>,
    ) -> Result<Answered, ExchangeError> {
        let (origin, base) = self.base(url)?;
        let asked = clock::now();
        let path = base + path;
        let (request, mut reply) = self.attempt.http(&origin, &self.endpoint.http).send(&path, &|| build(&origin))?;
        if let Some(json) = self.endpoint.is_xml.then(|| xml::as_json(&reply.body)).flatten() {
            reply.body = json;
        }
        // The machine may have slept, which no timeout notices. Round up, so that the token's life is never
        // overestimated.
        let elapsed = asked.elapsed() + Duration::from_millis(1);
        let sent = request.secrets().into_iter().map(|text| Zeroizing::new(text.to_owned()));
        let secrets = sent.chain(self.attempt.profile.secrets_read()).collect();
        let answered = Answered { url: format!("{origin}{path}"), reply, elapsed, secrets };
        if self.endpoint.http.accepted.contains(&answered.reply.status) {
            Ok(answered)
        } else {
            let refusal = Refusal::of(&answered.reply, &self.endpoint.errors);
            Err(self.refused(&answered, &refusal))
        }
    }

    /// The token in an answer.
    pub(super) fn token(&self, answered: &Answered) -> Result<Token, ExchangeError> {
        let Answered { reply, elapsed, .. } = answered;
        let profile = self.attempt.profile;
        let is_id_token = profile.text("target_audience")?.is_some();
        let format = if is_id_token { &answer::ID_TOKEN } else { &self.endpoint.answer };
        let (fields, lifetime) = answer::read(reply, format, &answered.secrets()).map_err(|what| {
            // Some servers refuse with a status of success.
            let refusal = Refusal::of(reply, &self.endpoint.errors);
            if refusal.error.is_empty() {
                self.unusable(answered, &what).into()
            } else {
                self.refused(answered, &refusal)
            }
        })?;
        let lifetime = match (lifetime, profile.number("session_life")?) {
            (Lifetime::Assumed(life), Some(seconds)) if !life.is_zero() => {
                Lifetime::Assumed(Duration::from_secs(seconds))
            }
            (lifetime, _) => lifetime,
        };
        let details = answer::details(reply, self.endpoint.details);
        let lifetime = lifetime.less(*elapsed);
        Ok(Token { fields, headers: self.headers()?, details, lifetime, choices: Vec::new() })
    }

    /// The endpoint's URL by the profile or its row; `None` if the issuer's metadata has to be asked.
    fn url(&self) -> Result<Option<String>, Error> {
        let template = self.attempt.profile.text(self.endpoint.http.origin_key)?;
        template.map(|template| fill(&template, &|name| self.attempt.text(name))).transpose()
    }

    /// The endpoint's origin, and the path that all its URLs begin with.
    fn base(&self, url: &str) -> Result<(Origin, String), Error> {
        let key = self.endpoint.http.origin_key;
        Origin::with_path(url).map_err(|what| self.attempt.profile.wrong_value(key, &what))
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Error> {
        let value = |key: &str| self.attempt.profile.text(key);
        let headers = self.endpoint.headers.iter().map(|(name, key)| Ok(((*name).to_owned(), value(key)?)));
        let headers = headers.collect::<Result<Vec<_>, Error>>()?;
        Ok(headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    pub(super) fn unusable(&self, answered: &Answered, what: &str) -> Error {
        let trace = self.trace(answered);
        // It may come from a proxy on the way.
        Error::new(Kind::Unavailable, format!("{} answered {what}{trace}", answered.url)).hint(self.another_server())
    }

    /// The hint when something other than the endpoint seems to have answered.
    fn another_server(&self) -> String {
        let TokenEndpoint { server, http, .. } = self.endpoint;
        let place = &self.attempt.profile.place;
        format!(
            "check \"{}\" in {place}, and whether a captive portal or a company's proxy answered in place of {server}",
            http.origin_key
        )
    }

    /// Fills in a template of the provider's row.
    fn advise(&self, template: &str) -> String {
        let profile = self.attempt.profile;
        let value = |name: &str| {
            Ok(match name {
                "profile" => profile.place.to_string(),
                "import_as" => profile.place.import_name(),
                "notes" => profile.notes().iter().fold(String::new(), |all, note| all + "; " + note),
                "key" => self.key.map_or_else(String::new, |key| pairing::about(self.attempt, key)),
                _ => String::new(),
            })
        };
        fill(template, &value).unwrap_or_else(|_| template.to_owned())
    }
}
