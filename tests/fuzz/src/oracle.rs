//! The grammar of origins and of `hosts`, parsed a second time by code that shares no line with the program: letter by
//! letter, except that std parses IPv6 addresses. If the two disagree, one of them is wrong.

/// The canonical spelling of `https://HOST[:PORT]` with anything after it, or of `http://` with a loopback address.
pub fn of_url(url: &[u8]) -> Option<String> {
    if url.len() > 64 * 1024 || url.iter().any(|b| !(0x21..=0x7e).contains(b) || *b == b'\\') {
        return None;
    }
    let colon = url.windows(3).position(|window| window == b"://")?;
    let rest = &url[colon + 3..];
    let end = rest.iter().position(|b| b"/?#".contains(b)).unwrap_or(rest.len());
    let authority = &rest[..end];
    let Some(at) = authority.iter().position(|b| *b == b'@') else { return spelled(&url[..colon], authority) };
    // A user name without a password.
    let is_user = at > 0 && authority[..at].iter().all(|b| b.is_ascii_alphanumeric() || b"-._~%+".contains(b));
    if is_user { spelled(&url[..colon], &authority[at + 1..]) } else { None }
}

/// The same without a path; https may be implied, and one `/` may follow.
pub fn origin(text: &[u8]) -> Option<String> {
    let (scheme, rest) = match text.windows(3).position(|window| window == b"://") {
        Some(colon) => (&text[..colon], &text[colon + 3..]),
        None => (&b"https"[..], text),
    };
    spelled(scheme, rest.strip_suffix(b"/").unwrap_or(rest))
}

fn spelled(scheme: &[u8], authority: &[u8]) -> Option<String> {
    let scheme = lower(scheme)?;
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    let authority = lower(authority)?;
    // The last colon outside brackets.
    let colon = authority.rfind(':').filter(|colon| authority.rfind(']').is_none_or(|bracket| bracket < *colon));
    let (host, port) = match colon {
        None => (authority.as_str(), usual),
        Some(colon) => (&authority[..colon], number(&authority[colon + 1..], 65_535)?),
    };
    let v6 = ipv6(host);
    let host = v6.as_deref().unwrap_or(host);
    if port == 0 || !(is_loopback(host) || (scheme == "https" && (v6.is_some() || is_name(host)))) {
        return None;
    }
    let port = if port == usual { String::new() } else { format!(":{port}") };
    Some(format!("{scheme}://{host}{port}"))
}

/// An entry of `hosts`: whether it is a wildcard, and the spelling of its origin without the wildcard.
pub fn pattern(text: &[u8]) -> Option<(bool, String)> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.is_ascii())?;
    let (scheme, rest) = match text.find("://") {
        Some(colon) => (&text[..colon], &text[colon + 3..]),
        None => ("https", text),
    };
    let is_wildcard = rest.starts_with("*.");
    let rest = if is_wildcard { &rest[2..] } else { rest };
    if rest.contains(['*', '/']) {
        return None;
    }
    // The last dot of a name is no part of it.
    let end = rest.find(':').unwrap_or(rest.len());
    let name = rest[..end].strip_suffix('.').unwrap_or(&rest[..end]);
    let origin = origin(format!("{scheme}://{name}{}", &rest[end..]).as_bytes())?;
    let host = host(&origin);
    if is_wildcard && (is_loopback(host) || host.starts_with('[') || is_ipv4(host) || !host.contains('.')) {
        return None;
    }
    Some((is_wildcard, origin))
}

/// Whether an entry matches a server: it is the same, or, with `*.`, it has exactly one more label, which is not empty.
pub fn matches((is_wildcard, entry): &(bool, String), server: &str) -> bool {
    if !is_wildcard {
        return entry == server;
    }
    let at = server.find("://").map_or(0, |colon| colon + 3);
    let (scheme, rest) = server.split_at(at);
    let Some(dot) = rest.find('.') else { return false };
    dot > 0 && format!("{scheme}{}", &rest[dot + 1..]) == *entry
}

fn host(origin: &str) -> &str {
    let rest = origin.split("://").nth(1).unwrap_or_default();
    match rest.rfind(':').filter(|colon| rest.rfind(']').is_none_or(|bracket| bracket < *colon)) {
        Some(colon) => &rest[..colon],
        None => rest,
    }
}

/// ASCII in lower case; other text is no server name.
fn lower(text: &[u8]) -> Option<String> {
    text.is_ascii().then(|| text.iter().map(|b| char::from(b.to_ascii_lowercase())).collect())
}

fn number(digits: &str, most: u32) -> Option<u32> {
    let mut number = 0_u32;
    for b in digits.bytes() {
        number = number.saturating_mul(10).saturating_add(u32::from(b.checked_sub(b'0').filter(|d| *d < 10)?));
    }
    (!digits.is_empty() && number <= most).then_some(number)
}

/// Four numbers without a leading zero, which some parsers would take as octal.
fn is_ipv4(host: &str) -> bool {
    let part = |part: &str| number(part, 255).is_some() && (part.len() == 1 || !part.starts_with('0'));
    host.split('.').count() == 4 && host.split('.').all(part)
}

/// 127.x.y.z, or `::1` in its one spelling.
fn is_loopback(host: &str) -> bool {
    host == "[::1]" || (is_ipv4(host) && host.starts_with("127."))
}

/// The one spelling of an IPv6 address in brackets; none of one that is written with an IPv4 address in it.
fn ipv6(host: &str) -> Option<String> {
    let inner = host.strip_prefix('[')?.strip_suffix(']')?;
    let address: std::net::Ipv6Addr = inner.parse().ok()?;
    let spelled = format!("[{address}]");
    (!inner.contains('.') && !spelled.contains('.')).then_some(spelled)
}

/// Labels of letters, digits, underscores and inner hyphens (RFC 1123, and what containers have).
fn is_name(host: &str) -> bool {
    let bytes = host.as_bytes();
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let mut label = 0;
    for (at, b) in bytes.iter().enumerate() {
        let ends = at + 1 == bytes.len() || bytes[at + 1] == b'.';
        match b {
            b'.' if label == 0 => return false,
            b'.' => label = 0,
            b'-' if label == 0 || ends => return false,
            b'-' => label += 1,
            b if is_letter(*b) => label += 1,
            _ => return false,
        }
        if label > 63 {
            return false;
        }
    }
    label > 0 && bytes.len() <= 253
}
