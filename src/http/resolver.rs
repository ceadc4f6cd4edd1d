//! Looks up an endpoint's addresses within the time that is left.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Duration;

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::run_with_timeout::run_with_timeout;
use crate::sys;

/// Replaces ureq's own resolver, which panics if it cannot start a thread, and starts one even for an IP address.
#[derive(Debug)]
pub(super) struct TimedResolver;

impl Resolver for TimedResolver {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let place = uri.scheme().zip(uri.authority());
        let place = place.and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        let place = place.ok_or(Error::HostNotFound)?;
        let found = look_up(place, *timeout.after).map_err(lookup_failure)?.ok_or(Error::Timeout(timeout.reason))?;
        let mut addresses = self.empty();
        // ureq has room for 16 addresses; it does not try the others.
        for address in found {
            let _ = addresses.try_push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// The addresses of `HOST:PORT`; `None`: they were not found in time.
pub(super) fn look_up(place: String, wait: Duration) -> io::Result<Option<Vec<SocketAddr>>> {
    if let Ok(address) = place.parse() {
        return Ok(Some(vec![address]));
    }
    let found = run_with_timeout(wait, move || place.to_socket_addrs().map(Iterator::collect))?;
    found.transpose()
}

fn lookup_failure(error: io::Error) -> Error {
    if sys::is_lookup_failure(&error) { Error::HostNotFound } else { error.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_differs_from_a_system_error() {
        // The resolver rejects a label of more than 63 characters without asking a server (RFC 1035, section 2.3.4).
        let unknown = ("a".repeat(64).as_str(), 443).to_socket_addrs().map(drop).unwrap_err();
        assert!(matches!(lookup_failure(unknown), Error::HostNotFound));
        assert!(matches!(lookup_failure(io::Error::from_raw_os_error(24)), Error::Io(_)));
    }
}
