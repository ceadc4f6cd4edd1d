//! The certificate authorities that are trusted. They are read only when a token is requested.

use std::path::Path;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use ureq::tls::{Certificate, RootCerts};

use super::run_with_timeout::run_with_timeout;
use crate::error::{Error, Kind};
use crate::log::Log;
use crate::redaction::shown;
use crate::{environment, sys};

/// The system's CAs (`SSL_CERT_FILE` and `SSL_CERT_DIR` replace them), and those in `ca_file`. Where there are none at
/// all, the CAs that are compiled in.
pub(super) fn trusted(ca_file: Option<&Path>, wait: Duration, log: &Log) -> Result<RootCerts, Error> {
    let mut trusted: Vec<Certificate<'static>> = of_system(wait)?.iter().map(owned).collect();
    if let Some(path) = ca_file {
        trusted.extend(of_file(path, wait)?.iter().map(owned));
    }
    if trusted.is_empty() {
        log.say("this system has no CAs: those that are compiled in are used");
        return Ok(RootCerts::WebPki);
    }
    log.say(format!("{} CAs", trusted.len()));
    Ok(trusted.into())
}

fn of_system(wait: Duration) -> Result<Vec<CertificateDer<'static>>, Error> {
    // The library opens whatever the variables name: reading a pipe may never end.
    let found = run_with_timeout(wait, || rustls_native_certs::load_native_certs().certs)
        .map_err(|error| Error::new(Kind::Unavailable, format!("the CAs of this system cannot be read: {error}")))?;
    let found = found.unwrap_or_default();
    let asked = ["SSL_CERT_FILE", "SSL_CERT_DIR"].into_iter().find(|name| environment::raw(name).is_some());
    match asked {
        Some(name) if found.is_empty() => {
            let place = environment::raw(name).unwrap_or_default();
            let what = format!("{name} names {}, where no certificate can be read", shown(&place.to_string_lossy()));
            Err(Error::new(Kind::Setup, what).hint(format!("unset {name}, or have it lead to CA certificates in PEM")))
        }
        _ => Ok(found),
    }
}

fn of_file(path: &Path, wait: Duration) -> Result<Vec<CertificateDer<'static>>, Error> {
    let wrong = |what: &str| Error::new(Kind::Setup, format!("the \"ca_file\" {} {what}", path.display()));
    let file = sys::read_checked(path, wait).map_err(|error| wrong(&format!("cannot be read: {error}")))?;
    file.check(path, false)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.bytes).collect();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(wrong("holds no certificate")),
        Err(_) => Err(wrong("is no PEM file of certificates")),
    }
}

fn owned(der: &CertificateDer<'static>) -> Certificate<'static> {
    Certificate::from_der(der.as_ref()).to_owned()
}
