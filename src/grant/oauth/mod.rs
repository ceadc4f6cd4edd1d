//! A request to a token endpoint (RFC 6749, sections 3.2 and 5). What differs between endpoints is data.

pub mod advice;
pub mod answer;
pub(super) mod client;
mod refusal;

use std::time::Duration;

use super::{Attempt, fill};
use crate::clock;
use crate::error::{Error, Kind};
use crate::host::Origin;
use crate::http::{self, Form, Http, Reply};
use crate::token::Token;
use advice::{Advice, ErrorKeys, ExchangeError, Refusal};

/// A token endpoint, as a provider's row describes it.
pub struct TokenEndpoint {
    /// What the provider calls such a server, for messages.
    pub server: &'static str,
    pub http: http::Endpoint,
    /// The profile's key that holds the URL's path.
    pub path_key: &'static str,
    pub answer: answer::Format,
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
    /// Sends a form and reads the answer. `build` makes the form for each try.
    pub(super) fn run(&self, build: &dyn Fn(&Origin) -> Result<Form, Error>) -> Result<Token, ExchangeError> {
        let Attempt { profile, end, timeout, awaited, log, .. } = *self.attempt;
        let origin = self.origin()?;
        let path = self.attempt.text(self.endpoint.path_key)?;
        let ca_file = profile.source_file("ca_file", 0).map(Into::into);
        let http =
            Http { origin: &origin, endpoint: &self.endpoint.http, ca_file, end, timeout, retries: awaited, log };
        let headers = self.headers()?;
        let asked = clock::now();
        let (form, reply) = http.post_form(&path, &|| build(&origin))?;
        // The machine may have slept, which no timeout notices. Round up, so that the token's life is never
        // overestimated.
        let elapsed = asked.elapsed() + Duration::from_millis(1);
        let url = format!("{origin}{path}");
        let read = profile.secrets_read();
        let secrets: Vec<&str> = form.secrets().into_iter().chain(read.iter().map(|text| text.as_str())).collect();
        let refusal = Refusal::of(&reply, &self.endpoint.errors);
        if !self.endpoint.http.accepted.contains(&reply.status) {
            return Err(self.refused(&url, &reply, &refusal, &secrets));
        }
        let (fields, lifetime) = match answer::read(&reply, &self.endpoint.answer, &secrets) {
            // Some servers refuse with a status of success.
            Err(_) if !refusal.error.is_empty() => return Err(self.refused(&url, &reply, &refusal, &secrets)),
            answer => answer.map_err(|what| self.unusable(&url, &reply, &what, &secrets))?,
        };
        Ok(Token { fields, headers, lifetime: lifetime.less(elapsed), choices: Vec::new() })
    }

    fn origin(&self) -> Result<Origin, Error> {
        let key = self.endpoint.http.origin_key;
        let text = self.attempt.text(key)?;
        Origin::parse(&text).map_err(|what| self.attempt.profile.wrong(&format!("has an \"{key}\" that {what}")))
    }

    fn headers(&self) -> Result<Vec<(String, String)>, Error> {
        let value = |key: &str| self.attempt.profile.text(key);
        let headers = self.endpoint.headers.iter().map(|(name, key)| Ok(((*name).to_owned(), value(key)?)));
        let headers = headers.collect::<Result<Vec<_>, Error>>()?;
        Ok(headers.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
    }

    fn unusable(&self, url: &str, reply: &Reply, what: &str, secrets: &[&str]) -> Error {
        let trace = self.trace(reply, secrets);
        // It may come from a proxy on the way.
        Error::new(Kind::Unavailable, format!("{url} answered {what}{trace}")).hint(self.another_server())
    }

    /// The hint when something other than the endpoint seems to have answered.
    fn another_server(&self) -> String {
        let TokenEndpoint { server, http, .. } = self.endpoint;
        format!(
            "a captive portal or a company's proxy may have answered; else \"{}\" in the profile names something that \
             is no {server}",
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
