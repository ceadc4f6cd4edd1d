//! With a certificate beside the key, the program explains on this machine what Adobe's error does not: that the
//! certificate has expired, or belongs to another key. `status` warns in time.

use std::time::Duration;

use serde_json::json;

use crate::support::ca::certificate_ending;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::{Home, PRIVATE_KEY, Ran, has_client, jwt};

/// A home with the JWT profile `default`, at an endpoint that accepts no signature.
fn refused() -> (Home, Endpoint) {
    let text = "Could not match JWT signature to any of the bindings";
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_token", text));
    let home = Home::new();
    home.jwt_at(&endpoint);
    (home, endpoint)
}

#[test]
fn an_expired_certificate_is_in_the_errors_hint() {
    if !has_client("openssl") {
        return;
    }
    let (home, _endpoint) = refused();
    for (end, day) in [("20261001120000Z", "2026-10-01"), ("210304050607Z", "2021-03-04")] {
        home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, end), 0o644);
        home.run(["token", "--refresh"])
            .fails(4, &["certificate_pub.crt expired on ", day, "config/profiles/private.key"]);
    }
    home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, "20501231235959Z"), 0o644);
    home.run(["token", "--refresh"]).fails(4, &["valid until 2050-12-31", "upload that certificate"]);
}

#[test]
fn status_finds_certificates_that_expire_soon() {
    if !has_client("openssl") {
        return;
    }
    let (home, _endpoint) = refused();
    let in_days = |days: u64| {
        let end = std::time::SystemTime::now() + Duration::from_secs(days * 24 * 60 * 60);
        humantime::format_rfc3339_seconds(end).to_string().replace(['-', ':', 'T'], "")
    };
    home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, &in_days(20)), 0o644);
    let status = |args: &[&str]| home.run(["status"].into_iter().chain(args.iter().copied()));
    let ran = status(&["--within", "30d"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (8, ""));
    assert!(ran.stdout.contains("certificate    expires on ") && ran.stdout.contains("(in 19 days)"), "{ran:?}");
    status(&["--within", "10d"]).succeeds();
    status(&[]).succeeds();
    let day = status(&["--json"]).succeeds().json()["profiles"][0]["certificate_expires"].as_str().unwrap().to_owned();
    assert_eq!(day.replace('-', ""), in_days(20)[..8]);

    home.write("config/profiles/certificate_pub.crt", &certificate_ending(&home, "210304050607Z"), 0o644);
    assert!(status(&["--within", "1d"]).stdout.contains("expired on 2021-03-04"));
    assert_eq!(status(&["--within", "1d"]).code, 8);

    // A key or nothing in the certificate's place is reported as well.
    for (text, word) in [(PRIVATE_KEY, "holds no certificate"), ("", "is empty")] {
        home.write("config/profiles/certificate_pub.crt", text, 0o600);
        let ran = status(&["--within", "1d"]);
        assert_eq!(ran.code, 8, "{ran:?}");
        assert!(ran.stdout.contains(word), "{ran:?}");
    }
}

#[test]
fn a_broken_profile_makes_status_fail() {
    let home = Home::new();
    home.profile("broken", &json!({"provider": "adobe-jwt"}));
    let mut profile = jwt("http://127.0.0.1:1");
    profile.as_object_mut().unwrap().remove("certificate");
    home.profile("whole", &profile);
    let nowhere = home.path("nowhere");
    let ran = Ran::of(home.command(["status", "--within", "30d"]).env("JWT_CREDENTIAL_CONFIG_DIR", nowhere));
    assert_eq!(ran.code, 8, "no profile at all, perhaps because cron runs as another user");
    let within = |args: &[&str]| Ran::of(home.command(["status", "--within", "30d"]).args(args));
    assert_eq!(within(&[]).code, 8);
    assert_eq!(within(&["-p", "whole"]).code, 0);
}
