//! Answers with status 200 and an unusable token.

use serde_json::{Value as Json, json};

use super::{Row, TOKEN, answer, says};

pub(super) fn rows() -> Vec<Row> {
    [odd_values(), kinds(), alphabet()].into_iter().flatten().collect()
}

fn with(name: &str, code: i32, body: &Json) -> Row {
    says(name, code, answer("200 OK", "", body.to_string()))
}

fn of(token: &Json) -> Json {
    json!({"access_token": token, "token_type": "Bearer", "expires_in": 3_600_000})
}

fn odd_values() -> Vec<Row> {
    let row = |name: &str, code: i32, token: Json| with(name, code, &of(&token));
    vec![
        with("no token", 5, &json!({"token_type": "Bearer", "expires_in": 3600})),
        row("a token that is a number", 5, json!(5)),
        row("a token that is null", 5, Json::Null),
        row("a token that is an array", 5, json!([TOKEN])),
        row("a token that is an object", 5, json!({"token": TOKEN})),
        row("a token that is empty", 5, json!("")),
        row("a token that is nothing but padding", 5, json!("====")),
        row("a token with padding within", 5, json!(format!("{TOKEN}=x"))),
        row("a token of 16 KiB and a byte", 5, json!("x".repeat(16 * 1024 + 1))),
        row("a token of 1 MB", 5, json!("x".repeat(1_000_000))),
        row("a token that begins with a space", 5, json!(format!(" {TOKEN}"))),
        row("a token with its scheme", 5, json!(format!("Bearer {TOKEN}"))),
    ]
}

fn kinds() -> Vec<Row> {
    let kind = |kind: Json| json!({"access_token": TOKEN, "token_type": kind, "expires_in": 3_600_000});
    vec![
        with("no type", 5, &json!({"access_token": TOKEN, "expires_in": 3600})),
        with("the type mac", 5, &kind(json!("mac"))),
        with("the type null", 5, &kind(Json::Null)),
        with("an empty type", 5, &kind(json!(""))),
        with("the type Bearer with a space", 5, &kind(json!("Bearer "))),
        with("the type Bearer with a letter of another script", 5, &kind(json!("Be\u{430}rer"))),
        with("a type that is a number", 5, &kind(json!(1))),
        with("a type with control characters", 5, &kind(json!("mac\r\n\u{1b}[2J\u{7}\u{202e}"))),
        with("a type of 60,000 characters", 5, &kind(json!("m".repeat(60_000)))),
        with("the type BEARER", 0, &kind(json!("BEARER"))),
        with("a refresh token and more beside it", 0, &{
            let mut body = kind(json!("bearer"));
            body["refresh_token"] = json!("r3fresh-CANARY\r\n");
            body["scope"] = json!("\u{1b}[2J");
            body
        }),
    ]
}

/// A token contains only the alphabet of RFC 6750; escapes in JSON are decoded first.
fn alphabet() -> Vec<Row> {
    let parts = [
        ("CR LF", "\r\nhost=evil"),
        ("LF", "\n"),
        ("NUL", "\0"),
        ("ESC", "\u{1b}[2J"),
        ("a quote", "\""),
        ("a single quote", "'"),
        ("a backslash", "\\"),
        ("a space", " "),
        ("a backtick", "`id`"),
        ("a dollar sign", "$(id)"),
        ("a comma", ","),
        ("a colon", ":"),
        ("a percent sign", "%0a"),
        ("DEL", "\u{7f}"),
        ("a C1 character", "\u{9b}2J"),
        ("a letter that is not ASCII", "\u{e9}"),
        ("full-width letters", "\u{ff41}"),
        ("a direction mark", "\u{202e}"),
        ("a line separator", "\u{2028}"),
        ("an emoji", "\u{1f600}"),
    ];
    let within =
        |(name, part): (&str, &str)| with(&format!("a token with {name}"), 5, &of(&json!(format!("{TOKEN}{part}x"))));
    let mut rows: Vec<Row> = parts.into_iter().map(within).collect();
    let surrogate = format!(r#"{{"access_token":"{TOKEN}\ud800","token_type":"bearer"}}"#);
    rows.push(says("a token with a lone surrogate", 5, answer("200 OK", "", surrogate)));
    let escaped = TOKEN.bytes().map(|byte| format!("\\u{byte:04x}")).collect::<Vec<_>>().concat();
    let escaped = format!(r#"{{"access_token":"{escaped}","token_type":"bearer","expires_in":3600000}}"#);
    rows.push(says("a token in escapes", 0, answer("200 OK", "", escaped)));
    rows
}
