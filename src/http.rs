//! The one HTTP client and its limits: no redirects, no compression, TLS but for literal loopback addresses.

mod form;

use std::io;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use ureq::config::Config;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Error as Failure, Timeout};
use zeroize::Zeroizing;

use crate::aside::aside;
use crate::error::{Error, Kind, quoted};
use crate::host::Origin;
use crate::log::Log;
use crate::names::Names;
use crate::proxy::{self, ProxyOnTheWay};
use crate::{authorities, clock, random};

pub use form::Form;

/// The longest answer that is read.
const LONGEST_BODY: u64 = 64 * 1024;
const LONGEST_HEADERS: usize = 16 * 1024;
/// How often a passing failure is tried again.
const RETRIES: u32 = 2;
const FIRST_PAUSE: Duration = Duration::from_millis(150);
/// What an exchange needs at least: a pause that leaves less is not made.
const LEAST_EXCHANGE: Duration = Duration::from_millis(300);

/// What the client must know of an endpoint, beside its origin.
pub struct Endpoint {
    /// The profile's key that names its origin, for hints.
    pub origin_key: &'static str,
    /// The header in which it names a request, for its support.
    pub request_id: &'static str,
    /// The statuses whose body holds a token.
    pub accepted: &'static [u16],
    /// The statuses after which the request is sent again.
    pub passing: &'static [u16],
}

/// How to reach an endpoint, and by when.
pub struct Http<'a> {
    /// The endpoint's origin.
    pub origin: &'a Origin,
    pub endpoint: &'static Endpoint,
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
    /// The endpoint's name for the request.
    pub request_id: Option<String>,
    /// How long the endpoint asks to be left alone (RFC 9110, section 10.2.3).
    pub retry_after: Option<Duration>,
    /// Where a redirect would have led.
    pub location: Option<String>,
    /// The server's clock, in seconds since 1970.
    pub date: Option<u64>,
}

impl Http<'_> {
    /// Posts a form. Connections that fail and answers that ask for patience are tried again within the time, refusals
    /// never. `build` makes the form anew for each try: an assertion may be good for one use. The last form is returned
    /// beside the answer, which may repeat what is secret in it.
    pub fn post_form(&self, path: &str, build: &dyn Fn() -> Result<Form, Error>) -> Result<(Form, Reply), Error> {
        let url = format!("{}{path}", self.origin);
        let mut form = build()?;
        let proxy = proxy::for_origin(self.origin)?;
        let agent = self.agent(proxy.as_ref())?;
        if self.remaining().is_zero() {
            let what = format!("no time was left to ask {url}: secrets and signature took it all");
            return Err(Error::new(Kind::Unavailable, what).hint("a longer --timeout (JWT_CREDENTIAL_TIMEOUT)"));
        }
        let mut tries = 0;
        loop {
            self.log.say(format!("POST {url}"));
            let outcome = self.once(&agent, &url, &form, proxy.is_some());
            let (passing, retry_after) = match &outcome {
                Ok(reply) => (self.endpoint.passing.contains(&reply.status), reply.retry_after),
                Err(failure) => (is_connection_failure(failure), None),
            };
            match self.pause(tries, retry_after).filter(|_| passing) {
                Some(pause) => {
                    self.log.say(format!("trying again in {} ms", pause.as_millis()));
                    std::thread::sleep(pause);
                    tries += 1;
                    form = build()?;
                }
                None => {
                    return outcome.map(|reply| (form, reply)).map_err(|failure| {
                        let error = unreachable_endpoint(&url, self.endpoint.origin_key, &failure);
                        proxy.iter().fold(error, |error, proxy| error.hint(format!("the way there is {proxy}")))
                    });
                }
            }
        }
    }

    fn once(&self, agent: &Agent, url: &str, form: &Form, by_proxy: bool) -> Result<Reply, Failure> {
        let left = self.remaining().max(Duration::from_millis(1));
        let exchange = {
            let (agent, url, body, endpoint) = (agent.clone(), url.to_owned(), form.encoded(), self.endpoint);
            move || exchange(&agent, &url, &body, endpoint, left)
        };
        let reply = if by_proxy {
            // Aside: what ureq says to a proxy before TLS has no end that a proxy which drips would not put off.
            aside(left, exchange)?.unwrap_or(Err(Failure::Timeout(Timeout::Global)))
        } else {
            exchange()
        }?;
        self.log.say_with(|| {
            let request_id = quoted(reply.request_id.as_deref().unwrap_or("-"), &form.values());
            format!("{url} answered {}, {} {request_id}", reply.status, self.endpoint.request_id)
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

    fn agent(&self, proxy: Option<&ProxyOnTheWay>) -> Result<Agent, Error> {
        let config = Config::builder()
            .https_only(self.origin.is_https())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_response_header_size(LONGEST_HEADERS)
            .user_agent(concat!("jwt-credential/", env!("CARGO_PKG_VERSION")))
            .accept("application/json")
            .proxy(proxy.map(|proxy| proxy.proxy.clone()));
        let config = if self.origin.is_https() {
            let authorities = authorities::trusted(self.ca_file.as_deref(), self.remaining(), self.log)?;
            config.tls_config(TlsConfig::builder().root_certs(authorities).build())
        } else {
            config
        };
        Ok(Agent::with_parts(config.build(), DefaultConnector::default(), Names))
    }
}

/// One request and its answer.
fn exchange(agent: &Agent, url: &str, form: &str, endpoint: &Endpoint, left: Duration) -> Result<Reply, Failure> {
    // Shorter for what comes first, so that the error can say where the time went.
    let early = Some(left * 3 / 4);
    let config = agent.post(url).config().timeout_global(Some(left)).timeout_resolve(early).timeout_connect(early);
    let request = config.build().content_type("application/x-www-form-urlencoded");
    let mut response = request.send(form.as_bytes())?;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let date = header("date").and_then(|date| http_date(&date));
    let retry_after = header("retry-after").and_then(|value| retry_after(&value, date));
    let (request_id, location) = (header(endpoint.request_id), header("location"));
    let status = response.status().as_u16();
    let body = match response.body_mut().with_config().limit(LONGEST_BODY).read_to_vec() {
        // What the caller can do is in the status: a page that is too long or breaks off does not change that.
        Err(_) if !endpoint.accepted.contains(&status) => Vec::new(),
        body => body?,
    };
    Ok(Reply { status, body: Zeroizing::new(body), request_id, retry_after, location, date })
}

/// Whether no request can have been answered: nothing was reached, or it hung up at once.
fn is_connection_failure(failure: &Failure) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    match failure {
        Failure::ConnectionFailed => true,
        _ if is_unknown_name(failure) => true,
        Failure::Io(error) => {
            matches!(
                error.kind(),
                ConnectionAborted | ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable
            )
        }
        _ => false,
    }
}

/// Whether the host's name could not be looked up: ureq hands std's error on, which has this text and no kind.
fn is_unknown_name(failure: &Failure) -> bool {
    match failure {
        Failure::HostNotFound => true,
        Failure::Io(error) => error.to_string().contains("failed to lookup address information"),
        _ => false,
    }
}

fn unreachable_endpoint(url: &str, origin_key: &str, failure: &Failure) -> Error {
    let said = failure.to_string();
    let online = format!(
        "is this machine online, and is \"{origin_key}\" in the profile right? a proxy is taken from HTTPS_PROXY"
    );
    let error = |kind, what: &str| Error::new(kind, format!("{url} {what}, {}", clock::rfc3339(clock::now().wall_ms)));
    match failure {
        Failure::Timeout(Timeout::Resolve) => error(Kind::Unavailable, "could not be looked up in time").hint(online),
        Failure::Timeout(Timeout::Connect) => error(Kind::Unavailable, "could not be connected to in time")
            .hint("is there a firewall on the way? a proxy is taken from HTTPS_PROXY"),
        Failure::Timeout(_) => error(Kind::Unavailable, "gave no answer in time").hint(online),
        _ if is_unknown_name(failure) => {
            error(Kind::Unavailable, "could not be reached: its name is not known").hint(online)
        }
        // RFC 9110, section 15.6: what lies behind it did not answer. ureq hands on but a text, `… responded 502/502`.
        Failure::ConnectProxyFailed(why) if ["502", "503", "504"].iter().any(|status| why.ends_with(status)) => {
            error(Kind::Unavailable, "could not be reached by the proxy")
        }
        Failure::ConnectProxyFailed(_) => {
            error(Kind::Setup, "could not be reached: the proxy refused to connect to it")
                .hint("the proxy is taken from HTTPS_PROXY or ALL_PROXY; exceptions from NO_PROXY")
        }
        Failure::BodyExceedsLimit(_) => error(Kind::Unavailable, "answered with more than 64 KiB"),
        Failure::LargeResponseHeader(..) => error(Kind::Unavailable, "answered with more than 16 KiB of headers"),
        _ if said.contains("certificate") => distrusted(url, origin_key, &said),
        _ => {
            let said = quoted(said.strip_prefix("io: ").unwrap_or(&said), &[]);
            error(Kind::Unavailable, &format!("could not be reached: {said}")).hint(online)
        }
    }
}

/// rustls's own error, which ureq hands on inside an I/O error: only its text is left.
fn distrusted(url: &str, origin_key: &str, said: &str) -> Error {
    let said = quoted(said, &[]);
    let error = Error::new(Kind::Setup, format!("{url} has a certificate that is not trusted here: {said}"));
    if said.contains("xpired") || said.contains("not valid yet") {
        error.hint("its certificate is out of date, or this machine's clock is wrong")
    } else if said.contains("not valid for") {
        error.hint(format!("is \"{origin_key}\" in the profile right? another host answers there"))
    } else {
        error.hint("behind a company's TLS inspection, name its CA as \"ca_file\" in the profile or in SSL_CERT_FILE")
    }
}

/// What a `Retry-After` asks (RFC 9110, section 10.2.3): seconds, or a date as seen from the server's own clock.
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
