//! An endpoint's origin. A strict parser of our own: general URL libraries repair hostile input.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Scheme, host and port, in one spelling each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    https: bool,
    host: String,
    port: Option<u16>,
}

impl Origin {
    /// Takes `HOST[:PORT]`, `https://HOST[:PORT]` or, for a literal loopback address only, `http://…`. The error
    /// says what is wrong with it.
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
        let origin = Self { https, host: host.into(), port };
        if !origin.is_loopback() {
            check_name(host)?;
            if !https {
                return Err("must be https: plain http is for literal loopback addresses such as 127.0.0.1".into());
            }
        }
        Ok(origin)
    }

    /// Whether the host is an address of this machine, written as a number: a name could lead elsewhere.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        let v4 = self.host.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback());
        let v6 = self.host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        v4 || v6.and_then(|host| host.parse::<Ipv6Addr>().ok()).is_some_and(|ip| ip.is_loopback())
    }

    /// Whether TLS is spoken there.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// The host, with its port where it is not the scheme's own.
    #[must_use]
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.clone(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// A host in a profile's `hosts`, in its one spelling: `[http://]HOST[:PORT]`, where `*.` may stand for one left-most
/// label. https is meant unless said, and http is for literal loopback addresses.
pub fn pattern(text: &str) -> Result<String, String> {
    let what = |why: &str| format!("has an entry that {why}");
    if text.to_ascii_lowercase().starts_with("https://") {
        return Err(what("has a scheme: write the host alone, such as mc.adobe.io (https is meant)"));
    }
    if text.contains("://") && text.ends_with('/') {
        return Err(what("must be a host: no path, query or user name"));
    }
    let (wildcard, rest) = text.strip_prefix("*.").map_or(("", text), |rest| ("*.", rest));
    if rest.contains('*') {
        return Err(what("has a * in it: only *. at its beginning stands for anything, and for one label"));
    }
    let origin = Origin::parse(rest).map_err(|why| what(&why))?;
    let is_address = origin.is_loopback() || origin.host.parse::<Ipv4Addr>().is_ok();
    if !wildcard.is_empty() && (is_address || !origin.host.contains('.')) {
        return Err(what("has *. before something that has no names below it"));
    }
    let shown = origin.to_string();
    Ok(format!("{wildcard}{}", shown.strip_prefix("https://").unwrap_or(&shown)))
}

fn split_port(authority: &str) -> Result<(&str, Option<u16>), String> {
    let host_end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    match authority[host_end..].split_once(':') {
        None => Ok((authority, None)),
        Some((before, port)) => {
            let digits = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
            let port = digits.then(|| port.parse::<u16>().ok()).flatten().filter(|port| *port > 0);
            let port = port.ok_or("has a port that is no number from 1 to 65535")?;
            Ok((&authority[..host_end + before.len()], Some(port)))
        }
    }
}

/// A DNS name in its ASCII form, or an IPv4 address (RFC 1123, section 2.1).
fn check_name(host: &str) -> Result<(), String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    if host.len() <= 253 && host.split('.').all(label) { Ok(()) } else { Err("is no host name".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_origin_has_one_spelling() {
        for text in ["ims-na1.adobelogin.com", "https://IMS-na1.adobelogin.com:443/", "HTTPS://ims-na1.adobelogin.com"]
        {
            assert_eq!(Origin::parse(text).unwrap().to_string(), "https://ims-na1.adobelogin.com");
        }
        assert_eq!(Origin::parse("http://127.0.0.1:8080").unwrap().authority(), "127.0.0.1:8080");
        assert_eq!(Origin::parse("http://[::1]:8080").unwrap().authority(), "[::1]:8080");
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
    fn a_host_of_a_profile_has_one_spelling() {
        for (text, spelled) in [
            ("MC.adobe.io", "mc.adobe.io"),
            ("*.adobe.io:443", "*.adobe.io"),
            ("*.adobe.io:8443", "*.adobe.io:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1", "127.0.0.1"),
        ] {
            assert_eq!(pattern(text).unwrap(), spelled);
        }
        for (text, why) in [
            ("https://mc.adobe.io", "write the host alone"),
            ("mc.adobe.io/campaign", "no path"),
            ("http://127.0.0.1/", "no path"),
            ("http://mc.adobe.io", "plain http"),
            ("*", "has a *"),
            ("*.*.adobe.io", "has a *"),
            ("mc.*.io", "has a *"),
            ("*.io", "no names below"),
            ("*.127.0.0.1", "no names below"),
            ("*.http://127.0.0.1", "no names below"),
            ("*.", "no host name"),
        ] {
            assert!(pattern(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn what_is_no_origin_is_refused() {
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
}
