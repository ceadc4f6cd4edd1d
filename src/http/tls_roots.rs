//! The trusted certificate authorities (CAs). They are read only when a token is requested.

use std::path::Path;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts};

use super::run_with_timeout::run_with_timeout;
use crate::environment::{self, CA_FILE};
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::redaction::shown;
use crate::sys;

/// A whole system's bundle has 220 KiB.
const MAX_CA_FILE_SIZE: u64 = 1024 * 1024;

/// The system's CAs (`SSL_CERT_FILE` and `SSL_CERT_DIR` replace them), and those in the profile's `ca_file` and in
/// [`CA_FILE`]. A system without any gets the CAs that are compiled in.
pub(super) fn trusted(ca_file: Option<&Path>, wait: Duration, log: &Log) -> Result<RootCerts, Error> {
    let trusted = read(ca_file, wait)?;
    if trusted.is_empty() {
        log.say("this system has no CAs: those that are compiled in are used");
        return Ok(RootCerts::WebPki);
    }
    log.say(format!("{} CAs", trusted.len()));
    Ok(trusted.iter().map(|der| Certificate::from_der(der).to_owned()).collect::<Vec<_>>().into())
}

/// How many there are, without the compiled ones.
pub(super) fn count(ca_file: Option<&Path>, wait: Duration) -> Result<usize, Error> {
    read(ca_file, wait).map(|trusted| trusted.len())
}

pub(super) fn read(ca_file: Option<&Path>, wait: Duration) -> Result<Vec<CertificateDer<'static>>, Error> {
    let mut trusted = of_system(wait)?;
    if let Some(path) = ca_file {
        trusted.extend(of_file("\"ca_file\"", path, wait)?);
    }
    if let Some(path) = environment::absolute_path(CA_FILE)? {
        trusted.extend(of_file(CA_FILE, &path, wait)?);
    }
    Ok(trusted)
}

fn of_system(wait: Duration) -> Result<Vec<CertificateDer<'static>>, Error> {
    // The library opens whatever the variables name: reading a pipe may never end.
    let found = run_with_timeout(wait, || rustls_native_certs::load_native_certs().certs)
        .map_err(|error| Error::new(Kind::Unavailable, format!("the CAs of this system cannot be read: {error}")))?;
    let found = found.ok_or_else(|| Error::new(Kind::Unavailable, "timed out while reading the CAs of this system"))?;
    let mut asked =
        ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().filter_map(|name| Some((name, environment::raw(name)?)));
    match asked.next() {
        Some((name, place)) if found.is_empty() => {
            let what = format!("{name} names {}, where no certificate can be read", shown(&place.to_string_lossy()));
            Err(Error::new(Kind::Setup, what).hint(format!("unset {name}, or set it to CA certificates in PEM")))
        }
        _ => Ok(found),
    }
}

fn of_file(source: &str, path: &Path, wait: Duration) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |what: &str| Error::new(Kind::Setup, format!("the {source} {} {what}", path.display()));
    let file = sys::read_checked_up_to(MAX_CA_FILE_SIZE, path, wait)
        .map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    file.check(path, false)?;
    match CertificateDer::pem_slice_iter(&file.bytes).collect::<Result<Vec<_>, _>>() {
        Ok(certificates) if certificates.is_empty() => Err(wrong("contains no certificate")),
        certificates => certificates.map_err(|_| wrong("is not a PEM file of certificates")),
    }
}
