//! What a profile, an issuer's metadata or its answer can have wrong, each with an error of its own.

use serde_json::{Value as Json, json};

use super::key_pairs::self_signed;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, PRIVATE_KEY, SECRET};

fn discovering(issuer: &str) -> Json {
    json!({"grant": "client-credentials", "issuer": issuer, "client_id": "c", "client_secret": SECRET})
}

/// An issuer with this metadata, in which `ORIGIN` is its own origin.
fn with_metadata(metadata: &'static str) -> Endpoint {
    Endpoint::new(move |asked, number| {
        if asked.line.starts_with("POST ") {
            return Answer::token(&format!("token-{number}"), DAY);
        }
        let origin = format!("http://{}", asked.header("host").unwrap());
        Answer::new(200, &[("Content-Type", "application/json")], &metadata.replace("ORIGIN", &origin))
    })
}

#[test]
fn metadata_chooses_no_other_host() {
    let home = Home::new();
    let elsewhere = Endpoint::tokens(DAY);
    for (metadata, words) in [
        (r#"{"issuer":"ORIGIN/","token_endpoint":"ORIGIN/token"}"#, "exactly as the issuer does"),
        (r#"{"issuer":"https://other.example","token_endpoint":"ORIGIN/token"}"#, "is for the issuer"),
        (r#"{"token_endpoint":"ORIGIN/token"}"#, "is for the issuer"),
        (
            r#"{"issuer":"ORIGIN","token_endpoint":"https://evil.example/token"}"#,
            "another host: https://evil.example/token",
        ),
        (r#"{"issuer":"ORIGIN","token_endpoint":"http://127.0.0.1:1/token"}"#, "another host"),
        (r#"{"issuer":"ORIGIN","token_endpoint":"ftp://x"}"#, "neither https nor http"),
        (r#"{"issuer":"ORIGIN"}"#, "names no \"token_endpoint\""),
    ] {
        let endpoint = with_metadata(metadata);
        home.profile("default", &discovering(&endpoint.origin()));
        home.run(["token", "--no-cache"]).fails(3, &[words]);
        assert!(endpoint.asked().iter().all(|asked| asked.line.starts_with("GET ")), "no secret was sent");
    }
    let endpoint = with_metadata("<html>");
    home.profile("default", &discovering(&endpoint.origin()));
    home.run(["token", "--no-cache"]).fails(5, &["no metadata of an issuer"]);
    // The user may name the other host.
    let endpoint = with_metadata(r#"{"issuer":"ORIGIN","token_endpoint":"https://evil.example/token"}"#);
    let mut profile = discovering(&endpoint.origin());
    profile["token_url"] = json!(format!("{}/token", elsewhere.origin()));
    home.profile("default", &profile);
    home.run(["token", "--no-cache"]).succeeds();
    assert_eq!((endpoint.count(), elsewhere.count()), (0, 1));
}

#[test]
fn metadata_is_asked_once_and_again_when_the_endpoint_moves() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, number| {
        let origin = format!("http://{}", asked.header("host").unwrap());
        let path = asked.line.split(' ').nth(1).unwrap();
        match (path, number) {
            ("/.well-known/oauth-authorization-server/realms/r", ..4) => Answer::json(
                200,
                &json!({"issuer": format!("{origin}/realms/r"), "token_endpoint": format!("{origin}/old")}),
            ),
            ("/.well-known/oauth-authorization-server/realms/r", _) => Answer::json(
                200,
                &json!({"issuer": format!("{origin}/realms/r"), "token_endpoint": format!("{origin}/new")}),
            ),
            ("/realms/r/.well-known/openid-configuration", ..) | ("/old", 5..) => Answer::json(404, &json!({})),
            _ => Answer::token(&format!("token-{number}"), DAY),
        }
    });
    home.profile("default", &discovering(&format!("{}/realms/r", endpoint.origin())));
    for expected in ["token-3", "token-4", "token-8"] {
        assert_eq!(home.run(["token", "--refresh"]).succeeds().stdout.trim(), expected);
    }
    let paths: Vec<_> = endpoint.asked().iter().map(|asked| asked.line.split(' ').nth(1).unwrap().to_owned()).collect();
    assert_eq!(paths.iter().filter(|path| *path == "/old").count(), 3);
    assert_eq!(paths.last().map(String::as_str), Some("/new"));
}

#[test]
fn a_profile_names_one_provider_or_one_grant() {
    let home = Home::new();
    for (profile, words) in [
        (json!({"provider": "okta", "grant": "client-credentials"}), "has a \"provider\" and a \"grant\""),
        (json!({"client_id": "c"}), "has no \"provider\" and no \"grant\""),
        (json!({"grant": "okta"}), "\"provider\" takes okta"),
        (json!({"provider": "jwt-bearer"}), "\"grant\" takes jwt-bearer"),
        (json!({"grant": "password"}), "\"grant\" is one of: "),
        (json!({"grant": "self-signed", "private_key": "x", "jwt": {"audience": "x"}}), "unknown key \"jwt.audience\""),
        (json!({"grant": "self-signed", "private_key": "x", "jwt.aud": "x"}), "unknown key \"jwt.aud\""),
        (json!({"grant": "self-signed", "private_key": "x", "jwt": "x"}), "is not an object"),
        (json!({"grant": "self-signed", "private_key": "x", "jwt": {"lifetime": "soon"}}), "a duration such as 5m"),
        (json!({"grant": "self-signed", "private_key": "x", "jwt": {"iat": "maybe"}}), "true, false"),
        (json!({"grant": "client-credentials", "client_auth": "tls"}), "none, basic, post"),
        (
            json!({"grant": "client-credentials", "client_id": "c", "client_secret": SECRET}),
            "neither \"token_url\" nor \"issuer\"",
        ),
        (json!({"grant": "client-credentials", "token_url": "http://x.example/t"}), "must be https"),
        (json!({"grant": "client-credentials", "form": {"a": "s8e-word"}}), "\"form\""),
    ] {
        home.profile("default", &profile);
        home.run(["token"]).fails(3, &[words]);
    }
}

/// An issuer refuses a JWT that lives too long, so that the profile is refused first.
#[test]
fn a_life_above_the_issuers_ceiling_is_refused() {
    let home = Home::new();
    for (profile, most) in [
        (json!({"provider": "auth0", "domain": "a.example", "client_id": "c", "audience": "x"}), 300),
        (json!({"provider": "salesforce", "client_id": "c", "user": "u", "private_key": "x"}), 300),
        (json!({"provider": "snowflake", "account": "a", "user": "u", "private_key": "x"}), 3600),
        (json!({"provider": "app-store-connect", "issuer_id": "i", "key_id": "k", "private_key": "x"}), 1200),
        (json!({"provider": "google", "client_email": "a@b", "private_key": "x"}), 3600),
        (json!({"provider": "okta", "domain": "a.example", "client_id": "c"}), 3600),
    ] {
        let mut profile = profile;
        profile["jwt"] = json!({"lifetime": most + 1});
        home.profile("default", &profile);
        home.run(["token"])
            .fails(3, &["\"jwt.lifetime\"", &format!("longer than the {most} s that the issuer accepts")]);
    }
}

#[test]
fn answers_of_other_issuers_are_read_or_explained() {
    let home = Home::new();
    let url = |endpoint: &Endpoint| format!("{}/token", endpoint.origin());
    let answering = |status: u16, body: Json| Endpoint::new(move |_, _| Answer::json(status, &body));
    let profile = |endpoint: &Endpoint| json!({"grant": "client-credentials", "token_url": url(endpoint), "client_id": "c", "client_secret": SECRET});
    // Salesforce: an exclamation mark, and no expires_in.
    let endpoint = answering(200, json!({"access_token": "00D!AR8.x", "token_type": "Bearer"}));
    let mut with_life = profile(&endpoint);
    with_life["session_life"] = json!("2h");
    home.profile("default", &with_life);
    let answer = home.run(["json"]).succeeds().json();
    assert_eq!((&answer["access_token"], &answer["expires_at"]), (&json!("00D!AR8.x"), &Json::Null));
    home.age_token(3_600_000);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 1, "two hours of life were promised");
    for (status, body, code, words) in [
        (200, json!({"access_token": "t", "token_type": "DPoP", "expires_in": 60}), 5, "switch DPoP off"),
        (400, json!({"error": "invalid_dpop_proof"}), 4, "switch it off for this client"),
        (200, json!({"id_token": "e30.e30.e30"}), 5, "is one of the \"scopes\" unknown there?"),
        (400, json!({"error": "invalid_scope"}), 4, "\"scopes\""),
        (401, json!({"error": "invalid_client"}), 4, "client_id in "),
        (400, json!({"error": "invalid_grant", "error_description": "Invalid claim: 'aud'"}), 4, "each slash counts"),
        (400, json!({"error": "invalid_grant", "error_description": "The token is expired"}), 4, "clock is wrong"),
        (503, json!({"error": "temporarily_unavailable"}), 5, "try again in a few minutes"),
    ] {
        let endpoint = answering(status, body);
        home.profile("default", &profile(&endpoint));
        home.run(["token", "--no-cache"]).fails(code, &[words]);
    }
    // RFC 8693: a token that is no OAuth token.
    let endpoint = answering(
        200,
        json!({"access_token": "t", "token_type": "N_A", "expires_in": 60,
        "issued_token_type": "urn:ietf:params:oauth:token-type:jwt"}),
    );
    home.profile(
        "default",
        &json!({"grant": "token-exchange", "token_url": url(&endpoint), "subject_token": "opaque"}),
    );
    home.run(["token", "--no-cache"]).succeeds();
}

/// Gateways in front of token endpoints have forms of their own.
#[test]
fn an_error_in_json_is_told_from_another_servers_page() {
    let home = Home::new();
    for (body, said) in [
        (
            json!({"fault": {"faultstring": "Invalid ApiKey", "detail": {"errorcode": "oauth.v2.InvalidApiKey"}}}),
            "(Invalid ApiKey)",
        ),
        (
            json!({"type": "about:blank", "title": "Forbidden", "detail": "the client is disabled"}),
            "(the client is disabled)",
        ),
        (json!({"errorCode": "E1", "errorMessage": "no such client"}), "E1 (no such client)"),
        (json!({"Reason": "blocked", "id": 7}), "403 with JSON that has no error in a known form"),
    ] {
        let endpoint = Endpoint::always(Answer::json(403, &body));
        let url = format!("{}/token", endpoint.origin());
        home.profile(
            "default",
            &json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "client_secret": SECRET}),
        );
        let ran = home.run(["token"]).fails(4, &[said]);
        assert!(!ran.stderr.contains("captive portal"), "{ran:?}");
    }
    for body in ["<html>", "", "null", "{}"] {
        let endpoint = Endpoint::always(Answer::new(403, &[], body));
        let url = format!("{}/token", endpoint.origin());
        home.profile(
            "default",
            &json!({"grant": "client-credentials", "token_url": url, "client_id": "c", "client_secret": SECRET}),
        );
        home.run(["token"]).fails(4, &["403 without an error in JSON", "answered in place of the token endpoint"]);
    }
}

#[test]
fn claims_and_header_are_the_profiles_own() {
    let home = Home::new();
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let own = json!({"iss": "me", "typ": "none", "iat": false, "nbf": true, "jti": false, "lifetime": 45, "backdate": 0,
        "claims": {"box_sub_type": "enterprise", "uris": ["GET a"], "level": 3, "aud": ["a", "b"]}});
    home.profile("default", &self_signed(key.to_str().unwrap(), &own));
    let jwt = home.run(["token"]).succeeds().stdout;
    let [header, claims] = super::key_pairs::decoded(jwt.trim());
    assert_eq!(header, json!({"alg": "RS256"}));
    let names: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["aud", "box_sub_type", "exp", "iss", "level", "nbf", "uris"]);
    assert_eq!(claims["exp"].as_u64().unwrap() - claims["nbf"].as_u64().unwrap(), 45);
    assert_eq!((&claims["level"], &claims["aud"]), (&json!(3), &json!(["a", "b"])));
    let shown = home.run(["show"]).succeeds().stdout;
    assert!(shown.contains("box_sub_type") && !shown.contains("jwt.iss"), "{shown}");
}
