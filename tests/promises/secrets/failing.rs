//! Endpoints that fail and repeat the request in their answer.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::calls::{of_all_rows, of_options};
use super::lookout::{Lookout, Stage};
use super::ways::{TOKEN, WAYS, Way};
use crate::support::endpoint::{Answer, Asked};

type Failing = fn(&Asked) -> Answer;
type Disguise = fn(&str) -> String;

/// All values that were sent, with their names.
fn fields(asked: &Asked) -> Vec<(String, String)> {
    form_urlencoded::parse(asked.body.as_bytes()).into_owned().collect()
}

/// The values alone, one after the other.
fn values(asked: &Asked) -> String {
    fields(asked).into_iter().map(|(_, value)| value).collect::<Vec<_>>().join(" ")
}

fn secret(asked: &Asked) -> String {
    asked.field("client_secret").unwrap_or_default()
}

/// Repeated unchanged.
const ANSWERS: [(&str, Failing); 28] = [
    ("a refusal", |_| Answer::refusal(400, "invalid_client", "invalid client_secret parameter")),
    ("a refusal with the form", |asked| Answer::refusal(400, "invalid_request", &asked.body)),
    ("a refusal with the values", |asked| Answer::refusal(401, "invalid_client", &values(asked))),
    ("a refusal with them in JSON", |asked| Answer::refusal(400, "bad_request", &json!(fields(asked)).to_string())),
    ("a refusal by that very code", |asked| Answer::refusal(403, &secret(asked), "no")),
    ("a refusal by the form as a code", |asked| Answer::refusal(403, &asked.body, &asked.body)),
    ("a refusal with it within a word", |asked| {
        Answer::refusal(400, "invalid_token", &format!("<{}>,'{}'", secret(asked), values(asked)))
    }),
    ("a refusal of the signature", |_| Answer::refusal(400, "invalid_token", "Could not match JWT signature to any")),
    ("a refusal of the scopes", |asked| Answer::refusal(400, "invalid_scope", &asked.body)),
    ("a page that does not exist", |asked| Answer::refusal(404, &values(asked), &asked.body)),
    ("a request that took too long", |asked| Answer::refusal(408, &values(asked), &asked.body)),
    ("throttling", |asked| {
        let headers = [("Retry-After", "3600"), ("x-debug-id", &asked.body)];
        Answer::new(429, &headers, &json!({"error": values(asked), "error_description": asked.body}).to_string())
    }),
    ("a fault", |asked| Answer::new(500, &[("x-debug-id", &secret(asked))], &format!("<pre>{}</pre>", asked.body))),
    ("a fault in JSON", |asked| Answer::refusal(500, &values(asked), &asked.body)),
    ("maintenance", |asked| Answer::new(503, &[("Retry-After", "3600"), ("Location", &asked.body)], &asked.body)),
    ("a redirect", |asked| Answer::new(302, &[("Location", &format!("https://h/?{}", asked.body))], "")),
    ("a redirect with the values", |asked| Answer::new(307, &[("Location", &values(asked))], &asked.body)),
    ("headers of all kinds", |asked| {
        let names = ["WWW-Authenticate", "Set-Cookie", "Date", "Retry-After", "Content-Type", "x-debug-id", "Warning"];
        Answer::new(400, &names.map(|name| (name, asked.body.as_str())), "{}")
    }),
    ("no JSON", |asked| Answer::new(200, &[], &asked.body)),
    ("a web page", |asked| Answer::new(200, &[], &format!("<html>{}", asked.body))),
    ("JSON without a token", |asked| Answer::json(200, &json!({"asked": fields(asked), "token_type": asked.body}))),
    ("a token of another type", |asked| {
        Answer::json(200, &json!({"access_token": TOKEN, "token_type": format!("{} {}", asked.body, secret(asked))}))
    }),
    ("a token that is none", |asked| {
        Answer::json(200, &json!({"access_token": asked.body, "token_type": "bearer", "expires_in": values(asked)}))
    }),
    ("a token in a refusal", |_| Answer::json(401, &json!({"access_token": TOKEN, "error": "invalid_client"}))),
    ("a token in what is no JSON", |_| Answer::new(200, &[], &format!("{{\"access_token\":\"{TOKEN}\""))),
    ("no HTTP", |asked| Answer::raw(asked.body.as_bytes())),
    ("a status line", |asked| Answer::raw(format!("HTTP/1.1 400 {}\r\n\r\n", values(asked)).as_bytes())),
    ("too much", |asked| Answer::new(400, &[], &asked.body.repeat(70_000 / asked.body.len().max(1) + 1))),
];

/// Repeated in another form.
const DISGUISES: [(&str, Disguise); 3] = [
    ("base64", |secret| STANDARD.encode(secret)),
    ("percent-encoded", |secret| form_urlencoded::byte_serialize(secret.as_bytes()).collect()),
    ("JSON", |secret| json!(secret).to_string()),
];

/// Every n-th row against each answer, with ways of both grants.
fn fails(ways: &[&Way], nth: usize, what: &str) {
    let (mut lookout, mut turn) = (Lookout::new(), 0);
    for (name, answer) in ANSWERS {
        for way in ways {
            let mut stage = Stage::new(way, name, move |asked, _| answer(asked));
            // Otherwise the first refusal answers all calls.
            stage.variables.push(("JWT_CREDENTIAL_REFRESH".into(), "1".into()));
            let ims = stage.endpoint.origin();
            let (rows, options) = (of_all_rows(&stage.home, &ims), of_options(&stage.home));
            stage.settle();
            for call in rows.iter().chain(&options) {
                turn += 1;
                if turn % nth == 0 || call.words().starts_with("status") {
                    lookout.watch(&mut stage, call);
                }
            }
            assert!(stage.endpoint.count() > 0, "{name}: no request was made");
        }
    }
    // The program in the mock prints tokens of the mock, not ours.
    assert_eq!(lookout.tokens, 0);
    lookout.found_nothing(what, 400);
}

#[test]
fn no_secret_that_an_endpoint_repeats_is_printed() {
    fails(&[&WAYS[0], &WAYS[4]], 9, "an endpoint that repeats them");
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn no_repeated_secret_is_printed_however_it_was_given() {
    fails(&WAYS.each_ref(), 5, "an endpoint that repeats them, by all ways");
}

#[test]
fn no_secret_repeated_in_another_form_is_printed() {
    let mut lookout = Lookout::new();
    for (name, disguise) in DISGUISES {
        for way in [&WAYS[0], &WAYS[4]] {
            let mut stage = Stage::new(way, name, move |asked, number| {
                let text: Vec<String> = fields(asked).iter().map(|(_, value)| disguise(value)).collect();
                let text = if number % 2 == 0 { text.join(" ") } else { disguise(&secret(asked)) };
                Answer::new(
                    400,
                    &[("x-debug-id", &text)],
                    &json!({"error": "no", "error_description": text}).to_string(),
                )
            });
            stage.variables.push(("JWT_CREDENTIAL_REFRESH".into(), "1".into()));
            let calls = of_all_rows(&stage.home, &stage.endpoint.origin());
            stage.settle();
            for call in calls
                .iter()
                .filter(|call| ["json", "docker", "curl", "status"].iter().any(|row| call.words().contains(row)))
            {
                lookout.watch(&mut stage, call);
            }
        }
    }
    lookout.found_nothing("an endpoint that encodes them", 20);
}

#[test]
fn no_secret_is_printed_if_the_endpoint_hangs_or_hangs_up() {
    let mut lookout = Lookout::new();
    let hangs: [(&str, Failing); 3] = [
        ("hangs", |_| Answer::never()),
        ("hangs up", |_| Answer::raw(b"")),
        ("breaks off", |asked| {
            Answer::raw(format!("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n{}", asked.body).as_bytes())
        }),
    ];
    for (name, answer) in hangs {
        for way in [&WAYS[0], &WAYS[4]] {
            let mut stage = Stage::new(way, name, move |asked, _| answer(asked));
            stage.variables.push(("JWT_CREDENTIAL_TIMEOUT".into(), "700ms".into()));
            let calls = of_all_rows(&stage.home, &stage.endpoint.origin());
            stage.settle();
            let few = ["json", "git", "docker", "cargo", "exec", "status"];
            for call in calls.iter().filter(|call| few.iter().any(|row| call.words().contains(row))) {
                lookout.watch(&mut stage, call);
            }
        }
    }
    lookout.found_nothing("an endpoint that hangs", 40);
}
