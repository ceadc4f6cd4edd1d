//! The one HTTP client and its limits: no redirects, no compression, and TLS except for loopback addresses.

pub mod proxy;
mod resolver;
pub(crate) mod run_with_timeout;
mod tls_roots;
mod unreachable;

use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error as Failure, Timeout};
use zeroize::Zeroizing;

use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::log::Log;
use crate::{clock, random};
use proxy::ProxyInUse;
use resolver::TimedResolver;
use run_with_timeout::run_with_timeout;
use unreachable::{is_connection_failure, unreachable_endpoint};

/// The longest answer that is read.
const LONGEST_BODY: u64 = 64 * 1024;
const LONGEST_HEADERS: usize = 16 * 1024;
/// How often a passing failure is tried again.
const RETRIES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// What an exchange needs at least: a pause that leaves less is not made.
const LEAST_EXCHANGE: Duration = Duration::from_millis(300);

/// How to reach an endpoint, and by when.
pub struct Http<'a> {
    /// The endpoint's origin.
    pub origin: &'a Origin,
    /// A CA beside the system's.
    pub ca_file: Option<PathBuf>,
    /// When the answer must be there, all retries together.
    pub end: Instant,
    /// Whether passing failures are worth another try.
    pub retries: bool,
    /// Who is told what is being done.
    pub log: &'a Log,
}

/// What the endpoint answered.
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The body, at most 64 KiB; it may hold a token.
    pub body: Zeroizing<Vec<u8>>,
    /// IMS's name for the request, for its support.
    pub debug_id: Option<String>,
    /// How long the endpoint asks to be left alone (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
    /// Where a redirect would have led.
    pub location: Option<String>,
    /// The server's clock, in seconds since 1970.
    pub date: Option<u64>,
}

impl Http<'_> {
    /// Posts a form (`application/x-www-form-urlencoded`). Connections that fail, and answers that ask for
    /// patience, are tried again within the time; refusals never.
    pub fn post_form(&self, path: &str, form: &[(&str, &str)]) -> Result<Reply, Error> {
        let url = format!("{}{path}", self.origin);
        let proxy = proxy::for_origin(self.origin)?;
        let agent = self.agent(proxy.as_ref())?;
        if self.remaining().is_zero() {
            let what = format!("no time was left to ask {url}: secrets and signature took it all");
            return Err(Error::new(Kind::Unavailable, what).hint("a longer --timeout (JWT_CREDENTIAL_TIMEOUT)"));
        }
        let mut tries = 0;
        loop {
            self.log.say(format!("POST {url}"));
            let outcome = self.once(&agent, &url, form, proxy.is_some());
            let (passing, retry_after) = match &outcome {
                Ok(reply) => (matches!(reply.status, 429 | 502..=504), reply.retry_after),
                Err(failure) => (is_connection_failure(failure), None),
            };
            match self.pause(tries, retry_after).filter(|_| passing) {
                Some(pause) => {
                    self.log.say(format!("trying again in {} ms", pause.as_millis()));
                    std::thread::sleep(pause);
                    tries += 1;
                }
                None => {
                    return outcome.map_err(|failure| match &proxy {
                        Some(proxy) => unreachable_endpoint(&url, &failure).hint(format!("the way there is {proxy}")),
                        None => unreachable_endpoint(&url, &failure),
                    });
                }
            }
        }
    }

    fn once(&self, agent: &Agent, url: &str, form: &[(&str, &str)], by_proxy: bool) -> Result<Reply, Failure> {
        let left = self.remaining().max(Duration::from_millis(1));
        let exchange = {
            let (agent, url, body) = (agent.clone(), url.to_owned(), encoded(form));
            move || exchange(&agent, &url, &body, left)
        };
        let reply = if by_proxy {
            // ureq has no limit for the whole of its dialogue with a proxy: one that sends a byte at a time extends it.
            run_with_timeout(left, exchange)?.unwrap_or(Err(Failure::Timeout(Timeout::Global)))
        } else {
            exchange()
        }?;
        self.log.say_with(|| {
            let sent: Vec<&str> = form.iter().map(|(_, value)| *value).collect();
            let debug_id = quoted(reply.debug_id.as_deref().unwrap_or("-"), &sent);
            format!("{url} answered {}, x-debug-id {debug_id}", reply.status)
        });
        Ok(reply)
    }

    fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// The pause before another try, if there shall be one and there is time for both.
    fn pause(&self, tries: u32, asked: Option<Duration>) -> Option<Duration> {
        let usual = FIRST_PAUSE * 3_u32.pow(tries);
        let pause = asked.unwrap_or_else(|| random::between(usual / 2, usual * 3 / 2));
        let left = self.remaining();
        (self.retries && tries < RETRIES && pause.saturating_add(LEAST_EXCHANGE) < left).then_some(pause)
    }

    fn agent(&self, proxy: Option<&ProxyInUse>) -> Result<Agent, Error> {
        let config = Config::builder()
            .https_only(self.origin.is_https())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(LONGEST_HEADERS)
            .user_agent(concat!("jwt-credential/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .proxy(proxy.map(|proxy| proxy.proxy.clone()));
        let config = if self.origin.is_https() {
            let roots = tls_roots::trusted(self.ca_file.as_deref(), self.remaining(), self.log)?;
            config.tls_config(TlsConfig::builder().root_certs(roots).build())
        } else {
            config
        };
        Ok(Agent::with_parts(config.build(), DefaultConnector::default(), TimedResolver))
    }
}

/// One request and its answer.
fn exchange(agent: &Agent, url: &str, form: &str, left: Duration) -> Result<Reply, Failure> {
    // Shorter for what comes first, so that the error can say where the time went.
    let early = Some(left * 3 / 4);
    let config = agent.post(url).config().timeout_global(Some(left)).timeout_resolve(early).timeout_connect(early);
    let request = config.build().content_type("application/x-www-form-urlencoded");
    let mut response = request.send(form.as_bytes())?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let date = header("date").and_then(|date| http_date(&date));
    let retry_after = header("retry-after").and_then(|value| retry_after(&value, date));
    let (debug_id, location) = (header("x-debug-id"), header("location"));
    let status = response.status().as_u16();
    let body = match response.body_mut().with_config().limit(LONGEST_BODY).read_to_vec() {
        // What the caller can do is in the status: a page that is too long or breaks off does not change that.
        Err(_) if status != 200 => Vec::new(),
        body => body?,
    };
    Ok(Reply { status, body: Zeroizing::new(body), debug_id, retry_after, location, date })
}

/// The form as it is sent. ureq's own would leave copies of the secrets in it behind.
fn encoded(form: &[(&str, &str)]) -> Zeroizing<String> {
    // A byte becomes three at most.
    let room = form.iter().map(|(key, value)| 3 * (key.len() + value.len()) + 2).sum();
    let mut body = Zeroizing::new(String::with_capacity(room));
    form_urlencoded::Serializer::new(&mut *body).extend_pairs(form);
    body
}

/// What a `Retry-After` asks (RFC 9110, section 10.2.3): seconds, or a date as seen from the server's own clock.
#[must_use]
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
    let at: SystemTime = httpdate::parse_http_date(text).ok()?;
    at.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
}

#[cfg(test)]
mod tests;
