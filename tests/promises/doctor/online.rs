//! The way to the token endpoint, one exchange, and the token.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::doctor;
use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, PRIVATE_KEY, SECRET, oauth};

/// An answer with a token and with this time as the server's.
fn token_at(date: SystemTime) -> Answer {
    let body = json!({"access_token": "token-1", "token_type": "bearer", "expires_in": DAY}).to_string();
    Answer::new(200, &[("Date", &httpdate::fmt_http_date(date))], &body)
}

#[test]
fn a_loopback_endpoint_needs_no_ca_and_no_lookup() {
    let endpoint = Endpoint::tokens(DAY);
    let home = Home::with_oauth(&endpoint.origin());
    doctor(&home, &[], &[])
        .has("ok net.proxy", "default", &["no proxy"])
        .has("skipped net.ca", "default", &["loopback"])
        .has("ok net.name", "default", &["127.0.0.1 has 1 address"])
        .has("ok net.connect", "default", &[&endpoint.origin()])
        .has("skipped net.tls", "default", &["loopback"])
        .has("skipped net.clock", "default", &["does not tell its time"])
        .has("ok token.exchange", "default", &["a token was issued in "])
        .has("skipped token.claims", "default", &["not a JWT; it expires in 23 h 59 min"]);
}

#[test]
fn a_trusted_and_an_unknown_certificate_are_told_apart() {
    let home = Home::new();
    let Some(ca) = Ca::new(&home) else { return };
    let endpoint = ca.endpoint(|_, _| Answer::token("token", DAY));
    home.profile("default", &oauth(&format!("https://localhost:{}", endpoint.port())));
    let pem = ca.pem.to_str().unwrap();
    doctor(&home, &[], &[("SSL_CERT_FILE", pem)])
        .has("ok net.ca", "default", &["trusted CAs: 1"])
        .has("ok net.name", "default", &["localhost has "])
        .has("ok net.tls", "default", &["the certificate of https://localhost"])
        .has("ok token.exchange", "default", &[]);
    doctor(&home, &[], &[])
        .has("ok net.connect", "default", &[])
        .has("fail net.tls", "default", &["not trusted here", "ca_file"])
        .has("fail token.exchange", "default", &["not trusted here"]);
    doctor(&home, &[], &[("SSL_CERT_FILE", "/nonexistent/ca.pem")]).has(
        "fail net.ca",
        "default",
        &["SSL_CERT_FILE", "unset SSL_CERT_FILE"],
    );
}

#[test]
fn an_endpoint_that_cannot_be_reached_is_found() {
    let home = Home::with_oauth("https://ims.invalid");
    doctor(&home, &[], &[])
        .has("fail net.name", "default", &["ims.invalid could not be looked up", "online"])
        .has("fail net.connect", "default", &["https://ims.invalid/ could not be"])
        .has("fail token.exchange", "default", &["ims.invalid"]);
    let home = Home::with_oauth("http://127.0.0.1:1");
    doctor(&home, &[], &[]).has("fail net.connect", "default", &["http://127.0.0.1:1/ could not be reached"]);
}

#[test]
fn a_proxy_is_shown_without_its_password() {
    let home = Home::with_oauth("https://ims.example");
    let found = doctor(&home, &[], &[("HTTPS_PROXY", "http://me:hunter2@127.0.0.1:1")]);
    found
        .has("ok net.proxy", "default", &["the proxy 127.0.0.1:1, from HTTPS_PROXY"])
        .has("skipped net.name", "default", &["the proxy looks up ims.example"])
        .has("fail net.connect", "default", &["https://ims.example/"]);
    assert!(!found.to_string().contains("hunter2"), "{found}");
    doctor(&home, &[], &[("HTTPS_PROXY", "socks5://127.0.0.1:1")]).has(
        "fail net.proxy",
        "default",
        &["HTTPS_PROXY names a SOCKS proxy", "HTTPS_PROXY=http://HOST:PORT"],
    );
}

#[test]
fn an_endpoint_that_is_not_set_is_found() {
    let home = Home::new();
    let mut profile = oauth("");
    profile["ims"] = json!({"env": "UNSET"});
    home.profile("default", &profile);
    doctor(&home, &[], &[]).has("fail net.endpoint", "default", &["\"ims\" of the profile", "UNSET"]);
}

#[test]
fn the_endpoint_is_found_wherever_the_profile_names_it() {
    let endpoint = Endpoint::tokens(DAY);
    let (home, origin) = (Home::new(), endpoint.origin());
    let client = |profile: Json| {
        home.profile("default", &profile);
        doctor(&home, &["--timeout", "5s"], &[])
    };
    let by_url = json!({"grant": "client-credentials", "client_id": "c", "client_secret": SECRET,
        "token_url": format!("{origin}/oauth/token")});
    client(by_url).has("ok net.connect", "default", &[&origin]).has("ok token.exchange", "default", &[]);
    let by_issuer = json!({"grant": "client-credentials", "client_id": "c", "client_secret": SECRET,
        "issuer": format!("{origin}/realms/r")});
    client(by_issuer).has("ok net.connect", "default", &[&origin]);
    let by_row =
        json!({"provider": "okta", "domain": origin, "client_id": "c", "client_secret": SECRET, "scopes": ["x"]});
    client(by_row).has("ok net.connect", "default", &[&origin]).has("ok token.exchange", "default", &[]);
    let self_signed = json!({"grant": "self-signed", "private_key": PRIVATE_KEY, "jwt": {"iss": "me", "aud": "x"}});
    client(self_signed).has("skipped net.endpoint", "default", &["no server is asked"]).has(
        "ok token.exchange",
        "default",
        &[],
    );
}

#[test]
fn a_clock_that_is_wrong_is_found() {
    for (seconds, line, words) in [
        (0, "ok net.clock", &["agrees"][..]),
        (30, "ok net.clock", &[" s behind the server's"]),
        (120, "warn net.clock", &[" s behind the server's", "set this machine's clock"]),
        (3_600, "fail net.clock", &[" s behind the server's", "set this machine's clock"]),
        (-3_600, "fail net.clock", &[" s ahead of the server's"]),
    ] {
        let endpoint = Endpoint::new(move |_, _| {
            let shift = Duration::from_secs(i64::unsigned_abs(seconds));
            let now = SystemTime::now();
            token_at(if seconds < 0 { now - shift } else { now + shift })
        });
        let home = Home::with_oauth(&endpoint.origin());
        doctor(&home, &[], &[]).has(line, "default", words);
    }
}

#[test]
fn an_exchange_that_fails_is_the_usual_error() {
    let endpoint = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let home = Home::with_oauth(&endpoint.origin());
    doctor(&home, &[], &[]).has("fail token.exchange", "default", &["invalid_client", "client_secret"]);
    home.profile("default", &json!({"provider": "none"}));
    doctor(&home, &[], &[]).has("skipped token.exchange", "default", &["the profile is broken"]);
}

#[test]
fn the_claims_of_the_token_are_checked() {
    let jwt = |claims: &Json| {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        format!("{}.{}.c2ln", part(&json!({"alg": "RS256"})), part(claims))
    };
    for (token, life, line, words) in [
        (jwt(&json!({"exp": 4_000_000_000_u64})), DAY, "ok token.claims", &["is a JWT; it expires in 23 h 59 min"][..]),
        (jwt(&json!({"exp": 1_000_000_000})), DAY, "fail token.claims", &["2001-09-09T01:46:40Z", "clock"]),
        ("opaque".into(), 30, "warn token.claims", &["lives only 29 s", "live longer"]),
    ] {
        let endpoint = Endpoint::always(Answer::token(&token, life));
        let home = Home::with_oauth(&endpoint.origin());
        let found = doctor(&home, &[], &[]);
        found.has(line, "default", words);
        assert!(!found.to_string().contains(&token), "{found}");
    }
}
