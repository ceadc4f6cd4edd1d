//! An answer without a token is an error, and a good cached token is still printed. A token is printed whatever else is
//! unusual in its answer. A token that cannot be written is no success.

use std::fs::File;
use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, Ran, jwt, oauth, oauth_home};

/// A body with this token and more keys.
fn body(token: &str, more: &str) -> String {
    format!(r#"{{"access_token": {}, "token_type": "bearer"{more}}}"#, json!(token))
}

#[test]
fn an_answer_without_a_token_costs_no_good_token() {
    let page = |text: &str| Answer::new(200, &[], text);
    let rows = [
        (page("<html>log in</html>"), "web page"),
        (page(""), "empty body"),
        (page(r#"{"access_token":"half"#), "not JSON"),
        (page("[]"), "JSON that is no token"),
        (page("{}"), "JSON that is no token"),
        (page(r#"{"token_type":"bearer","expires_in":3600}"#), "JSON that is no token"),
        (page(r#"{"access_token":5,"token_type":"bearer"}"#), "JSON that is no token"),
        (page(r#"{"access_token":"half","token_type":"mac"}"#), "the type mac, not Bearer"),
        (page(&body("", "")), "token that is empty"),
        (page(&body("half\nhalf", "")), "characters"),
        (page(&body("half\"half", "")), "characters"),
        (page(&body("half\u{1b}[2J", "")), "characters"),
        (page(&body("half\0", "")), "characters"),
        (page(&body(&"x".repeat(17 * 1024), "")), "longer than 16 KiB"),
        (page(&(body("half", "") + &" ".repeat(65 * 1024))), "more than 64 KiB"),
        (Answer::raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{\"access_token\":\"half"), "could not be"),
        (Answer::raw(b"half\r\n\r\n"), "could not be"),
        (Answer::raw(b""), "could not be"),
    ];
    for (bad, word) in rows {
        let home = Home::new();
        let endpoint = Endpoint::new(move |asked, _| {
            if asked.field("client_secret").unwrap() == "good" { Answer::token("kept", 3600) } else { bad.clone() }
        });
        let mut profile = oauth(&endpoint.origin());
        profile["client_secret"] = json!({"env": "WISH"});
        home.profile("default", &profile);
        let run = |wish: &str| Ran::of(home.command(["token"]).env("WISH", wish));
        let failed = run("bad").fails(5, &[word, &endpoint.origin(), "Z"]);
        assert!(!failed.stderr.contains("half") && failed.stderr.contains("hint: "), "{failed:?}");
        assert_eq!(run("good").succeeds().stdout, "kept\n");
        // 5 min left: the refresh window. 30 s left: less than a token should have.
        for older in [3_300_000, 270_000] {
            home.age_token(older);
            let asked = endpoint.count();
            assert_eq!(run("bad").succeeds().stdout, "kept\n");
            assert!(endpoint.count() > asked, "{word}: no request was made");
            assert_eq!(home.record()["token"]["fields"]["access_token"], "kept");
        }
    }
}

#[test]
fn a_token_is_printed_whatever_its_lifetime() {
    let rows = [
        (r#", "expires_in": "3600""#, true),
        (r#", "expires_in": -1"#, false),
        (r#", "expires_in": 0"#, false),
        ("", false),
        (r#", "expires_in": 1.5"#, false),
        (r#", "expires_in": null"#, false),
        (r#", "expires_in": {"s": 1}"#, false),
        (r#", "expires_in": 9223372036854775808"#, true),
        (r#", "expires_in": 1e300"#, false),
        (r#", "expires_in": 1e400"#, false),
    ];
    for ((said, is_printed), profile) in rows.iter().flat_map(|row| [(row, oauth as fn(&str) -> Json), (row, jwt)]) {
        let home = Home::new();
        let endpoint = Endpoint::always(Answer::new(200, &[], &body("token", said)));
        home.jwt_at(&endpoint);
        home.profile("default", &profile(&endpoint.origin()));
        let answer = home.run(["json"]).succeeds().json();
        assert_eq!(answer["access_token"], "token", "{said}");
        assert_eq!(answer["expires_at"].is_string(), *is_printed, "{said}: {answer}");
        if let Some(end) = answer["expires_at"].as_str() {
            let end = humantime::parse_rfc3339(end).unwrap();
            assert!(end <= SystemTime::now() + Duration::from_secs(86_400), "{said}: {answer}");
        }
    }
}

#[test]
fn an_answer_that_cannot_be_written_is_no_success() {
    let (home, endpoint) = oauth_home();
    for command in ["json", "token", "header", "headers", "curl", "env"] {
        let (reader, writer) = rustix::pipe::pipe().unwrap();
        drop(reader);
        for stdout in [File::options().write(true).open("/dev/full").unwrap(), File::from(writer)] {
            Ran::of(home.command([command]).stdout(stdout)).fails(6, &["standard output"]);
        }
    }
    assert_eq!(endpoint.count(), 1);
}
