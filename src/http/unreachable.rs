//! Why an endpoint gave no answer, and how to fix it.

use std::io;
use std::time::Duration;

use rustls::{CertificateError, Error as TlsError};
use ureq::{Error as UreqError, Timeout};

use super::proxy::ProxyInUse;
use crate::clock;
use crate::deadline;
use crate::error::{Error, Kind, quoted};

/// Whether the server cannot have answered: there was no connection, or it was closed at once.
pub(super) fn is_connection_failure(failure: &UreqError) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable};
    let kinds = [ConnectionAborted, ConnectionRefused, ConnectionReset, HostUnreachable, NetworkUnreachable];
    match failure {
        UreqError::ConnectionFailed | UreqError::HostNotFound => true,
        UreqError::Io(error) => kinds.contains(&error.kind()),
        _ => false,
    }
}

/// The way to an endpoint, for messages.
pub(super) struct Route<'a> {
    pub(super) url: &'a str,
    /// The profile's key that names the endpoint.
    pub(super) origin_key: &'a str,
    /// Whether the profile is written.
    pub(super) is_written: bool,
    pub(super) proxy: Option<&'a ProxyInUse>,
}

impl Route<'_> {
    /// The error after waiting for `waited`, in a call that may take `timeout`.
    pub(super) fn unreachable(&self, failure: &UreqError, waited: Duration, timeout: Duration) -> Error {
        if let Some(cause) = certificate_error(failure) {
            let error = self.distrusted(cause);
            return self.by_proxy().into_iter().fold(error, Error::hint);
        }
        let question = |question: &str| {
            self.by_proxy().unwrap_or_else(|| format!("{question}; a proxy can be set in HTTPS_PROXY"))
        };
        let endpoint = if self.is_written { format!(" and {}", self.endpoint()) } else { String::new() };
        let online = || question(&format!("check the network{endpoint}"));
        let in_time = |what: &str| format!("{what} in time: waited {:.1} s", waited.as_secs_f64());
        let (what, hint) = match failure {
            UreqError::ConnectProxyFailed(why) => return self.refused_by_proxy(why),
            UreqError::Timeout(Timeout::Resolve) => (in_time("could not be looked up"), online()),
            UreqError::Timeout(Timeout::Connect) => {
                (in_time("could not be connected to"), question("check for a firewall"))
            }
            UreqError::Timeout(_) => (in_time("gave no answer"), online()),
            UreqError::HostNotFound => ("could not be reached: its name is not known".into(), online()),
            UreqError::BodyExceedsLimit(limit) => {
                (format!("answered with more than {} KiB", limit / 1024), self.elsewhere())
            }
            UreqError::LargeResponseHeader(..) => {
                ("answered with more than 16 KiB of headers".into(), self.elsewhere())
            }
            _ => {
                let said = failure.to_string();
                let said = quoted(said.strip_prefix("io: ").unwrap_or(&said), &[]);
                (format!("could not be reached: {said}"), online())
            }
        };
        let longer = matches!(failure, UreqError::Timeout(_)).then(|| longer(timeout));
        longer.into_iter().chain([hint]).fold(self.failed(Kind::Unavailable, &what), Error::hint)
    }

    /// ureq tells a proxy's status only as text: `… responded 407/407`.
    fn refused_by_proxy(&self, why: &str) -> Error {
        let variable = self.proxy.map_or("HTTPS_PROXY", |proxy| proxy.variable);
        let source = format!("check {variable}, and NO_PROXY for exceptions");
        let said = |status: &str| why.ends_with(status);
        let (kind, what, hint) = if said("407") {
            let what = if self.proxy.is_some_and(ProxyInUse::has_user) {
                "could not be reached: the proxy rejected the user name and password"
            } else {
                "could not be reached: the proxy requires a user name and password"
            };
            (Kind::Setup, what, format!("set {variable}=http://USER:PASSWORD@HOST:PORT"))
        } else if ["502", "503", "504"].into_iter().any(said) {
            // RFC 9110, section 15.6: the proxy got no answer.
            (Kind::Unavailable, "could not be reached through the proxy", source)
        } else {
            (Kind::Setup, "could not be reached: the proxy refused to connect to it", source)
        };
        self.by_proxy().into_iter().fold(self.failed(kind, what).hint(hint), Error::hint)
    }

    fn failed(&self, kind: Kind, what: &str) -> Error {
        Error::new(kind, format!("{} {what}, {}", self.url, clock::rfc3339(clock::now().wall_ms)))
    }

    fn by_proxy(&self) -> Option<String> {
        self.proxy.map(|proxy| format!("check {proxy}"))
    }

    fn elsewhere(&self) -> String {
        format!("check {}: an answer with a token is never that long", self.endpoint())
    }

    /// What the user can correct if another server answered.
    fn endpoint(&self) -> String {
        if self.is_written { format!("\"{}\" in the profile", self.origin_key) } else { "the endpoint".into() }
    }

    fn distrusted(&self, cause: &TlsError) -> Error {
        use CertificateError::{
            Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet, NotValidYetContext,
        };
        let said = quoted(&cause.to_string(), &[]);
        let error = Error::new(Kind::Setup, format!("{} has a certificate that is not trusted here: {said}", self.url));
        error.hint(match cause {
            TlsError::InvalidCertificate(Expired | ExpiredContext { .. } | NotValidYet | NotValidYetContext { .. }) => {
                "check this machine's clock; if it is right, the server's certificate has expired".to_owned()
            }
            TlsError::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
                format!("check {}: another host answers there", self.endpoint())
            }
            // rustls passes on webpki's own error as text.
            TlsError::InvalidCertificate(CertificateError::Other(why)) if why.to_string().contains("CaUsedAsEndEntity") => {
                "give the server a certificate that this CA signed: it presents the CA's own certificate".to_owned()
            }
            _ => "if a company's proxy inspects TLS, set its CA as \"ca_file\" in the profile or in JWT_CREDENTIAL_CA_FILE"
                .to_owned(),
        })
    }
}

/// The hint when the time was too short.
pub(super) fn longer(timeout: Duration) -> String {
    const SHORT: Duration = Duration::from_secs(1);
    let then = if timeout < SHORT { deadline::DEFAULT } else { timeout * 2 };
    let [now, then] = [timeout, then].map(clock::spoken);
    format!("allow more time, such as --timeout '{then}' (now {now}); a request may take 4/9 of it")
}

/// rustls's own error about the server's certificate: ureq returns it as the source of an I/O error.
pub(super) fn certificate_error(failure: &UreqError) -> Option<&TlsError> {
    let UreqError::Io(error) = failure else { return None };
    let cause = error.get_ref()?.downcast_ref()?;
    matches!(cause, TlsError::InvalidCertificate(_) | TlsError::NoCertificatesPresented).then_some(cause)
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
        let by_io = |kind: E| is_connection_failure(&UreqError::Io(kind.into()));
        for kind in
            [E::ConnectionAborted, E::ConnectionRefused, E::ConnectionReset, E::HostUnreachable, E::NetworkUnreachable]
        {
            assert!(by_io(kind), "{kind:?}");
        }
        for kind in [E::UnexpectedEof, E::TimedOut, E::InvalidData, E::Other, E::BrokenPipe] {
            assert!(!by_io(kind), "{kind:?}");
        }
        for failure in [UreqError::ConnectionFailed, UreqError::HostNotFound] {
            assert!(is_connection_failure(&failure), "{failure}");
        }
        for failure in [UreqError::Timeout(Timeout::Connect), UreqError::BodyExceedsLimit(1), UreqError::TlsRequired] {
            assert!(!is_connection_failure(&failure), "{failure}");
        }
    }

    #[test]
    fn each_failure_has_its_text_and_hint() {
        let tls = |error: TlsError| UreqError::Io(io::Error::new(io::ErrorKind::InvalidData, error));
        let certificate = |error: CertificateError| tls(TlsError::InvalidCertificate(error));
        let route = Route { url: "https://ims.example/x", origin_key: "ims", is_written: true, proxy: None };
        let (now, name) = (UnixTime::now(), ServerName::try_from("a.example").unwrap());
        for (failure, kind, text, hint) in [
            (
                UreqError::Timeout(Timeout::Resolve),
                Kind::Unavailable,
                "could not be looked up in time",
                "check the network",
            ),
            (UreqError::Timeout(Timeout::Connect), Kind::Unavailable, "could not be connected to in time", "firewall"),
            (UreqError::Timeout(Timeout::Global), Kind::Unavailable, "gave no answer in time", "check the network"),
            (UreqError::HostNotFound, Kind::Unavailable, "its name is not known", "check the network"),
            (UreqError::ConnectProxyFailed("x".into()), Kind::Setup, "the proxy refused", "HTTPS_PROXY"),
            (
                UreqError::ConnectProxyFailed("responded 502/502".into()),
                Kind::Unavailable,
                "reached through the proxy",
                "NO_PROXY",
            ),
            (
                UreqError::ConnectProxyFailed("responded 503/503".into()),
                Kind::Unavailable,
                "reached through the proxy",
                "NO_PROXY",
            ),
            (
                UreqError::ConnectProxyFailed("responded 504/504".into()),
                Kind::Unavailable,
                "reached through the proxy",
                "NO_PROXY",
            ),
            (
                UreqError::ConnectProxyFailed("responded 407/407".into()),
                Kind::Setup,
                "requires a user name",
                "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT",
            ),
            (UreqError::BodyExceedsLimit(8192), Kind::Unavailable, "more than 8 KiB", "\"ims\""),
            (UreqError::LargeResponseHeader(2, 1), Kind::Unavailable, "more than 16 KiB of headers", "\"ims\""),
            (certificate(Expired), Kind::Setup, "not trusted here", "clock"),
            (certificate(ExpiredContext { time: now, not_after: now }), Kind::Setup, "not trusted here", "clock"),
            (certificate(NotValidYet), Kind::Setup, "not trusted here", "clock"),
            (certificate(NotValidYetContext { time: now, not_before: now }), Kind::Setup, "not trusted here", "clock"),
            (certificate(NotValidForName), Kind::Setup, "not trusted here", "another host answers"),
            (
                certificate(NotValidForNameContext { expected: name, presented: Vec::new() }),
                Kind::Setup,
                "not trusted here",
                "another host answers",
            ),
            (certificate(CertificateError::UnknownIssuer), Kind::Setup, "not trusted here", "ca_file"),
            (tls(TlsError::NoCertificatesPresented), Kind::Setup, "not trusted here", "ca_file"),
            (tls(TlsError::DecryptError), Kind::Unavailable, "could not be reached: ", "check the network"),
            (
                UreqError::Io(io::Error::other("a certificate")),
                Kind::Unavailable,
                "could not be reached: a certificate",
                "check the network",
            ),
        ] {
            let error = route.unreachable(&failure, Duration::from_millis(8_940), Duration::from_secs(20));
            assert_eq!(error.kind, kind, "{failure}");
            assert!(error.text.starts_with("https://ims.example/x ") && error.text.contains(text), "{}", error.text);
            assert!(error.hints.join("\n").contains(hint) && !error.hints.is_empty(), "{error:?}");
            if matches!(failure, UreqError::Timeout(_)) {
                let words = (error.text.contains("waited 8.9 s"), error.hints[0].contains("(now 20s)"));
                assert_eq!(words, (true, true), "{error:?}");
            }
        }
    }
}
