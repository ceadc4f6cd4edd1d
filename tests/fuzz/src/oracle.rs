//! The grammar of origins and of `hosts`, parsed a second time by code that shares no line with the program: letter by
//! letter, without an address parser. If the two disagree, one of them is wrong.

/// The canonical spelling of `https://HOST[:PORT]` with anything after it, or of `http://` with a loopback address.
pub fn of_url(url: &[u8]) -> Option<String> {
    if url.len() > 2048 || url.iter().any(|b| !(0x21..=0x7e).contains(b) || *b == b'\\') {
        return None;
    }
    let colon = url.windows(3).position(|window| window == b"://")?;
    let rest = &url[colon + 3..];
    let end = rest.iter().position(|b| b"/?#".contains(b)).unwrap_or(rest.len());
    spelled(&url[..colon], &rest[..end])
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
    if port == 0 || !(is_loopback(host) || (scheme == "https" && is_name(host))) {
        return None;
    }
    let port = if port == usual { String::new() } else { format!(":{port}") };
    Some(format!("{scheme}://{host}{port}"))
}

/// An entry of `hosts`: whether it is a wildcard, and the spelling of its origin without the wildcard.
pub fn pattern(text: &[u8]) -> Option<(bool, String)> {
    let is_wildcard = text.starts_with(b"*.");
    let rest = if is_wildcard { &text[2..] } else { text };
    if rest.contains(&b'*') || rest.ends_with(b"/") || lower(text)?.starts_with("https://") {
        return None;
    }
    if lower(rest)?.starts_with("https://") && !is_wildcard {
        return None;
    }
    let origin = origin(rest)?;
    let host = host(&origin);
    if is_wildcard && (is_loopback(host) || is_ipv4(host) || !host.contains('.')) {
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

/// 127.x.y.z, or `::1` in any of its spellings: only zeros before the one.
fn is_loopback(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return is_ipv6_one(inner);
    }
    is_ipv4(host) && host.starts_with("127.")
}

/// Groups of one to four zeros, and a one at the end. One `::` takes the place of the missing groups of eight; the last
/// two may be written as an IPv4 address.
fn is_ipv6_one(text: &str) -> bool {
    let (text, dotted) = match text.strip_suffix("0.0.0.1") {
        Some(before) if before.ends_with(':') => (format!("{before}0:1"), true),
        Some(_) => return false,
        None => (text.to_owned(), false),
    };
    if text.contains('.') || (dotted && text.is_empty()) {
        return false;
    }
    let zeros = |groups: &str| groups.split(':').all(|group| (1..=4).contains(&group.len()) && is_zero(group));
    let one = |group: &str| (1..=4).contains(&group.len()) && group.strip_suffix('1').is_some_and(is_zero);
    let count = |groups: &str| if groups.is_empty() { 0 } else { groups.split(':').count() };
    // Before the one, after the gap.
    let (before, last) = match text.rfind(':') {
        Some(colon) => (&text[..colon], &text[colon + 1..]),
        None => return false,
    };
    if !one(last) {
        return false;
    }
    match text.find("::") {
        None => zeros(before) && count(before) == 7,
        Some(gap) => {
            let (left, right) = (&text[..gap], &text[gap + 2..]);
            let between = right.strip_suffix(last).unwrap_or_default();
            let is_zeros = between.is_empty() || between.strip_suffix(':').is_some_and(zeros);
            (left.is_empty() || zeros(left)) && is_zeros && count(left) + count(right) < 8
        }
    }
}

fn is_zero(text: &str) -> bool {
    text.bytes().all(|b| b == b'0')
}

/// Labels of letters, digits and inner hyphens (RFC 1123).
fn is_name(host: &str) -> bool {
    let bytes = host.as_bytes();
    let is_letter = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
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
