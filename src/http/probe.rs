//! The way to an endpoint, step by step, for `doctor`. No credential is sent.

use std::net::ToSocketAddrs as _;
use std::path::Path;
use std::time::{Duration, Instant};

use ureq::Error as UreqError;

use super::proxy::ProxyInUse;
use super::run_with_timeout::run_with_timeout;
use super::unreachable::{Route, certificate_error};
use super::{agent, http_date, tls_roots};
use crate::error::Error;
use crate::host::Origin;
use crate::log::Log;

pub struct Probe<'a> {
    pub origin: &'a Origin,
    /// The profile's key that names the endpoint, for hints.
    pub origin_key: &'a str,
    pub proxy: Option<&'a ProxyInUse>,
    pub ca_file: Option<&'a Path>,
    /// The longest time of one step.
    pub wait: Duration,
    pub log: &'a Log,
}

/// Why an endpoint did not answer.
pub struct NoAnswer {
    pub is_certificate: bool,
    pub error: Error,
}

impl Probe<'_> {
    /// How many addresses the name has; an error says why there are none.
    pub fn addresses(&self) -> Result<usize, String> {
        let place = (self.origin.host().trim_matches(['[', ']']).to_owned(), 443);
        match run_with_timeout(self.wait, move || place.to_socket_addrs().map(Iterator::count)) {
            Ok(Some(Ok(count))) => Ok(count),
            Ok(Some(Err(error))) | Err(error) => Err(error.to_string()),
            Ok(None) => Err("it was not answered in time".into()),
        }
    }

    /// How many CAs are trusted. Zero: the CAs that are compiled in.
    pub fn trusted_roots(&self) -> Result<usize, Error> {
        tls_roots::count(self.ca_file, self.wait)
    }

    /// Connects and sends a HEAD request without content. Any answer will do. Returns the server's clock, in seconds since
    /// 1970.
    pub fn date(&self) -> Result<Option<u64>, NoAnswer> {
        let began = Instant::now();
        let url = format!("{}/", self.origin);
        let no_certificate = |error| NoAnswer { is_certificate: false, error };
        let agent = agent(self.origin, self.proxy, self.ca_file, self.wait, self.log).map_err(no_certificate)?;
        let (to, wait) = (url.clone(), self.wait);
        let head = move || {
            let response = agent.head(&to).config().timeout_global(Some(wait)).build().call()?;
            let date = response.headers().get("date").and_then(|date| date.to_str().ok()).and_then(http_date);
            Ok::<_, UreqError>(date)
        };
        // Some proxies and servers never end what they send.
        let answer = run_with_timeout(self.wait, head).unwrap_or_else(|error| Some(Err(error.into())));
        answer.unwrap_or(Err(UreqError::Timeout(ureq::Timeout::Global))).map_err(|failure| {
            let route = Route { url: &url, origin_key: self.origin_key, is_written: true, proxy: self.proxy };
            NoAnswer {
                is_certificate: certificate_error(&failure).is_some(),
                error: route.unreachable(&failure, began.elapsed(), self.wait),
            }
        })
    }
}
