//! Errors of the endpoint, and the advice that the user gets.

use std::fs;
use std::process::Command;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, has_client, jwt, oauth};

const SIGNATURE: &str = "Could not match JWT signature to any of the bindings";
const SCOPES: &str = "The metascopes in the JWT are not a subset of the metascopes in the binding.";

/// A secret that looks different in a posted form.
const ODD_SECRET: &str = "p8e/CANARY+odd=secret";

type Header<'a> = (&'a str, &'a str);

/// Status, error and description as seen or documented, and words of the advice.
type Row<'a> = (u16, &'a str, &'a str, &'a [&'a str]);

/// Asserts that only our own lines are printed, without control characters, with advice, and with the time in UTC.
#[track_caller]
fn is_well_formed(ran: &Ran) {
    let is_ours = |line: &str| line.starts_with("jwt-credential: ") && !line.contains(char::is_control);
    assert!(ran.stderr.lines().all(is_ours) && ran.stderr.ends_with('\n'), "{ran:?}");
    assert!(ran.stderr.contains("\njwt-credential: hint: "), "{ran:?}");
    let at = ran.stderr.lines().next().unwrap().split("; the server is not").next().unwrap();
    let at = at.rsplit_once(", ").unwrap().1;
    let age = SystemTime::now().duration_since(humantime::parse_rfc3339(at).unwrap()).unwrap();
    assert!(age < Duration::from_secs(30), "{ran:?}");
}

/// The words of the hint about the end of Adobe's JWT credentials.
const MIGRATED: [&str; 3] = ["2026-03-01", "OAuth server-to-server", "jwt-credential import FILE --as default --force"];

/// Runs once for each row.
fn each_is_explained(grant: fn(&str) -> Json, path: &str, rows: &[Row]) {
    for (status, error, description, words) in rows {
        let home = Home::new();
        let endpoint = Endpoint::always(Answer::refusal(*status, error, description));
        home.jwt_at(&endpoint);
        home.profile("default", &grant(&endpoint.origin()));
        let code = if *status >= 500 { 5 } else { 4 };
        let ran = home.run(["token"]).fails(code, words);
        assert!((1..=2).contains(&ran.stderr.matches("hint: ").count()), "{ran:?}");
        let said = [&(endpoint.origin() + path), &format!("{error} ({description})"), "; x-debug-id debug-1, "];
        let ran = ran.fails(code, &said);
        is_well_formed(&ran);
        let is_migrated = MIGRATED.iter().all(|word| ran.stderr.contains(word));
        assert_eq!(is_migrated, words.contains(&"2026-03-01"), "{ran:?}");
        assert!(endpoint.count() == 1 || *status > 500, "a refusal is not retried");
    }
}

#[test]
fn each_error_of_the_jwt_endpoint_has_advice() {
    let rows: &[Row] = &[
        (400, "invalid_token", SIGNATURE, &["config/profiles/private.key", "config/profiles/certificate_pub.crt"]),
        (400, "invalid_signature", "no match", &["config/profiles/private.key", "config/profiles/certificate_pub.crt"]),
        (400, "invalid_token", "JWT token is incorrectly formatted, and can not be decoded.", &["\"ims\"", "decode"]),
        (400, "invalid_token", "JWT token is expired", &["clock", "org_id and technical_account_id"]),
        (400, "invalid_scope", SCOPES, &["metascopes", "product"]),
        (
            400,
            "invalid_client",
            "invalid client_id parameter",
            &["hint: check the client_id in", "\"ims\"", "2026-03-01"],
        ),
        (400, "invalid_client", "invalid client_secret parameter", &["hint: copy the client_secret", "rotated"]),
        (401, "invalid_client", "invalid client_secret parameter", &["hint: copy the client_secret", "rotated"]),
        (401, "invalid_client", "exchange_jwt scope missing", &["may not use this grant", "2026-03-01"]),
        (400, "bad_request", "malformed sub", &["@AdobeOrg", "@techacct.adobe.com", "not the email"]),
        (400, "invalid_jti", "missing jti", &["jti", "create a new credential", "2026-03-01"]),
        (400, "something_new", "of tomorrow", &["check all of", "2026-03-01"]),
        (500, "internal_error", "Please try again later", &["if this persists", "migrated", "2026-03-01"]),
        (500, "something_new", "of tomorrow", &["if this persists", "migrated", "2026-03-01"]),
        (503, "internal_error", "Please try again later", &["hint: try again"]),
        (502, "temporarily_unavailable", "later", &["hint: try again"]),
    ];
    each_is_explained(jwt, "/ims/exchange/jwt", rows);
}

#[test]
fn each_error_of_the_oauth_endpoint_has_advice() {
    let rows: &[Row] = &[
        (400, "invalid_client", "invalid client_secret parameter", &["hint: copy the client_secret", "rotated"]),
        (401, "invalid_client", "invalid client_secret parameter", &["hint: copy the client_secret", "rotated"]),
        (400, "invalid_client", "invalid client_id parameter", &["hint: check the client_id in", "\"ims\""]),
        (401, "invalid_client", "invalid client_id parameter", &["hint: check the client_id in", "\"ims\""]),
        (401, "invalid_client", "no", &["compare client_id and client_secret"]),
        (400, "invalid_scope", "no", &["hint: compare the scopes in"]),
        (400, "unauthorized_client", "no", &["is not an OAuth server-to-server one"]),
        (400, "unsupported_grant_type", "no", &["is not an OAuth server-to-server one"]),
        (403, "access_denied", "no", &["check client_id, client_secret and scopes"]),
        (500, "internal_error", "Please try again later", &["status.adobe.com"]),
    ];
    each_is_explained(oauth, "/ims/token/v3", rows);
}

#[test]
fn a_passing_fault_is_no_refusal_of_the_credential() {
    let later = json!({"error": "internal_error", "error_description": "try again later"});
    for (status, body) in [(503, &later), (504, &later), (200, &later), (503, &json!({"error_code": "503001"}))] {
        for grant in [oauth as fn(&str) -> Json, jwt] {
            let (home, endpoint) = (Home::new(), Endpoint::always(Answer::json(status, body)));
            home.jwt_at(&endpoint);
            home.profile("default", &grant(&endpoint.origin()));
            let ran = home.run(["token"]).fails(5, &["hint: try again"]);
            let blames = ["check", "migrated", "2026-03-01"].iter().any(|word| ran.stderr.contains(word));
            assert!(!blames && ran.stderr.matches("hint: ").count() == 1, "{ran:?}");
        }
    }
}

#[test]
fn an_error_is_quoted_in_whatever_form_it_comes() {
    let words = ["403003", "Api Key is invalid"];
    for body in [
        json!({"error_code": "403003", "message": "Api Key is invalid"}),
        json!({"errorCode": "403003", "errorDescription": "Api Key is invalid"}),
        json!({"error_code": 403_003, "message": "Api Key is invalid"}),
        json!({"error": {"code": 403_003, "message": "Api Key is invalid"}}),
        json!({"errors": [{"code": "403003", "message": "Api Key is invalid"}]}),
        json!([{"error_code": "403003", "message": "Api Key is invalid"}]),
        json!({"message": "403003: Api Key is invalid"}),
        json!({"type": "about:blank", "title": "403003", "detail": "403003: Api Key is invalid"}),
    ] {
        for grant in [oauth as fn(&str) -> Json, jwt] {
            let (home, endpoint) = (Home::new(), Endpoint::always(Answer::json(403, &body)));
            home.jwt_at(&endpoint);
            home.profile("default", &grant(&endpoint.origin()));
            let ran = home.run(["token"]).fails(4, &words).fails(4, &["hint: "]);
            assert!(!ran.stderr.contains("portal") && !ran.stderr.contains("without an error"), "{ran:?}");
        }
    }
}

#[test]
fn an_error_with_a_status_of_success_is_a_refusal() {
    for (error, description, hint) in [
        ("invalid_scope", "no such scope", "compare the scopes in"),
        ("invalid_client", "invalid client_secret parameter", "rotated"),
        ("something_new", "", "check client_id"),
    ] {
        let (home, endpoint) = (Home::new(), Endpoint::always(Answer::refusal(200, error, description)));
        home.oauth_at(&endpoint);
        home.run(["token"]).fails(4, &["Adobe rejected", error, description, hint]);
        home.run(["token"]).fails(4, &[error]);
        assert_eq!(endpoint.count(), 1, "it cools down like any refusal");
    }
    // A token is used, whatever stands beside it.
    let body = json!({"access_token": "token-1", "token_type": "bearer", "expires_in": 3600, "error": "none"});
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::json(200, &body)));
    home.oauth_at(&endpoint);
    assert_eq!(home.run(["token"]).succeeds().stdout, "token-1\n");
}

#[test]
fn an_overloaded_jwt_endpoint_is_worth_a_retry() {
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::new(503, &[("Retry-After", "30")], "")));
    home.jwt_at(&endpoint);
    let ran = home.run(["token"]).fails(5, &["status 503", "Retry-After"]);
    assert!(!ran.stderr.contains("migrated"), "{ran:?}");
}

#[test]
fn a_refused_signature_says_whether_key_and_certificate_match() {
    if !has_client("openssl") {
        return;
    }
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::refusal(400, "invalid_token", SIGNATURE)));
    home.jwt_at(&endpoint);
    let arguments = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=other", "-keyout"];
    let made = Command::new("openssl").args(arguments).arg(home.path("other.key")).output().unwrap();
    let other = String::from_utf8(made.stdout).unwrap();
    let rows = [
        (CERTIFICATE, "private.key belongs to "),
        (&other, "private.key does not belong to "),
        ("no certificate", "private.key matches no valid certificate"),
    ];
    for (certificate, words) in rows {
        home.write("config/profiles/certificate_pub.crt", certificate, 0o644);
        home.run(["token", "--refresh"]).fails(4, &[words, "/config/profiles/private.key"]);
    }
    fs::remove_file(home.path("config/profiles/certificate_pub.crt")).unwrap();
    home.run(["token", "--refresh"]).fails(4, &["private.key matches no valid certificate"]);
    let mut profile = jwt(&endpoint.origin());
    profile["private_key"] = json!(PRIVATE_KEY);
    profile["certificate"] = json!(CERTIFICATE);
    home.profile("default", &profile);
    home.run(["token", "--refresh"]).fails(4, &["the private key in the profile ", "default.json belongs to \"certif"]);
}

#[test]
fn the_endpoints_text_is_escaped_cut_and_without_secrets() {
    let words: [fn(&Asked) -> String; 5] = [
        |asked| asked.field("client_secret").unwrap(),
        |asked| format!("see {}", asked.field("jwt_token").unwrap()),
        |asked| asked.body.clone(),
        |_| "\u{1b}]0;x\u{7}\r\njwt-credential: error: forged\u{202e}".into(),
        |_| "x".repeat(60_000),
    ];
    for (said, key) in words.iter().flat_map(|said| [(*said, "error"), (*said, "error_description")]) {
        let home = Home::new();
        let endpoint = Endpoint::new(move |asked, _| {
            let mut body = json!({"error": "invalid_token", "error_description": "no"});
            body[key] = json!(said(asked));
            Answer::json(400, &body)
        });
        home.jwt_at(&endpoint);
        let ran = home.run(["token"]).fails(4, &["Adobe rejected"]);
        is_well_formed(&ran);
        let asked = endpoint.asked().remove(0);
        let assertion = asked.field("jwt_token").unwrap();
        assert!(!assertion.split('.').any(|part| ran.stderr.contains(part)), "{ran:?}");
        assert!(ran.stderr.len() < 3_000 && !ran.stderr.contains('\u{202e}'), "{ran:?}");
        let is_shown = ["[redacted]", "\\u{1b}]0;x", "xxx…"].iter().any(|word| ran.stderr.contains(word));
        assert!(is_shown, "{ran:?}");
    }
}

#[test]
fn a_secret_is_hidden_however_the_endpoint_repeats_it() {
    type Echo = fn(&Asked) -> Answer;
    let echoes: [(Echo, i32); 4] = [
        // In the form in which it was posted.
        (|_| Answer::new(400, &[("x-debug-id", ODD_SECRET)], "{}"), 4),
        (|_| Answer::json(200, &json!({"access_token": "t", "token_type": ODD_SECRET})), 5),
        (|asked| Answer::refusal(400, "invalid_request", &asked.body), 4),
        (|_| Answer::new(302, &[("Location", ODD_SECRET)], ""), 5),
    ];
    let mut failures = Vec::new();
    for (answer, code) in echoes {
        let (home, endpoint) = (Home::new(), Endpoint::new(move |asked, _| answer(asked)));
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!(ODD_SECRET);
        home.profile("default", &profile);
        let ran = home.run(["token"]).fails(code, &[]);
        let posted = endpoint.asked()[0].body.clone();
        let posted = posted.split('&').find_map(|field| field.strip_prefix("client_secret=")).unwrap();
        if ran.stderr.contains(ODD_SECRET) || ran.stderr.contains(posted) {
            failures.push(ran);
        }
    }
    assert!(failures.is_empty(), "{failures:?}");
}

#[test]
fn an_answer_not_from_ims_is_told_from_a_refusal() {
    let elsewhere = Endpoint::tokens(3600);
    let away = elsewhere.origin();
    let rows: [(u16, &[Header], i32, &[&str]); 6] = [
        (401, &[], 4, &["401 without an error in JSON", "proxy"]),
        (403, &[], 4, &["403 without an error in JSON", "proxy"]),
        (404, &[], 3, &["no token endpoint at ", "\"token_path\""]),
        (302, &[("Location", &away)], 5, &["answered 302", &away, "not followed", "portal"]),
        (307, &[("Location", &away)], 5, &["answered 307", &away, "not followed"]),
        (407, &[], 4, &["407 without an error in JSON"]),
    ];
    for ((status, headers, code, words), grant) in
        rows.iter().flat_map(|row| [(row, oauth as fn(&str) -> Json), (row, jwt)])
    {
        let home = Home::new();
        let endpoint = Endpoint::always(Answer::new(*status, headers, "<html>Forbidden</html>"));
        home.jwt_at(&endpoint);
        home.profile("default", &grant(&endpoint.origin()));
        let ran = home.run(["token"]).fails(*code, words).fails(*code, &[&endpoint.origin(), "no x-debug-id"]);
        is_well_formed(&ran);
        assert!(!ran.stderr.contains("html") && !ran.stderr.contains("2026-03-01"), "{ran:?}");
        assert_eq!((endpoint.count(), elsewhere.count()), (1, 0));
    }
}

#[test]
fn a_clock_difference_is_reported() {
    let hour = Duration::from_secs(3600);
    let now = SystemTime::now();
    for (date, word) in [(now - hour, Some("s ahead of")), (now + hour, Some("s behind")), (now, None)] {
        let headers = [("Date", &*httpdate::fmt_http_date(date))];
        let body = json!({"error": "invalid_token", "error_description": "expired"}).to_string();
        let (home, endpoint) = (Home::new(), Endpoint::always(Answer::new(400, &headers, &body)));
        home.jwt_at(&endpoint);
        let ran = home.run(["token"]).fails(4, &[word.unwrap_or_default()]);
        assert_eq!(ran.stderr.contains("set this machine's clock"), word.is_some(), "{ran:?}");
    }
}
