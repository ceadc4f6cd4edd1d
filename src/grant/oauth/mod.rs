//! A request to a token endpoint (RFC 6749, sections 3.2 and 5). What differs between endpoints is data.

pub mod advice;
pub mod answer;
pub(super) mod client;
mod metadata;
mod refusal;
mod xml;

use std::time::Duration;

use zeroize::Zeroizing;

use super::{Attempt, fill};
use crate::clock;
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::http::{self, Form, Http, Reply, Request};
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
    /// The names of an error's parts.
    pub errors: ErrorKeys,
    /// What to do about a rejection: the first row that fits.
    pub advice: &'static [Advice],
    /// The hint when the endpoint limits the rate.
    pub throttled: &'static str,
}

/// An answer of the endpoint.
pub(super) struct Answered {
    pub(super) url: String,
    pub(super) reply: Reply,
    /// Since the request was sent.
    elapsed: Duration,
    /// The endpoint, if the issuer's metadata gave it.
    discovered: Option<String>,
    /// What was sent or read for it, and must not be shown.
    secrets: Vec<Zeroizing<String>>,
}

impl Answered {
    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(|text| text.as_str()).collect()
    }
}

/// Where a request goes.
struct Location {
    url: String,
    is_discovered: bool,
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
    /// The values of template names that only this grant knows.
    pub(super) explain: &'a dyn Fn(&str) -> String,
}

impl Exchange<'_> {
    /// Sends a request to the endpoint's own path, and reads the token in the answer. `build` makes the request for each
    /// try.
    pub(super) fn run(&self, build: &dyn Fn(&Origin) -> Result<Request, Error>) -> Result<Token, ExchangeError> {
        if !self.endpoint.path_key.is_empty() {
            let path = self.attempt.text(self.endpoint.path_key)?;
            return self.token(&self.send(&path, build)?);
        }
        let token = |location| self.token(&self.send_to(location, "", build)?);
        match self.url()? {
            Some(url) => token(Location { url, is_discovered: false }),
            None => match self.remembered_endpoint() {
                // The issuer may have moved it.
                Some(url) => token(Location { url, is_discovered: true }).or_else(|failure| match failure.error.kind {
                    Kind::Setup => token(Location { url: self.discover()?, is_discovered: true }),
                    _ => Err(failure),
                }),
                None => token(Location { url: self.discover()?, is_discovered: true }),
            },
        }
    }

    /// Sends a request to a path; an answer with another status than those of success is an error.
    pub(super) fn send(
        &self,
        path: &str,
        build: &dyn Fn(&Origin) -> Result<Request, Error>,
    ) -> Result<Answered, ExchangeError> {
        let url = self.attempt.text(self.endpoint.http.origin_key)?;
        self.send_to(Location { url, is_discovered: false }, path, build)
    }

    /// The same at a URL.
    pub(super) fn send_at(
        &self,
        url: String,
        build: &dyn Fn(&Origin) -> Result<Request, Error>,
    ) -> Result<Answered, ExchangeError> {
        self.send_to(Location { url, is_discovered: false }, "", build)
    }

    fn send_to(
        &self,
        location: Location,
        path: &str,
        build: &dyn Fn(&Origin) -> Result<Request, Error>,
    ) -> Result<Answered, ExchangeError> {
        let Attempt { profile, end, timeout, awaited, log, .. } = *self.attempt;
        let (origin, base) = self.base(&location.url)?;
        let discovered = location.is_discovered.then_some(location.url);
        let ca_file = profile.source_file("ca_file", 0).map(Into::into);
        let http =
            Http { origin: &origin, endpoint: &self.endpoint.http, ca_file, end, timeout, retries: awaited, log };
        let asked = clock::now();
        let path = base + path;
        let (request, mut reply) = http.send(&path, &|| build(&origin))?;
        if let Some(json) = self.endpoint.is_xml.then(|| xml::as_json(&reply.body)).flatten() {
            reply.body = json;
        }
        // The machine may have slept, which no timeout notices. Round up, so that the token's life is never
        // overestimated.
        let elapsed = asked.elapsed() + Duration::from_millis(1);
        let sent = request.secrets().into_iter().map(|text| Zeroizing::new(text.to_owned()));
        let secrets = sent.chain(profile.secrets_read()).collect();
        let answered = Answered { url: format!("{origin}{path}"), reply, elapsed, discovered, secrets };
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
        let refusal = Refusal::of(reply, &self.endpoint.errors);
        let profile = self.attempt.profile;
        let is_id_token = profile.text("target_audience")?.is_some();
        let format = if is_id_token { &answer::ID_TOKEN } else { &self.endpoint.answer };
        let (fields, lifetime) = match answer::read(reply, format, &answered.secrets()) {
            // Some servers refuse with a status of success.
            Err(_) if !refusal.error.is_empty() => return Err(self.refused(answered, &refusal)),
            answer => answer.map_err(|what| self.unusable(answered, &what))?,
        };
        let lifetime = match (lifetime, profile.number("session_life")?) {
            (Lifetime::Assumed(life), Some(seconds)) if !life.is_zero() => {
                Lifetime::Assumed(Duration::from_secs(seconds))
            }
            (lifetime, _) => lifetime,
        };
        let remembered = answered.discovered.clone();
        let choices = remembered.map(|taken| Choice { key: metadata::ISSUER.to_owned(), taken, refused: Vec::new() });
        let choices = choices.into_iter().collect();
        Ok(Token { fields, headers: self.headers()?, lifetime: lifetime.less(*elapsed), choices })
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
        format!(
            "check \"{}\" in the profile, and whether a captive portal or a company's proxy answered in place of {server}",
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
                name => (self.explain)(name),
            })
        };
        fill(template, &value).unwrap_or_else(|_| template.to_owned())
    }
}
