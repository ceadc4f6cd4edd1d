//! An endpoint's addresses, within the time that is left.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use ureq::Error;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::aside::aside;

/// In place of ureq's own, which panics where no thread can be had, and needs one for an address as well.
#[derive(Debug)]
pub struct Names;

impl Resolver for Names {
    fn resolve(&self, uri: &Uri, _: &Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let place = uri.scheme().zip(uri.authority());
        let place = place.and_then(|(scheme, authority)| DefaultResolver::host_and_port(scheme, authority));
        let place = place.ok_or(Error::HostNotFound)?;
        let found: Vec<SocketAddr> = if let Ok(address) = place.parse() {
            vec![address]
        } else {
            let found =
                aside(*timeout.after, move || place.to_socket_addrs())?.ok_or(Error::Timeout(timeout.reason))?;
            found.map_err(lookup_failed)?.collect()
        };
        let mut addresses = self.empty();
        // More than ureq has room for are not tried.
        for address in found {
            let _ = addresses.try_push(address);
        }
        if addresses.is_empty() { Err(Error::HostNotFound) } else { Ok(addresses) }
    }
}

/// std has a number for errors of the system, and none where the resolver itself says no.
fn lookup_failed(error: io::Error) -> Error {
    if error.raw_os_error().is_none() { Error::HostNotFound } else { Error::Io(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_known_is_told_from_a_failing_system() {
        let refused = ("name.invalid", 443).to_socket_addrs().map(drop).unwrap_err();
        assert!(matches!(lookup_failed(refused), Error::HostNotFound));
        assert!(matches!(lookup_failed(io::Error::from_raw_os_error(24)), Error::Io(_)));
    }
}
