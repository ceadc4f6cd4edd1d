//! The proxy for an endpoint, from the environment as curl reads it.

use std::fmt;

use ureq::{Proxy, ProxyProtocol};

use super::form::percent_encoded;
use crate::environment;
use crate::error::{Error, Kind};
use crate::host::Origin;

/// What may stand in a URL's user name and password, beside letters and digits.
const ALLOWED: &str = "-._~!$&'()*+,;=:%";

/// A proxy, and the variable that named it.
pub struct ProxyInUse {
    pub proxy: Proxy,
    pub(super) variable: &'static str,
}

impl ProxyInUse {
    pub(super) fn has_user(&self) -> bool {
        self.proxy.username().is_some()
    }
}

/// Without user name and password.
impl fmt::Display for ProxyInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}:{}, from {}", self.proxy.host(), self.proxy.port(), self.variable)
    }
}

/// The proxy to an origin. None for a literal loopback address, because what is sent there in the clear must not leave
/// the machine. `HTTP_PROXY` is not read: it is for plain http, which is used for loopback addresses only. A variable that
/// cannot be read is an error, since the user asked for a proxy.
pub fn for_origin(origin: &Origin) -> Result<Option<ProxyInUse>, Error> {
    if origin.is_loopback() {
        return Ok(None);
    }
    let variables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let Some(variable) = variables.into_iter().find(|name| environment::is_set(name)) else { return Ok(None) };
    let proxy = parse(variable, &environment::text(variable)?.unwrap_or_default())?;
    Ok((!is_excepted(origin.host())?).then_some(ProxyInUse { proxy, variable }))
}

fn parse(variable: &'static str, url: &str) -> Result<Proxy, Error> {
    if let Some(c) = unencoded(url) {
        let what =
            format!("the variable {variable} is not the URL of a proxy: its user name or password contains {c:?}");
        let encoded = percent_encoded(c.encode_utf8(&mut [0; 4]));
        let name = if c == ' ' { "the space".to_owned() } else { c.to_string() };
        return Err(Error::new(Kind::Setup, what).hint(format!("percent-encode {name} as {}", &*encoded)));
    }
    let proxy = Proxy::new(url).ok().filter(|proxy| !proxy.host().is_empty());
    let proxy = proxy.ok_or_else(|| wrong(variable, "is not the URL of a proxy"))?;
    let authority = proxy.uri().authority().map(ureq::http::uri::Authority::as_str).unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, rest)| rest);
    // ureq takes a port that is no number for none at all.
    let names_port = host_and_port[host_and_port.rfind(']').unwrap_or(0)..].contains(':');
    if names_port && proxy.uri().port_u16().is_none() {
        return Err(wrong(variable, "is not the URL of a proxy: its port must be a number from 1 to 65535"));
    }
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err(wrong(variable, "names a SOCKS proxy, which is not supported")),
    }
}

/// A character in the user name or password that must be percent-encoded (RFC 3986, section 3.2.1). Most of them end the
/// password early. The host begins after the last `@`.
fn unencoded(url: &str) -> Option<char> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let (user_and_password, _) = authority.rsplit_once('@')?;
    user_and_password.chars().find(|c| !c.is_ascii_alphanumeric() && !ALLOWED.contains(*c))
}

/// The value is never quoted: it may contain a password.
fn wrong(variable: &str, what: &str) -> Error {
    Error::new(Kind::Setup, format!("the variable {variable} {what}"))
        .hint(format!("set {variable}=http://HOST:PORT, or unset it"))
}

/// Whether `NO_PROXY` names the host or a domain above it, as curl reads it. `*.DOMAIN` is common too.
fn is_excepted(host: &str) -> Result<bool, Error> {
    let text = match environment::text("no_proxy")? {
        Some(text) => text,
        None => environment::text("NO_PROXY")?.unwrap_or_default(),
    };
    let mut entries = text.split(',').map(|entry| entry.trim().to_ascii_lowercase());
    Ok(entries.any(|entry| {
        let domain = entry.trim_start_matches("*.").trim_start_matches('.');
        entry == "*" || host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }))
}
