//! What every grant promises alike: one exchange for any number of processes, a cache of its own for each identity, and
//! nothing sent where the profile does not say.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::key_pairs::{decoded, self_signed};
use crate::support::crowd::at_once;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, SECRET, alone};

/// An issuer: its metadata, and the n-th token for the n-th request.
fn issuer() -> Endpoint {
    Endpoint::new(|asked, number| {
        if asked.line.starts_with("GET ") {
            let origin = format!("http://{}", asked.header("host").unwrap());
            return Answer::json(200, &json!({"issuer": origin, "token_endpoint": format!("{origin}/token")}));
        }
        Answer::token(&format!("token-{number}"), DAY).after(Duration::from_millis(100))
    })
}

fn exchanges(endpoint: &Endpoint) -> Vec<Asked> {
    endpoint.asked().into_iter().filter(|asked| asked.line.starts_with("POST ")).collect()
}

/// A profile for each grant and for each provider that is a row, with this issuer.
fn profiles(home: &Home, origin: &str) -> Vec<(&'static str, Json)> {
    let key = json!({"file": home.write("rsa.pem", PRIVATE_KEY, 0o600)});
    let certificate = json!({"file": home.write("cert.pem", CERTIFICATE, 0o644)});
    let subject = json!({"file": home.write("subject", "opaque-subject", 0o600)});
    let url = format!("{origin}/token");
    let jwt = json!({"iss": "me", "sub": "user", "aud": url});
    vec![
        ("jwt-bearer", json!({"grant": "jwt-bearer", "token_url": url, "private_key": key, "jwt": jwt})),
        (
            "a secret",
            json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "client_secret": SECRET}),
        ),
        (
            "discovery",
            json!({"grant": "client-credentials", "issuer": origin, "client_id": "c", "client_secret": SECRET}),
        ),
        (
            "private_key_jwt",
            json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "private_key": key, "jwt": {"aud": url}}),
        ),
        (
            "an assertion",
            json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "assertion": subject}),
        ),
        ("token-exchange", json!({"grant": "token-exchange", "token_url": url, "subject_token": subject})),
        ("google", json!({"provider": "google", "token_url": url, "client_email": "a@b", "private_key": key})),
        (
            "entra",
            json!({"provider": "entra", "authority": origin, "tenant": "t", "client_id": "c", "private_key": key,
                "certificate": certificate, "scopes": ["api://x/.default"]}),
        ),
        ("okta", json!({"provider": "okta", "domain": origin, "client_id": "c", "private_key": key, "scopes": ["x"]})),
        (
            "auth0",
            json!({"provider": "auth0", "domain": origin, "client_id": "c", "client_secret": SECRET, "audience": "a"}),
        ),
        (
            "keycloak",
            json!({"provider": "keycloak", "issuer": format!("{origin}/realms/r"), "client_id": "c", "private_key": key}),
        ),
        (
            "ping",
            json!({"provider": "ping", "domain": origin, "environment": "e", "client_id": "c", "client_secret": SECRET}),
        ),
        ("oidc", json!({"provider": "oidc", "issuer": origin, "client_id": "c", "private_key": key})),
        (
            "google-sts",
            json!({"provider": "google-sts", "token_url": url, "audience": "//iam", "subject_token": subject}),
        ),
        (
            "docusign",
            json!({"provider": "docusign", "server": origin, "client_id": "c", "user": "u", "private_key": key}),
        ),
        (
            "box",
            json!({"provider": "box", "token_url": url, "client_id": "c", "client_secret": SECRET, "key_id": "k1",
                "enterprise_id": "123", "private_key": key}),
        ),
        ("zitadel", json!({"provider": "zitadel", "instance": origin, "user_id": "1", "private_key": key})),
        (
            "zoom",
            json!({"provider": "zoom", "token_url": url, "account_id": "a", "client_id": "c", "client_secret": SECRET}),
        ),
        ("sap", json!({"provider": "sap", "url": origin, "client_id": "c", "client_secret": SECRET})),
        (
            "servicenow",
            json!({"provider": "servicenow", "instance": origin, "client_id": "c", "client_secret": SECRET, "user": "u",
                "private_key": key}),
        ),
        (
            "salesforce",
            json!({"provider": "salesforce", "login": origin, "client_id": "c", "user": "u", "private_key": key}),
        ),
    ]
}

/// A row has a crowd of its own here or in a test of its grant: `github_app`, `vault`, `aws`, and
/// `processes_that_sign_at_once_print_one_token` for the rows that ask no server.
#[test]
fn every_row_meets_a_crowd() {
    const SIGN: [&str; 5] = ["self-signed", "google-self-signed", "snowflake", "app-store-connect", "apns"];
    const ELSEWHERE: [&str; 5] = ["adobe-oauth", "adobe-jwt", "github-app", "vault", "aws"];
    let home = Home::new();
    let here = profiles(&home, "http://127.0.0.1:9");
    let names: Vec<_> = here.iter().flat_map(|(_, profile)| [&profile["provider"], &profile["grant"]]).collect();
    let listed = home.run(["providers", "--json"]).succeeds().json();
    let rows = ["providers", "grants"].into_iter().filter_map(|kind| listed[kind].as_array()).flatten();
    let rows: Vec<_> = rows.map(|row| row["name"].as_str().unwrap()).collect();
    assert!(rows.len() > 24, "{listed}");
    for row in rows {
        let is_met = SIGN.contains(&row) || ELSEWHERE.contains(&row) || names.contains(&&json!(row));
        assert!(is_met, "{row} has no crowd");
    }
}

/// One exchange for so many processes, for each grant.
fn one_exchange_for_each_grant(processes: usize) {
    let _machine = alone();
    let home = Home::bare();
    let endpoint = issuer();
    let profiles = profiles(&home, &endpoint.origin());
    for (name, profile) in &profiles {
        home.profile("default", profile);
        let before = exchanges(&endpoint).len();
        let crowd = at_once(&home, processes, &["token"]);
        let answers: BTreeSet<_> = crowd.iter().map(|(ran, _)| (ran.code, &ran.stdout, &ran.stderr)).collect();
        assert_eq!(answers.len(), 1, "{name}: {answers:?}");
        assert_eq!(answers.first().unwrap().0, 0, "{name}: {answers:?}");
        assert_eq!(exchanges(&endpoint).len() - before, 1, "{name}");
    }
    eprintln!("{processes} processes and one exchange for each of {} rows", profiles.len());
}

#[test]
fn many_processes_make_one_exchange_for_each_grant() {
    one_exchange_for_each_grant(200);
}

#[test]
#[ignore = "a sweep: run tests/sweeps"]
fn a_thousand_processes_make_one_exchange_for_each_grant() {
    one_exchange_for_each_grant(1000);
}

#[test]
fn processes_that_sign_at_once_print_one_token() {
    let _machine = alone();
    let home = Home::bare();
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    home.profile("default", &self_signed(key.to_str().unwrap(), &json!({"iss": "me", "aud": "x"})));
    let crowd = at_once(&home, 1000, &["token"]);
    let tokens: BTreeSet<_> = crowd.iter().map(|(ran, _)| (ran.code, &ran.stdout)).collect();
    assert_eq!(tokens.len(), 1, "each JWT has a jti of its own, so that a second one would differ");
}

#[test]
fn whoami_shows_the_expiry_of_a_signed_token_once() {
    let home = Home::new();
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    home.profile("default", &self_signed(key.to_str().unwrap(), &json!({"iss": "me", "aud": "x"})));
    let shown = home.run(["whoami"]).succeeds().stdout;
    assert_eq!(shown.matches("expires").count(), 1, "{shown}");
}

#[test]
fn each_grant_sends_what_its_standard_says() {
    let home = Home::new();
    let endpoint = issuer();
    for (name, profile) in profiles(&home, &endpoint.origin()) {
        home.profile("default", &profile);
        home.run(["token"]).succeeds();
        let asked = exchanges(&endpoint).pop().unwrap();
        let grant = asked.field("grant_type").unwrap();
        let last = grant.rsplit(':').next().unwrap();
        let expected = match name {
            "jwt-bearer" | "google" | "salesforce" | "servicenow" | "docusign" | "box" | "zitadel" => "jwt-bearer",
            "token-exchange" | "google-sts" => "token-exchange",
            "zoom" => "account_credentials",
            _ => "client_credentials",
        };
        assert_eq!(last, expected, "{name}");
        let by_secret = asked.header("authorization").is_some_and(|value| value.starts_with("Basic "));
        let is_in_form = ["box", "servicenow"].contains(&name);
        assert_eq!(by_secret, profile.get("client_secret").is_some() && !is_in_form, "{name}");
        assert_eq!(asked.field("account_id").is_some(), name == "zoom", "{name}");
        if let Some(assertion) = asked.field("client_assertion").filter(|_| name != "an assertion") {
            let [_, claims] = decoded(&assertion);
            assert_eq!((&claims["iss"], &claims["sub"]), (&json!("c"), &json!("c")), "{name}");
            assert!(claims["jti"].is_string() && claims["aud"].is_string(), "{name}: {claims}");
        }
    }
}

/// issuers.md and the issuers' own pages: there is no common audience.
#[test]
fn each_provider_has_its_own_audience() {
    let home = Home::new();
    let endpoint = issuer();
    let origin = endpoint.origin();
    let expected = [
        ("google", "https://oauth2.googleapis.com/token".to_owned()),
        ("entra", format!("{origin}/t/oauth2/v2.0/token")),
        ("okta", format!("{origin}/oauth2/v1/token")),
        ("keycloak", format!("{origin}/realms/r")),
        ("oidc", origin.clone()),
        ("salesforce", origin.clone()),
        ("docusign", origin.strip_prefix("http://").unwrap().to_owned()),
        ("box", format!("{origin}/token")),
        ("zitadel", origin.clone()),
        ("servicenow", "c".into()),
    ];
    for (name, profile) in profiles(&home, &origin) {
        let Some((_, audience)) = expected.iter().find(|(had, _)| *had == name) else { continue };
        home.profile("default", &profile);
        home.run(["token"]).succeeds();
        let asked = exchanges(&endpoint).pop().unwrap();
        let assertion = asked.field("assertion").or_else(|| asked.field("client_assertion")).unwrap();
        assert_eq!(decoded(&assertion)[1]["aud"], json!(audience), "{name}: one string, not a list");
    }
    let key = home.path("rsa.pem");
    let auth0 =
        json!({"provider": "auth0", "domain": origin, "client_id": "c", "private_key": {"file": key}, "audience": "a"});
    home.profile("default", &auth0);
    home.run(["token"]).succeeds();
    let asked = exchanges(&endpoint).pop().unwrap();
    let [_, claims] = decoded(&asked.field("client_assertion").unwrap());
    assert_eq!(claims["aud"], json!(format!("{origin}/")), "with a slash");
    assert_eq!(asked.field("audience").as_deref(), Some("a"));
}

/// "iat" is in "associated", and the code is about no claim.
#[test]
fn a_client_without_access_is_not_told_to_set_its_clock() {
    let said =
        "Client is not authorized to access \"a\". You need to create a \"client-grant\" associated to this API.";
    let (home, refusing) = (Home::new(), Endpoint::always(Answer::refusal(403, "access_denied", said)));
    let origin = refusing.origin();
    let client =
        json!({"provider": "auth0", "domain": origin, "client_id": "c", "client_secret": SECRET, "audience": "a"});
    home.profile("default", &client);
    home.run(["token"]).fails(4, &["has no access to what it asks for: grant it at the issuer"]);
}

#[test]
fn every_http_try_has_a_jwt_of_its_own() {
    let home = Home::new();
    let endpoint = Endpoint::new(|_, number| match number {
        1 | 2 => Answer::json(503, &json!({})),
        _ => Answer::token("token", DAY),
    });
    for name in ["jwt-bearer", "private_key_jwt"] {
        let profile = profiles(&home, &endpoint.origin()).into_iter().find(|(had, _)| *had == name).unwrap().1;
        home.profile("default", &profile);
        home.run(["token"]).succeeds();
    }
    let sent = endpoint.asked();
    let assertion = |asked: &Asked| asked.field("assertion").or_else(|| asked.field("client_assertion")).unwrap();
    let ids: BTreeSet<_> = sent.iter().map(|asked| decoded(&assertion(asked))[1]["jti"].to_string()).collect();
    assert_eq!((sent.len(), ids.len()), (4, 4));
}

#[test]
fn options_narrow_a_token_where_the_grant_can() {
    let home = Home::new();
    let endpoint = issuer();
    let url = format!("{}/token", endpoint.origin());
    home.profile(
        "default",
        &json!({"grant": "client-credentials", "token_url": url, "client_id": "c",
        "client_secret": SECRET, "scopes": ["read", "write"]}),
    );
    home.run(["token"]).succeeds();
    home.run(["token", "--scope", "read", "--audience", "https://api.example.com"]).succeeds();
    let sent = exchanges(&endpoint);
    assert_eq!((sent[0].field("scope").as_deref(), sent[0].field("audience")), (Some("read write"), None));
    assert_eq!(sent[1].field("scope").as_deref(), Some("read"));
    assert_eq!(sent[1].field("audience").as_deref(), Some("https://api.example.com"));
    home.run(["token", "--scope", "admin"]).fails(2, &["admin"]);
    assert_eq!(exchanges(&endpoint).len(), 2);
}

#[test]
fn a_secret_is_percent_encoded_for_basic() {
    let home = Home::new();
    let endpoint = issuer();
    let url = format!("{}/token", endpoint.origin());
    home.profile(
        "default",
        &json!({"grant": "client-credentials", "token_url": url, "client_id": "a:/b", "client_secret": "p:s% +=ä"}),
    );
    home.run(["token"]).succeeds();
    let sent = exchanges(&endpoint).pop().unwrap();
    let basic = sent.header("authorization").unwrap().strip_prefix("Basic ").unwrap().to_owned();
    let pair = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, basic).unwrap();
    assert_eq!(String::from_utf8(pair).unwrap(), "a%3A%2Fb:p%3As%25%20%2B%3D%C3%A4");
    assert_eq!(sent.field("client_secret"), None);
}
