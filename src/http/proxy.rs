//! The proxy for an endpoint, from the environment as curl reads it.

use std::fmt;

use ureq::{Proxy, ProxyProtocol};

use crate::environment;
use crate::error::{Error, Kind};
use crate::host::Origin;

/// A proxy, and the variable that named it.
pub struct ProxyInUse {
    /// The proxy, as ureq takes it.
    pub proxy: Proxy,
    variable: &'static str,
}

/// Without user name and password.
impl fmt::Display for ProxyInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the proxy {}:{}, from {}", self.proxy.host(), self.proxy.port(), self.variable)
    }
}

/// The proxy to an origin. None for a literal loopback address: what is sent there in the clear must not leave
/// the machine. `HTTP_PROXY` is for plain http only, which nothing else here speaks. A variable that cannot be
/// read is an error: to go round a proxy in silence is not what was asked for.
pub fn for_origin(origin: &Origin) -> Result<Option<ProxyInUse>, Error> {
    if origin.is_loopback() {
        return Ok(None);
    }
    let variables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let Some(variable) = variables.into_iter().find(|name| environment::raw(name).is_some()) else { return Ok(None) };
    let url = environment::text(variable)?.unwrap_or_default();
    let proxy = with_exceptions(&parse(variable, &url)?)?.ok_or_else(|| wrong(variable, "is no proxy's URL"))?;
    let is_excepted = origin.to_string().parse().is_ok_and(|uri| proxy.is_no_proxy(&uri));
    Ok((!is_excepted).then_some(ProxyInUse { proxy, variable }))
}

fn parse(variable: &'static str, url: &str) -> Result<Proxy, Error> {
    let proxy = Proxy::new(url).map_err(|_| wrong(variable, "is no proxy's URL"))?;
    let authority = proxy.uri().authority().map(ureq::http::uri::Authority::as_str).unwrap_or_default();
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, rest)| rest);
    // ureq takes a port that is no number for none at all.
    let names_port = host_and_port[host_and_port.rfind(']').unwrap_or(0)..].contains(':');
    if names_port && proxy.uri().port_u16().is_none() {
        return Err(wrong(variable, "is no proxy's URL: its port is no number from 1 to 65535"));
    }
    match proxy.protocol() {
        ProxyProtocol::Http | ProxyProtocol::Https => Ok(proxy),
        _ => Err(wrong(variable, "names a SOCKS proxy, which this program does not speak")),
    }
}

/// The value is never quoted: it may hold a password.
fn wrong(variable: &str, what: &str) -> Error {
    Error::new(Kind::Setup, format!("the variable {variable} {what}"))
        .hint(format!("{variable}=http://HOST:PORT, or unset it"))
}

fn with_exceptions(parsed: &Proxy) -> Result<Option<Proxy>, Error> {
    let mut proxy = Proxy::builder(parsed.protocol()).host(parsed.host()).port(parsed.port());
    if let Some(user) = parsed.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = parsed.password() {
        proxy = proxy.password(password);
    }
    for entry in exceptions()? {
        proxy = proxy.no_proxy(&entry);
    }
    Ok(proxy.build().ok())
}

/// `NO_PROXY`: hosts and the domains below them, as curl takes it.
fn exceptions() -> Result<Vec<String>, Error> {
    let text = match environment::text("no_proxy")? {
        Some(text) => text,
        None => environment::text("NO_PROXY")?.unwrap_or_default(),
    };
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    Ok(entries
        .flat_map(|entry| match entry.strip_prefix('.').unwrap_or(entry) {
            "*" => vec!["*".to_owned()],
            host => vec![host.to_owned(), format!(".{host}")],
        })
        .collect())
}
