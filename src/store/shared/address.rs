//! Where a shared cache is: the URL that a user gives.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;

use crate::host::Origin;
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 6379;
/// What the names of all keys begin with, unless the URL says otherwise.
const DEFAULT_PREFIX: &str = "jwt-credential:";

/// `rediss://[USER:PASSWORD@]HOST[:PORT][/DATABASE][?prefix=TEXT]`, the same with `redis`, or
/// `unix://[USER:PASSWORD@]/PATH[?db=DATABASE&prefix=TEXT]`.
#[derive(Debug)]
pub(super) struct Address {
    pub(super) server: Server,
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) database: Option<u16>,
    pub(super) prefix: String,
}

#[derive(Debug)]
pub(super) enum Server {
    /// An IPv6 address is in brackets.
    Host {
        host: String,
        port: u16,
        tls: bool,
    },
    Socket(PathBuf),
}

impl Address {
    /// The error quotes nothing, because the URL may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        const FORM: &str = "is no URL such as rediss://USER:PASSWORD@HOST:6379";
        let (scheme, rest) = url.trim().split_once("://").ok_or(FORM)?;
        let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        // The password may have a slash in it, although it should be percent-encoded.
        let (user_and_password, place) =
            rest.rsplit_once('@').map_or((None, rest), |(user, place)| (Some(user), place));
        let (user, password) = user_and_password.map_or(Ok((None, None)), credentials)?;
        let (authority, path) = place.find('/').map_or((place, ""), |slash| place.split_at(slash));
        let (server, mut database) = match scheme {
            "redis" | "rediss" => {
                let path = path.trim_matches('/');
                (host(authority, scheme == "rediss", password.is_some())?, (!path.is_empty()).then_some(path))
            }
            "unix" if authority.is_empty() && path.len() > 1 => (Server::Socket(decoded(path)?.into()), None),
            "unix" => return Err("has no absolute path, such as unix:///run/redis/redis.sock".into()),
            _ => return Err("has a scheme other than rediss, redis and unix".into()),
        };
        let mut prefix = DEFAULT_PREFIX.to_owned();
        let query: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        for (name, value) in &query {
            match &**name {
                "prefix" if value.bytes().all(|b| b.is_ascii_graphic()) => prefix = value.to_string(),
                "prefix" => return Err("has a \"prefix\" that is not visible ASCII".into()),
                "db" => database = Some(value),
                _ => return Err("has a parameter other than \"prefix\" and \"db\"".into()),
            }
        }
        let database = database.map(|number| number.parse().map_err(|_| "has a database that is no number"));
        Ok(Self { server, user, password, database: database.transpose()?, prefix })
    }
}

/// What may be shown.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            Server::Host { host, port, tls } => write!(f, "redis{}://{host}:{port}", if *tls { "s" } else { "" }),
            Server::Socket(path) => write!(f, "unix://{}", path.display()),
        }
    }
}

fn host(authority: &str, tls: bool, has_password: bool) -> Result<Server, String> {
    // The parser knows the rules of host names. Without its scheme it would take 443 for no port.
    let origin = Origin::parse(&format!("https://{authority}")).map_err(|what| format!("has a host that {what}"))?;
    let host = origin.host().to_owned();
    let port = authority[authority.rfind(']').unwrap_or(0)..].rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    if has_password && !tls && !origin.is_loopback() {
        return Err("would send its password in plain text: use rediss://, or remove the password".into());
    }
    Ok(Server::Host { host, port: port.unwrap_or(DEFAULT_PORT), tls })
}

fn credentials(text: &str) -> Result<(Option<String>, Option<Secret>), String> {
    let (user, password) = text.split_once(':').ok_or("has a user without a password")?;
    let user = Some(decoded(user)?).filter(|user| !user.is_empty());
    let password = Some(decoded(password)?).filter(|password| !password.is_empty());
    Ok((user, password.map(Secret::new)))
}

fn decoded(text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| "is not UTF-8")?;
    Ok(text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_names_server_user_database_and_prefix() {
        let address = Address::parse("rediss://ci:p%40ss@cache.example.com:6380/3?prefix=team:").unwrap();
        assert_eq!(address.to_string(), "rediss://cache.example.com:6380");
        assert_eq!((address.user.as_deref(), address.database), (Some("ci"), Some(3)));
        assert_eq!((address.password.unwrap().reveal(), address.prefix.as_str()), ("p@ss", "team:"));
        for (url, shown) in [
            ("redis://cache", "redis://cache:6379"),
            ("redis://cache:443/", "redis://cache:443"),
            ("redis://:pw-12@127.0.0.1", "redis://127.0.0.1:6379"),
            ("redis://:pw-12@[::1]:6380", "redis://[::1]:6380"),
            ("unix:///run/redis.sock?db=1", "unix:///run/redis.sock"),
            ("unix://:pw-12@/run/redis.sock", "unix:///run/redis.sock"),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!((address.to_string().as_str(), address.prefix.as_str()), (shown, DEFAULT_PREFIX), "{url}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_shared_cache_is_named_and_not_quoted() {
        for (url, what) in [
            ("", "no URL"),
            ("cache:6379", "no URL"),
            ("http://cache", "a scheme other than"),
            ("unix://run/redis.sock", "no absolute path"),
            ("redis://", "a host that"),
            ("redis://ca che", "a host that"),
            ("redis://cache:0", "a host that"),
            ("redis://pw-12@cache", "a user without a password"),
            ("redis://:pw-12@cache", "in plain text"),
            ("redis://:pw-12@localhost", "in plain text"),
            ("redis://cache/pw-12", "a database that is no number"),
            ("redis://cache?timeout=5", "a parameter other than"),
            ("redis://cache?prefix=a%20b", "not visible ASCII"),
        ] {
            let error = Address::parse(url).unwrap_err();
            assert!(error.contains(what) && !error.contains("pw-12"), "{url}: {error}");
        }
    }
}
