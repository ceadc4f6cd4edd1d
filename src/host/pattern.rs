//! A server in a profile's `hosts`.

use std::fmt;
use std::net::Ipv4Addr;

use super::{Origin, punycode};

/// `[http://]HOST[:PORT]`, where a leading `*.` matches exactly one label. https is the default; http is for literal
/// loopback addresses.
pub struct Pattern {
    is_wildcard: bool,
    origin: Origin,
}

/// How closely a pattern matches a server, the closer one last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Match {
    Wildcard,
    Exact,
}

impl Pattern {
    /// The error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (scheme, host) = text.split_once("://").unwrap_or(("https", text));
        if host.contains(['/', '?', '@']) {
            return Err("must be a host or an origin: no path, query or user name".into());
        }
        let (is_wildcard, host) = host.strip_prefix("*.").map_or((false, host), |host| (true, host));
        if host.contains('*') {
            return Err("has a * in the wrong place: only *. at its beginning is allowed, and matches one label".into());
        }
        if !host.is_ascii() {
            return Err(not_ascii(host));
        }
        let origin = Origin::parse(&format!("{scheme}://{}", without_last_dot(host)))?;
        let is_address =
            origin.is_loopback() || origin.host.starts_with('[') || origin.host.parse::<Ipv4Addr>().is_ok();
        if is_wildcard && (is_address || !origin.host.contains('.')) {
            return Err("needs a name with a dot after *., such as *.example.com".into());
        }
        Ok(Self { is_wildcard, origin })
    }

    /// The server, if it is not a wildcard.
    pub fn server(&self) -> Option<&Origin> {
        (!self.is_wildcard).then_some(&self.origin)
    }

    pub fn matches(&self, server: &Origin) -> Option<Match> {
        if !self.is_wildcard {
            return (self.origin == *server).then_some(Match::Exact);
        }
        let (label, parent) = server.host.split_once('.')?;
        let is_below = !label.is_empty() && parent == self.origin.host;
        (is_below && server.https == self.origin.https && server.port == self.origin.port).then_some(Match::Wildcard)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let wildcard = if self.is_wildcard { "*." } else { "" };
        write!(f, "{wildcard}{}", self.origin.as_host())
    }
}

/// A name with a dot at its end is the same name, spelled as the DNS does.
fn without_last_dot(host: &str) -> String {
    let (name, port) = host.split_once(':').map_or((host, None), |(name, port)| (name, Some(port)));
    let name = name.strip_suffix('.').unwrap_or(name);
    port.map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// A user must see what is allowed: letters of several scripts look alike.
fn not_ascii(host: &str) -> String {
    let (name, port) = host.find(':').map_or((host, ""), |colon| host.split_at(colon));
    match punycode::ascii(name).filter(|ascii| ascii.bytes().chain(port.bytes()).all(|b| b.is_ascii_graphic())) {
        Some(ascii) => format!("is not ASCII: write {ascii}{port}"),
        None => "is not ASCII: write its form with xn--".into(),
    }
}

/// Normalizes an entry of `hosts`.
pub fn pattern(text: &str) -> Result<String, String> {
    Pattern::parse(text).map(|pattern| pattern.to_string()).map_err(|why| format!("has an entry that {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_hosts_is_normalized() {
        for (text, spelled) in [
            ("MC.acme.io", "mc.acme.io"),
            ("*.acme.io:443", "*.acme.io"),
            ("*.acme.io:8443", "*.acme.io:8443"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
            ("127.0.0.1", "127.0.0.1"),
            ("https://MC.acme.io", "mc.acme.io"),
            ("HTTPS://*.acme.io:443", "*.acme.io"),
            ("mc.acme.io.", "mc.acme.io"),
            ("mc.acme.io.:8443", "mc.acme.io:8443"),
            ("reg_1.acme.io", "reg_1.acme.io"),
            ("[2001:DB8::1]:8443", "[2001:db8::1]:8443"),
        ] {
            assert_eq!(pattern(text).unwrap(), spelled);
        }
        for (text, why) in [
            ("https://mc.acme.io/", "no path"),
            ("ftp://mc.acme.io", "neither https nor http"),
            ("mc.acme.io..", "no host name"),
            ("müller.example", "write xn--mller-kva.example"),
            ("mu\u{308}ller.example", "write its form with xn--"),
            ("*.münchen.example:8443", "write xn--mnchen-3ya.example:8443"),
            ("mc.acme.io/campaign", "no path"),
            ("mc.acme.io/.", "no path"),
            ("http://127.0.0.1/", "no path"),
            ("http://mc.acme.io", "plain http"),
            ("*", "has a *"),
            ("*.*.acme.io", "has a *"),
            ("mc.*.io", "has a *"),
            ("*.io", "needs a name with a dot"),
            ("*.127.0.0.1", "needs a name with a dot"),
            ("*.10.0.0.1", "needs a name with a dot"),
            ("*.[::1]", "needs a name with a dot"),
            ("*.http://127.0.0.1", "neither https nor http"),
            ("http://*.127.0.0.1", "needs a name with a dot"),
            ("*.[2001:db8::1]", "needs a name with a dot"),
            ("*.", "no host name"),
        ] {
            assert!(pattern(text).unwrap_err().contains(why), "{text}");
        }
    }

    #[test]
    fn a_wildcard_is_exactly_one_label() {
        let matches =
            |pattern: &str, url: &str| Pattern::parse(pattern).unwrap().matches(&Origin::of_url(url).unwrap());
        assert_eq!(matches("*.acme.io", "https://mc.acme.io/x"), Some(Match::Wildcard));
        assert_eq!(matches("mc.acme.io", "https://mc.acme.io/x"), Some(Match::Exact));
        assert_eq!(matches("*.acme.io:8443", "https://mc.acme.io:8443"), Some(Match::Wildcard));
        for (pattern, url) in [
            ("*.acme.io", "https://acme.io"),
            ("*.acme.io", "https://a.b.acme.io"),
            ("*.acme.io", "https://mc.acme.io:8443"),
            ("*.acme.io", "https://evil-acme.io"),
            ("*.acme.io", "https://mc.acme.io.evil.example"),
            ("mc.acme.io", "https://mc.acme.io.evil.example"),
            ("mc.acme.io", "https://xmc.acme.io"),
            ("127.0.0.1:80", "http://127.0.0.1:80"),
            ("http://127.0.0.1", "https://127.0.0.1"),
        ] {
            assert_eq!(matches(pattern, url), None, "{pattern} {url}");
        }
    }

    #[test]
    fn a_wildcard_matches_its_own_port_and_scheme_only() {
        let wildcard = Pattern::parse("*.acme.io").unwrap();
        let server = |https, host: &str, port| Origin { https, host: host.into(), port };
        assert_eq!(wildcard.matches(&server(true, "mc.acme.io", None)), Some(Match::Wildcard));
        assert_eq!(wildcard.matches(&server(true, ".acme.io", None)), None);
        assert_eq!(wildcard.matches(&server(false, "mc.acme.io", None)), None);
        assert_eq!(wildcard.matches(&server(true, "mc.acme.io", Some(8443))), None);
        assert_eq!(wildcard.matches(&server(true, "acme", None)), None);
        assert!(Match::Exact > Match::Wildcard);
        assert!(wildcard.server().is_none());
        assert_eq!(Pattern::parse("mc.acme.io").unwrap().server(), Some(&server(true, "mc.acme.io", None)));
    }
}
