//! Why an endpoint gave no answer, and how to fix it.

use std::io;

use rustls::{CertificateError, Error as TlsError};
use ureq::{Error as Failure, Timeout};

use crate::clock;
use crate::error::{Error, Kind, quoted};

/// Whether the server cannot have answered: there was no connection, or it was closed at once.
pub(super) fn is_connection_failure(failure: &Failure) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    let kinds = [ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable];
    match failure {
        Failure::ConnectionFailed | Failure::HostNotFound => true,
        Failure::Io(error) => kinds.contains(&error.kind()),
        _ => false,
    }
}

/// `origin_key` is the profile's key that names the endpoint.
pub(super) fn unreachable_endpoint(url: &str, origin_key: &str, failure: &Failure) -> Error {
    use Kind::{Setup, Unavailable};
    if let Some(cause) = certificate_error(failure) {
        return distrusted(url, origin_key, cause);
    }
    let online = &*format!(
        "is this machine online, and is \"{origin_key}\" in the profile right? a proxy is taken from HTTPS_PROXY"
    );
    let firewall = "is there a firewall on the way? a proxy is taken from HTTPS_PROXY";
    let proxy = "the proxy is taken from HTTPS_PROXY or ALL_PROXY; exceptions from NO_PROXY";
    // RFC 9110, section 15.6: the proxy got no answer. ureq reports its status only as text: `… responded 502/502`.
    let is_gateway_error = |why: &str| ["502", "503", "504"].iter().any(|status| why.ends_with(status));
    let other = || {
        let said = failure.to_string();
        format!("could not be reached: {}", quoted(said.strip_prefix("io: ").unwrap_or(&said), &[]))
    };
    let (kind, what, hint) = match failure {
        Failure::Timeout(Timeout::Resolve) => (Unavailable, "could not be looked up in time", Some(online)),
        Failure::Timeout(Timeout::Connect) => (Unavailable, "could not be connected to in time", Some(firewall)),
        Failure::Timeout(_) => (Unavailable, "gave no answer in time", Some(online)),
        Failure::HostNotFound => (Unavailable, "could not be reached: its name is not known", Some(online)),
        Failure::ConnectProxyFailed(why) if is_gateway_error(why) => {
            (Unavailable, "could not be reached by the proxy", None)
        }
        Failure::ConnectProxyFailed(_) => {
            (Setup, "could not be reached: the proxy refused to connect to it", Some(proxy))
        }
        Failure::BodyExceedsLimit(_) => (Unavailable, "answered with more than 64 KiB", None),
        Failure::LargeResponseHeader(..) => (Unavailable, "answered with more than 16 KiB of headers", None),
        _ => (Unavailable, &*other(), Some(online)),
    };
    let error = Error::new(kind, format!("{url} {what}, {}", clock::rfc3339(clock::now().wall_ms)));
    hint.into_iter().fold(error, Error::hint)
}

/// rustls's own error about the server's certificate: ureq returns it as the source of an I/O error.
fn certificate_error(failure: &Failure) -> Option<&TlsError> {
    let Failure::Io(error) = failure else { return None };
    let cause = error.get_ref()?.downcast_ref()?;
    matches!(cause, TlsError::InvalidCertificate(_) | TlsError::NoCertificatesPresented).then_some(cause)
}

fn distrusted(url: &str, origin_key: &str, cause: &TlsError) -> Error {
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
    };
    let said = quoted(&cause.to_string(), &[]);
    let error = Error::new(Kind::Setup, format!("{url} has a certificate that is not trusted here: {said}"));
    error.hint(match cause {
        TlsError::InvalidCertificate(Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }) => {
            "its certificate is out of date, or this machine's clock is wrong".to_owned()
        }
        TlsError::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            format!("is \"{origin_key}\" in the profile right? another host answers there")
        }
        // rustls passes on webpki's own error as text.
        TlsError::InvalidCertificate(CertificateError::Other(why)) if why.to_string().contains("CaUsedAsEndEntity") => {
            "the server shows a self-signed CA certificate as its own: have it show one that this CA signed".to_owned()
        }
        _ => "behind a company's TLS inspection, name its CA as \"ca_file\" in the profile or in SSL_CERT_FILE"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
    };
    use rustls_pki_types::{ServerName, UnixTime};

    #[test]
    fn only_failed_connections_are_retried() {
        use io::ErrorKind as E;
        let by_io = |kind: E| is_connection_failure(&Failure::Io(kind.into()));
        for kind in
            [E::ConnectionAborted, E::ConnectionRefused, E::ConnectionReset, E::HostUnreachable, E::NetworkUnreachable]
        {
            assert!(by_io(kind), "{kind:?}");
        }
        for kind in [E::UnexpectedEof, E::TimedOut, E::InvalidData, E::Other, E::BrokenPipe] {
            assert!(!by_io(kind), "{kind:?}");
        }
        for failure in [Failure::ConnectionFailed, Failure::HostNotFound] {
            assert!(is_connection_failure(&failure), "{failure}");
        }
        for failure in [Failure::Timeout(Timeout::Connect), Failure::BodyExceedsLimit(1), Failure::TlsRequired] {
            assert!(!is_connection_failure(&failure), "{failure}");
        }
    }

    #[test]
    fn each_failure_has_its_text_and_hint() {
        let tls = |error: TlsError| Failure::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let certificate = |error: CertificateError| tls(TlsError::InvalidCertificate(error));
        let (now, name) = (UnixTime::now(), ServerName::try_from("a.example").unwrap());
        for (failure, kind, text, hint) in [
            (Failure::Timeout(Timeout::Resolve), Kind::Unavailable, "could not be looked up in time", "online"),
            (Failure::Timeout(Timeout::Connect), Kind::Unavailable, "could not be connected to in time", "firewall"),
            (Failure::Timeout(Timeout::Global), Kind::Unavailable, "gave no answer in time", "online"),
            (Failure::HostNotFound, Kind::Unavailable, "its name is not known", "online"),
            (Failure::ConnectProxyFailed("x".into()), Kind::Setup, "the proxy refused", "HTTPS_PROXY"),
            (Failure::ConnectProxyFailed("responded 502/502".into()), Kind::Unavailable, "reached by the proxy", ""),
            (Failure::ConnectProxyFailed("responded 503/503".into()), Kind::Unavailable, "reached by the proxy", ""),
            (Failure::ConnectProxyFailed("responded 504/504".into()), Kind::Unavailable, "reached by the proxy", ""),
            (Failure::ConnectProxyFailed("responded 407/407".into()), Kind::Setup, "the proxy refused", "HTTPS_PROXY"),
            (Failure::BodyExceedsLimit(1), Kind::Unavailable, "more than 64 KiB", ""),
            (Failure::LargeResponseHeader(2, 1), Kind::Unavailable, "more than 16 KiB of headers", ""),
            (certificate(Expired), Kind::Setup, "not trusted here", "out of date"),
            (certificate(ExpiredContext { time: now, not_after: now }), Kind::Setup, "not trusted here", "out of date"),
            (certificate(NotValidYet), Kind::Setup, "not trusted here", "out of date"),
            (
                certificate(NotValidYetContext { time: now, not_before: now }),
                Kind::Setup,
                "not trusted here",
                "out of date",
            ),
            (certificate(NotValidForName), Kind::Setup, "not trusted here", "another host answers"),
            (
                certificate(NotValidForNameContext { expected: name, presented: Vec::new() }),
                Kind::Setup,
                "not trusted here",
                "another host answers",
            ),
            (certificate(CertificateError::UnknownIssuer), Kind::Setup, "not trusted here", "ca_file"),
            (tls(TlsError::NoCertificatesPresented), Kind::Setup, "not trusted here", "ca_file"),
            (tls(TlsError::DecryptError), Kind::Unavailable, "could not be reached: ", "online"),
            (
                Failure::Io(io::Error::other("a certificate")),
                Kind::Unavailable,
                "could not be reached: a certificate",
                "online",
            ),
        ] {
            let error = unreachable_endpoint("https://ims.example/x", "ims", &failure);
            assert_eq!(error.kind, kind, "{failure}");
            assert!(error.text.starts_with("https://ims.example/x ") && error.text.contains(text), "{}", error.text);
            assert!(error.hints.join("\n").contains(hint) && error.hints.is_empty() == hint.is_empty(), "{error:?}");
        }
    }
}
