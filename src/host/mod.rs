//! The origin of an endpoint, or of a server that a tool talks to. The parser is strict: general URL libraries repair
//! hostile input, and the calling tool may read the same text differently.

mod pattern;
mod punycode;

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

pub use pattern::{Match, Pattern, pattern};

/// The longest URL that is parsed.
const LONGEST: usize = 64 * 1024;

/// Scheme, host and port, each normalized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Parses `HOST[:PORT]`, `https://HOST[:PORT]` or, for a literal loopback address only, `http://…`. The error says what
    /// is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let (https, rest) = match lower.split_once("://") {
            None => (true, lower.as_str()),
            Some(("https", rest)) => (true, rest),
            Some(("http", rest)) => (false, rest),
            Some(_) => return Err("has a scheme that is neither https nor http".into()),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#', '@', '\\']) {
            return Err("must be a host or an origin: no path, query or user name".into());
        }
        let (host, port) = split_port(rest)?;
        let port = port.filter(|port| *port != if https { 443 } else { 80 });
        // One address has several spellings (RFC 5952).
        let host = v6_address(host).map_or_else(|| host.to_owned(), |address| format!("[{address}]"));
        let origin = Self { https, host, port };
        if !origin.is_loopback() {
            check_name(&origin.host)?;
            if !https {
                return Err("must be https; plain http is only for loopback addresses such as 127.0.0.1".into());
            }
        }
        Ok(origin)
    }

    /// Parses an origin that a path may follow, as the URL of an API has one.
    pub fn with_path(text: &str) -> Result<(Self, String), String> {
        let (origin, path) = split_path(text);
        let path = path.trim_end_matches('/');
        if path.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~".contains(&b)) {
            Ok((Self::parse(origin)?, path.to_owned()))
        } else {
            Err("must be a URL such as https://HOST/PATH, without a query".into())
        }
    }

    /// The origin of a tool's URL: https, or http for a literal loopback address. The rest of the URL is ignored, except
    /// that it must not have characters which no URL has.
    pub fn of_url(url: &str) -> Result<Self, String> {
        if url.len() > LONGEST || !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
            return Err("is no URL (RFC 3986)".into());
        }
        let (scheme, rest) = url.split_once("://").ok_or("has no scheme: write https:// in front of it")?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let host = match authority.split_once('@') {
            // pip and pdm pass on `https://oauth2@HOST/`.
            Some((user, host)) if is_user(user) => host,
            Some(_) => return Err("has a password in it".into()),
            None => authority,
        };
        Self::parse(&format!("{scheme}://{host}"))
    }

    /// Whether the host is a literal loopback address: a name could resolve to another machine.
    pub fn is_loopback(&self) -> bool {
        let v4 = self.host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
        v4 || v6_address(&self.host).is_some_and(|ip| ip.is_loopback())
    }

    /// An IPv6 address is in brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    pub fn is_https(&self) -> bool {
        self.https
    }

    /// As an entry of `hosts` spells it: without the scheme if that is https.
    pub fn as_host(&self) -> String {
        if self.https { self.authority() } else { self.to_string() }
    }

    /// The host, with its port where that is not the scheme's own.
    pub fn authority(&self) -> String {
        self.port.map_or_else(|| self.host.clone(), |port| format!("{}:{port}", self.host))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.https { "https" } else { "http" }, self.authority())
    }
}

/// A URL or a host in two parts: up to the path, and from its slash on.
pub fn split_path(text: &str) -> (&str, &str) {
    let host = text.find("://").map_or(0, |scheme| scheme + 3);
    text.split_at(text[host..].find('/').map_or(text.len(), |slash| host + slash))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    // The colons of an IPv6 address are before its bracket.
    let bracket = authority.rfind(']').unwrap_or(0);
    let Some((before, port)) = authority[bracket..].split_once(':') else { return Ok((authority, None)) };
    match port.parse::<u16>() {
        // `parse` accepts a sign.
        Ok(number @ 1..) if !port.starts_with('+') => Ok((&authority[..bracket + before.len()], Some(number))),
        _ if authority.parse::<Ipv6Addr>().is_ok() => Err(format!("is an IPv6 address: write [{authority}]")),
        _ => Err("has a port that is no number from 1 to 65535".into()),
    }
}

/// Whether a text in front of the `@` is a user name alone.
fn is_user(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%+".contains(&b))
}

/// An IPv6 address, which is in brackets. Zones (`%eth0`) and embedded IPv4 addresses are left to other programs.
fn v6_address(host: &str) -> Option<Ipv6Addr> {
    let address = host.strip_prefix('[')?.strip_suffix(']')?;
    if address.contains('.') { None } else { address.parse().ok() }
}

/// A DNS name in its ASCII form, or an IP address. Names of hosts have no underscore (RFC 1123, section 2.1), but
/// containers and Windows machines have.
fn check_name(host: &str) -> Result<(), String> {
    if v6_address(host).is_some() {
        return Ok(());
    }
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
    };
    if host.len() <= 253 && host.split('.').all(label) { Ok(()) } else { Err("is no host name".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_normalized() {
        for text in ["ims-na1.acmelogin.com", "https://IMS-na1.acmelogin.com:443/", "HTTPS://ims-na1.acmelogin.com"] {
            assert_eq!(Origin::parse(text).unwrap().to_string(), "https://ims-na1.acmelogin.com");
        }
        assert_eq!(Origin::parse("http://127.0.0.1:8080").unwrap().authority(), "127.0.0.1:8080");
        assert_eq!(Origin::parse("http://[::1]:8080").unwrap().authority(), "[::1]:8080");
    }

    #[test]
    fn an_address_of_version_6_has_one_spelling() {
        for text in
            ["[2001:DB8:0:0::1]:8443", "https://[2001:db8::1]:8443", "[2001:0db8:0000:0000:0000:0000:0000:0001]:8443"]
        {
            assert_eq!(Origin::parse(text).unwrap().to_string(), "https://[2001:db8::1]:8443");
        }
        for text in [
            "2001:db8::1",
            "[2001:db8::1",
            "[2001:db8::1]x",
            "[fe80::1%eth0]",
            "[::ffff:10.0.0.1]",
            "http://[2001:db8::1]",
        ] {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_literal_loopback_addresses() {
        for text in
            ["http://localhost:80", "http://ims.example", "http://127.0.0.1.example", "http://10.0.0.1", "http://[::2]"]
        {
            assert!(Origin::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_origin_of_a_url_is_unambiguous() {
        for url in [
            "https://mc.acme.io",
            "https://MC.acme.io:443/a/b?c=d@e#f",
            "https://mc.acme.io?x=https://b",
            "https://oauth2@mc.acme.io/simple/",
            "https://evil.example@mc.acme.io",
        ] {
            assert_eq!(Origin::of_url(url).unwrap().to_string(), "https://mc.acme.io");
        }
        for url in
            ["mc.acme.io", "https:mc.acme.io", "https://mc.acme.io\\@evil.example", "https://a b/", "https://a:b@c/"]
        {
            assert!(Origin::of_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_text_that_is_not_an_origin_is_rejected() {
        let hostile = [
            "",
            "https://",
            "https:///evil.example",
            "https:\\\\evil.example",
            "https://a@evil.example",
            "evil.example/ims",
            "evil.example?x",
            "evil.example#x",
            "evil.example:0",
            "evil.example:65536",
            "evil.example:+1",
            "evil.example:",
            "evil .example",
            "evil%2eexample",
            "-evil.example",
            "evil..example",
            "evil.example.",
            "ftp://evil.example",
            "https://https://evil.example",
            "[::1",
            "evil\t.example",
            "évil.example",
            "a:b:1",
        ];
        for text in hostile {
            assert!(Origin::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_url_has_a_longest_length_and_no_odd_characters() {
        let path = "https://mc.acme.io/".len();
        assert!(Origin::of_url(&format!("https://mc.acme.io/{}", "a".repeat(LONGEST - path))).is_ok());
        assert!(Origin::of_url(&format!("https://mc.acme.io/{}", "a".repeat(LONGEST - path + 1))).is_err());
        for odd in ["\\", " ", "\t", "\u{7f}", "é"] {
            assert!(Origin::of_url(&format!("https://mc.acme.io/a{odd}b")).is_err(), "{odd:?}");
        }
    }

    #[test]
    fn a_port_is_shown_unless_it_is_the_schemes_default() {
        for (text, authority) in [
            ("mc.acme.io:8443", "mc.acme.io:8443"),
            ("mc.acme.io:80", "mc.acme.io:80"),
            ("http://127.0.0.1:80", "127.0.0.1"),
            ("http://127.0.0.1:443", "127.0.0.1:443"),
            ("[::1]", "[::1]"),
        ] {
            let origin = Origin::parse(text).unwrap();
            assert_eq!(origin.authority(), authority);
            assert_eq!(origin.is_https(), !text.starts_with("http:"), "{text}");
        }
        assert_eq!(split_port("[::]:80"), Ok(("[::]", Some(80))));
        assert_eq!(split_port("a:65535"), Ok(("a", Some(65535))));
        assert_eq!(split_port("a:1"), Ok(("a", Some(1))));
    }

    #[test]
    fn labels_and_names_have_a_longest_length() {
        let label = "a".repeat(63);
        assert!(check_name(&label).is_ok() && check_name("a").is_ok() && check_name("a-0").is_ok());
        assert!(check_name(&"a".repeat(64)).is_err());
        let name = format!("{label}.{label}.{label}.");
        assert!(check_name(&format!("{name}{}", "a".repeat(61))).is_ok());
        assert!(check_name(&format!("{name}{}", "a".repeat(62))).is_err());
        for odd in ["a.-b", "a-.b", "a.b+c", ".a", "a..b", "a.b.", "[::", "[1.2.3.4]", "[::1.2.3.4]", "[::1%1]"] {
            assert!(check_name(odd).is_err(), "{odd}");
        }
    }
}
