//! Server names from outside, and the entries of `hosts` that they are compared with.

use jwt_credential::host::{Match, Origin, Pattern};

use crate::oracle;

#[path = "../../promises/hosts/names.rs"]
mod names;

const PATTERNS: [&str; 6] =
    ["registry.example", "*.adobe.io", "http://127.0.0.1:8081", "*.adobe.io:8443", "[::1]:1", "127.0.0.1"];

/// The tests' hostile names, and good ones.
pub fn urls() -> Vec<Vec<u8>> {
    let known = names::KNOWN.iter().map(|(_, url)| (*url).to_owned());
    let near = names::NEAR.iter().chain(names::NO_URLS).map(|url| (*url).to_owned());
    let good = ["https://registry.example/a?b#c", "https://mc.adobe.io:443", "http://[::1]:1", "http://[0::0.0.0.1]"];
    let good = good.map(str::to_owned);
    known.chain(near).chain(names::mangled()).chain(good).map(String::into_bytes).collect()
}

/// An entry of `hosts`, a newline, a URL.
pub fn pairs() -> Vec<Vec<u8>> {
    let pair = |(at, url): (usize, Vec<u8>)| {
        let entry = PATTERNS[at % PATTERNS.len()].as_bytes();
        [entry, b"\n", &url].concat()
    };
    urls().into_iter().enumerate().map(pair).collect()
}

/// The program reads a name exactly as the oracle does, and the result occurs in the input.
pub fn origin(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let read = Origin::parse(text).ok();
    assert_eq!(read.as_ref().map(Origin::to_string), oracle::origin(bytes), "as an origin");
    let of_url = Origin::of_url(text).ok();
    assert_eq!(of_url.as_ref().map(Origin::to_string), oracle::of_url(bytes), "as a URL");
    for origin in read.into_iter().chain(of_url) {
        let spelled = origin.to_string();
        assert_eq!(Origin::parse(&spelled).as_ref(), Ok(&origin), "its canonical spelling is read as itself");
        assert_eq!(origin.is_https(), spelled.starts_with("https://"));
        assert!(origin.is_https() || origin.is_loopback(), "http to another machine");
        let host = origin.authority();
        let host = host.rsplit_once(':').map_or(host.as_str(), |(host, _)| host);
        // An IPv6 address has one spelling of many.
        assert!(host.starts_with('[') || text.to_ascii_lowercase().contains(host), "a host that is not in the input");
    }
}

/// An entry matches a server if the oracle says so, and never otherwise.
pub fn matching(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some((entry, url)) = text.split_once('\n') else { return };
    let (pattern, by_oracle) = (Pattern::parse(entry), oracle::pattern(entry.as_bytes()));
    assert_eq!(pattern.is_ok(), by_oracle.is_some(), "the oracle disagrees about the entry");
    let (Ok(pattern), Some(by_oracle)) = (pattern, by_oracle) else { return };
    let again = Pattern::parse(&pattern.to_string()).expect("its canonical spelling is an entry");
    assert_eq!(again.to_string(), pattern.to_string());
    assert_eq!(pattern.server().is_none(), by_oracle.0, "whether it is a wildcard");
    let Ok(server) = Origin::of_url(url) else { return };
    let closeness = if by_oracle.0 { Match::Wildcard } else { Match::Exact };
    let expected = oracle::matches(&by_oracle, &server.to_string()).then_some(closeness);
    assert_eq!(pattern.matches(&server), expected);
    assert_eq!(again.matches(&server), expected);
}
