//! The one HTTP client and its limits: no redirects, no compression, and TLS except for loopback addresses.

pub(crate) mod connection;
mod form;
pub mod probe;
pub mod proxy;
mod request;
mod resolver;
pub(crate) mod run_with_timeout;
mod tls_roots;
mod unreachable;
mod wiped;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::{Connector as _, DefaultConnector};
use ureq::{Agent, Error as UreqError, Timeout};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::log::Log;
use crate::{clock, random};
use proxy::ProxyInUse;
use resolver::TimedResolver;
use run_with_timeout::run_with_timeout;
use unreachable::{Route, is_connection_failure};
use wiped::WipedConnector;

use request::Outgoing;

pub use form::{Form, percent_encoded};
pub use request::Request;

const LONGEST_HEADERS: usize = 16 * 1024;
const RETRIES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// The least time for a request. A retry that would have less is not made.
const LEAST_EXCHANGE: Duration = Duration::from_millis(300);

/// What differs between endpoints.
pub struct Endpoint {
    /// The profile's key that names its origin, for hints.
    pub origin_key: &'static str,
    /// The header with the endpoint's id of a request, for its support.
    pub request_id: &'static str,
    /// Statuses of success.
    pub accepted: &'static [u16],
    /// Statuses that are retried.
    pub retried: &'static [u16],
    /// The longest answer that is read, in bytes.
    pub longest: u64,
}

impl Endpoint {
    /// The length of a usual answer: a token has at most 16 KiB.
    pub const USUAL_LENGTH: u64 = 64 * 1024;

    pub const fn new(origin_key: &'static str, request_id: &'static str) -> Self {
        let retried = &[429, 502, 503, 504];
        Self { origin_key, request_id, accepted: &[200], retried, longest: Self::USUAL_LENGTH }
    }
}

pub struct Http<'a> {
    pub origin: &'a Origin,
    pub endpoint: &'static Endpoint,
    /// CAs that are trusted besides the system's.
    pub ca_file: Option<PathBuf>,
    /// When the answer must have arrived, including retries.
    pub end: Instant,
    /// The limit of the whole call, for messages.
    pub timeout: Duration,
    pub retries: bool,
    /// Whether the profile is written, so that hints may tell the user to correct it.
    pub is_written: bool,
    pub log: &'a Log,
}

pub struct Reply {
    pub status: u16,
    /// It may contain a token.
    pub body: Zeroizing<Vec<u8>>,
    pub request_id: Option<String>,
    /// RFC 9110, section 10.2.3.
    pub retry_after: Option<Duration>,
    /// The target of a redirect, which is not followed.
    pub location: Option<String>,
    /// The server's clock, in seconds since 1970.
    pub date: Option<u64>,
}

impl Http<'_> {
    /// Sends a request. Failed connections and overload are retried until `end`; rejections are not. `build` makes a new
    /// request for each try, because a server may accept an assertion only once. Returns the answer with the request, whose
    /// secrets it may repeat.
    pub fn send(&self, path: &str, build: &dyn Fn() -> Result<Request, Error>) -> Result<(Request, Reply), Error> {
        let url = format!("{}{path}", self.origin);
        let began = Instant::now();
        let mut request = build()?;
        let proxy = proxy::for_origin(self.origin)?;
        let agent = agent(self.origin, proxy.as_ref(), self.ca_file.as_deref(), self.remaining(), self.log)?;
        if self.remaining().is_zero() {
            let what = format!("timed out before the request to {url}: secrets and signature took the time");
            return Err(Error::new(Kind::Unavailable, what).hint(unreachable::longer(self.timeout)));
        }
        let mut tries = 0;
        loop {
            self.log.say(format!("{} {url}", request.method()));
            let outcome = self.once(&agent, &url, &request, proxy.is_some());
            let (is_transient, retry_after) = match &outcome {
                Ok(reply) => (self.endpoint.retried.contains(&reply.status), reply.retry_after),
                Err(failure) => (is_connection_failure(failure), None),
            };
            let Some(pause) = self.pause(tries, retry_after).filter(|_| is_transient) else {
                return outcome.map(|reply| (request, reply)).map_err(|failure| {
                    let (origin_key, is_written) = (self.endpoint.origin_key, self.is_written);
                    let route = Route { url: &url, origin_key, is_written, proxy: proxy.as_ref() };
                    route.unreachable(&failure, began.elapsed(), self.timeout)
                });
            };
            self.log.say(format!("trying again in {} ms", pause.as_millis()));
            std::thread::sleep(pause);
            tries += 1;
            request = build()?;
        }
    }

    fn once(&self, agent: &Agent, url: &str, request: &Request, by_proxy: bool) -> Result<Reply, UreqError> {
        let left = self.remaining().max(Duration::from_millis(1));
        let exchange = {
            let (agent, url, endpoint, outgoing) = (agent.clone(), url.to_owned(), self.endpoint, request.outgoing());
            move || exchange(&agent, &url, &outgoing, endpoint, left)
        };
        let reply = if by_proxy {
            // ureq does not limit its whole dialogue with a proxy: one that sends a byte at a time extends it.
            run_with_timeout(left, exchange)?.unwrap_or(Err(UreqError::Timeout(Timeout::Global)))
        } else {
            exchange()
        }?;
        self.log.say_with(|| {
            let request_id = quoted(reply.request_id.as_deref().unwrap_or("-"), &request.values());
            format!("{url} answered {}, {} {request_id}", reply.status, self.endpoint.request_id)
        });
        Ok(reply)
    }

    fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// The pause before a retry, if there is time for one.
    fn pause(&self, tries: u32, asked: Option<Duration>) -> Option<Duration> {
        let usual = FIRST_PAUSE * 3_u32.pow(tries);
        let pause = asked.unwrap_or_else(|| random::between(usual / 2, usual * 3 / 2));
        let left = self.remaining();
        (self.retries && tries < RETRIES && pause.saturating_add(LEAST_EXCHANGE) < left).then_some(pause)
    }
}

/// `wait` limits the reading of the CAs.
fn agent(
    origin: &Origin,
    proxy: Option<&ProxyInUse>,
    ca_file: Option<&Path>,
    wait: Duration,
    log: &Log,
) -> Result<Agent, Error> {
    let config = Config::builder()
        .https_only(origin.is_https())
        .http_status_as_error(false)
        .max_redirects(0)
        .max_response_header_size(LONGEST_HEADERS)
        // ureq's own size has four times the pages to clear. It must have room for more than the headers may have; a body
        // is read in turns.
        .input_buffer_size(2 * LONGEST_HEADERS)
        .user_agent(concat!("jwt-credential/", env!("CARGO_PKG_VERSION")))
        .accept("application/json")
        .proxy(proxy.map(|proxy| proxy.proxy.clone()));
    let config = if origin.is_https() {
        let roots = tls_roots::trusted(ca_file, wait, log)?;
        config.tls_config(TlsConfig::builder().root_certs(roots).build())
    } else {
        config
    };
    Ok(Agent::with_parts(config.build(), DefaultConnector::default().chain(WipedConnector), TimedResolver))
}

fn exchange(
    agent: &Agent,
    url: &str,
    outgoing: &Outgoing,
    endpoint: &Endpoint,
    left: Duration,
) -> Result<Reply, UreqError> {
    let mut response = outgoing.send(agent, url, left)?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let date = header("date").and_then(|date| http_date(&date));
    let retry_after = header("retry-after").and_then(|value| retry_after(&value, date));
    let (request_id, location) = (header(endpoint.request_id), header("location"));
    let status = response.status().as_u16();
    let body = match response.body_mut().with_config().limit(endpoint.longest).read_to_vec() {
        // The status says what the caller can do, even if the body is too long or breaks off.
        Err(_) if !endpoint.accepted.contains(&status) => Vec::new(),
        body => body?,
    };
    Ok(Reply { status, body: Zeroizing::new(body), request_id, retry_after, location, date })
}

/// Parses a `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date by the server's own clock.
pub fn retry_after(value: &str, date: Option<u64>) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = http_date(value)?;
    let now = date.unwrap_or_else(|| clock::now().wall_ms / 1000);
    Some(Duration::from_secs(until.saturating_sub(now)))
}

fn http_date(text: &str) -> Option<u64> {
    let at = httpdate::parse_http_date(text).ok()?;
    at.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests;
