//! The proxy for an endpoint, from the environment as curl reads it.

use ureq::Proxy;

use crate::environment;
use crate::error::{Error, Kind};
use crate::host::Origin;

/// The proxy to an origin. None for a literal loopback address: what is sent there in the clear must not leave
/// the machine. `HTTP_PROXY` is for plain http only, which nothing else here speaks. A variable that cannot be
/// read is an error: to go round a proxy in silence is not what was asked for.
pub fn for_origin(origin: &Origin) -> Result<Option<Proxy>, Error> {
    if origin.is_loopback() {
        return Ok(None);
    }
    let variables = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let Some(name) = variables.into_iter().find(|name| environment::raw(name).is_some()) else { return Ok(None) };
    let url = environment::text(name)?.unwrap_or_default();
    // Never quoted: it may hold a password.
    let wrong = || {
        Error::new(Kind::Setup, format!("the variable {name} is no proxy's URL"))
            .hint(format!("{name}=http://HOST:PORT, or unset it"))
    };
    let parsed = Proxy::new(&url).map_err(|_| wrong())?;
    if !matches!(parsed.protocol(), ureq::ProxyProtocol::Http | ureq::ProxyProtocol::Https) {
        return Err(Error::new(
            Kind::Setup,
            format!("the variable {name} names a SOCKS proxy, which this program does not speak"),
        )
        .hint(format!("{name}=http://HOST:PORT, or unset it")));
    }
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
    proxy.build().map(Some).map_err(|_| wrong())
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
