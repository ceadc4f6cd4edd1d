//! How each issuer ends a token: where the request goes, what it has, and what happens where an issuer ends none.

use serde_json::{Value as Json, json};

use super::aws;
use super::github_app::{self, home_at};
use super::key_pairs::{decoded, self_signed};
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::files::openssl;
use crate::support::{CERTIFICATE, Home, PRIVATE_KEY, Ran, SECRET, has_client};

/// An issuer with metadata and tokens, and this answer to all other requests.
fn issuer(ending: Answer) -> Endpoint {
    Endpoint::new(move |asked, _| {
        let origin = format!("http://{}", asked.header("host").unwrap());
        if asked.line.starts_with("GET ") {
            return Answer::json(
                200,
                &json!({"issuer": origin, "token_endpoint": format!("{origin}/token"),
                "revocation_endpoint": format!("{origin}/end")}),
            );
        }
        if asked.field("grant_type").is_some() { Answer::token("t0ken", DAY) } else { ending.clone() }
    })
}

/// Gets a token and revokes it. Returns how that ended, and the last request.
fn revoked(home: &Home, endpoint: &Endpoint, profile: &Json) -> (Ran, Asked) {
    home.profile("default", profile);
    home.run(["token", "--refresh"]).succeeds();
    (home.run(["revoke", "default", "--yes"]), endpoint.asked().pop().unwrap())
}

fn has_token(home: &Home) -> bool {
    home.run(["list", "--json"]).succeeds().json()["profiles"][0]["token"] == "valid"
}

fn client(token_url: &str) -> Json {
    json!({"grant": "client-credentials", "token_url": token_url, "client_id": "c", "client_secret": SECRET})
}

#[test]
fn each_issuer_is_asked_where_it_revokes_tokens() {
    let (home, endpoint) = (Home::new(), issuer(Answer::new(200, &[], "")));
    let origin = endpoint.origin();
    let key = json!({"file": home.write("rsa.pem", PRIVATE_KEY, 0o600)});
    let okta = json!({"provider": "okta", "domain": origin, "client_id": "c", "private_key": key, "scopes": ["x"]});
    let mut custom = okta.clone();
    custom["token_url"] = json!(format!("{origin}/oauth2/mine/v1/token"));
    let by_url = {
        let mut profile = client(&format!("{origin}/token"));
        profile["revocation_url"] = json!(format!("{origin}/rfc7009"));
        profile
    };
    for (name, profile, path, audience) in [
        ("okta", okta, "/oauth2/v1/revoke", Some(format!("{origin}/oauth2/v1/revoke"))),
        ("another server of okta", custom, "/oauth2/mine/v1/revoke", Some(format!("{origin}/oauth2/mine/v1/revoke"))),
        (
            "keycloak",
            json!({"provider": "keycloak", "issuer": format!("{origin}/realms/r"), "client_id": "c", "private_key": key}),
            "/realms/r/protocol/openid-connect/revoke",
            Some(format!("{origin}/realms/r")),
        ),
        (
            "metadata",
            json!({"provider": "oidc", "issuer": origin, "client_id": "c", "private_key": key}),
            "/end",
            Some(origin.clone()),
        ),
        (
            "salesforce",
            json!({"provider": "salesforce", "login": origin, "client_id": "c", "user": "u", "private_key": key}),
            "/services/oauth2/revoke",
            None,
        ),
        (
            "box",
            json!({"provider": "box", "token_url": format!("{origin}/oauth2/token"), "client_id": "c", "key_id": "k",
                "client_secret": SECRET, "enterprise_id": "1", "private_key": key}),
            "/oauth2/revoke",
            None,
        ),
        ("a profile's own URL", by_url, "/rfc7009", None),
    ] {
        let (ran, asked) = revoked(&home, &endpoint, &profile);
        assert!(ran.succeeds().stdout.starts_with("revoked the token of "), "{name}");
        assert_eq!(asked.line, format!("POST {path} HTTP/1.1"), "{name}");
        assert_eq!(asked.header("content-type"), Some("application/x-www-form-urlencoded"), "{name}");
        let [token, hint] = ["token", "token_type_hint"].map(|field| asked.field(field).unwrap());
        assert_eq!((token.as_str(), hint.as_str()), ("t0ken", "access_token"), "{name}");
        let by_header = asked.header("authorization").is_some_and(|value| value.starts_with("Basic "));
        assert_eq!(by_header, name == "a profile's own URL", "{name}");
        assert_eq!(asked.field("client_secret").is_some(), name == "box", "{name}");
        assert_eq!(asked.field("client_id").is_some(), !by_header, "{name}");
        let sent = asked.field("client_assertion").map(|jwt| decoded(&jwt)[1]["aud"].as_str().unwrap().to_owned());
        assert_eq!(sent, audience, "{name}");
        assert!(!has_token(&home), "{name}");
    }
}

#[test]
fn metadata_choose_no_other_host_for_the_token() {
    let other = Endpoint::always(Answer::new(200, &[], ""));
    let elsewhere = format!("{}/end", other.origin());
    let named = elsewhere.clone();
    let endpoint = Endpoint::new(move |asked, _| {
        let origin = format!("http://{}", asked.header("host").unwrap());
        if !asked.line.starts_with("GET ") {
            return Answer::token("t0ken", DAY);
        }
        let token_endpoint = format!("{origin}/token");
        Answer::json(200, &json!({"issuer": origin, "token_endpoint": token_endpoint, "revocation_endpoint": named}))
    });
    let home = Home::new();
    let mut profile = client("unused");
    profile["issuer"] = json!(endpoint.origin());
    profile.as_object_mut().unwrap().remove("token_url");
    let (ran, _) = revoked(&home, &endpoint, &profile);
    let line = format!("\"revocation_url\": \"{elsewhere}\"");
    ran.fails(3, &["names a revocation endpoint on another host", &line]);
    assert!(has_token(&home) && other.count() == 0);
    profile["revocation_url"] = json!(elsewhere);
    revoked(&home, &endpoint, &profile).0.succeeds();
    assert_eq!(other.asked()[0].field("token").as_deref(), Some("t0ken"));
    profile["revocation_url"] = json!("http://end.example.com/revoke");
    home.profile("default", &profile);
    home.run(["revoke", "default", "--yes"]).fails(3, &["revocation_url"]);
}

#[test]
fn answers_of_issuers_are_told_apart() {
    for (status, error, code, words, is_cached) in [
        // RFC 7009, section 2.2.1.
        (400, "unsupported_token_type", 1, "is no longer cached, and is valid until ", false),
        // An error at Salesforce, and none by the standard.
        (400, "invalid_token", 0, "", false),
        // No such answer: it says nothing about the token.
        (500, "unsupported_token_type", 5, "it is still cached, and is valid until ", true),
        (403, "unsupported_token_type", 4, "was not revoked", true),
        (503, "invalid_token", 5, "it is still cached, and is valid until ", true),
        (401, "invalid_client", 4, "was not revoked", true),
        (400, "unauthorized_client", 4, "allow the client", true),
        (404, "", 4, "correct \"revocation_url\"", true),
        (503, "", 5, "it is still cached, and is valid until ", true),
    ] {
        let (home, endpoint) = (Home::new(), issuer(Answer::json(status, &json!({"error": error}))));
        let mut profile = client(&format!("{}/token", endpoint.origin()));
        profile["revocation_url"] = json!(format!("{}/revoke", endpoint.origin()));
        let (ran, _) = revoked(&home, &endpoint, &profile);
        if code == 0 {
            ran.succeeds();
        } else {
            ran.fails(code, &[words, "remove the client's key or secret at the issuer"]);
        }
        assert_eq!(has_token(&home), is_cached, "{status} {error}");
    }
}

#[test]
fn the_next_secret_is_sent_if_the_first_is_rejected() {
    let endpoint = Endpoint::new(|asked, _| {
        let is_first = asked.header("authorization").is_some_and(|value| value.ends_with("Yzpvbmx5LW9uZQ=="));
        match (is_first, asked.field("grant_type").is_some()) {
            (true, _) => Answer::refusal(401, "invalid_client", "wrong"),
            (false, true) => Answer::token("t0ken", DAY),
            (false, false) => Answer::new(200, &[], ""),
        }
    });
    let home = Home::new();
    let mut profile = client(&format!("{}/token", endpoint.origin()));
    profile["client_secret"] = json!(["only-one", "only-two"]);
    profile["revocation_url"] = json!(format!("{}/revoke", endpoint.origin()));
    revoked(&home, &endpoint, &profile).0.succeeds();
    assert_eq!(endpoint.count(), 3, "the secret that the issuer accepted comes first");
}

#[test]
fn an_installation_token_ends_itself() {
    for (status, code, is_cached) in [(204, 0, false), (401, 0, false), (500, 5, true)] {
        let api = Endpoint::new(move |asked, _| match asked.line.split(' ').next() {
            Some("DELETE") => Answer::new(status, &[], ""),
            Some("GET") => Answer::json(200, &json!({"id": 100})),
            _ => github_app::token("ghs_1"),
        });
        let home = home_at(&api, &json!({"owner": "acme"}));
        home.run(["token"]).succeeds();
        let ran = home.run(["revoke", "default", "--yes"]);
        assert_eq!((ran.code, has_token(&home)), (code, is_cached), "{ran:?}");
        let asked = api.asked().pop().unwrap();
        assert_eq!(asked.line, "DELETE /installation/token HTTP/1.1");
        assert_eq!(asked.header("authorization"), Some("Bearer ghs_1"));
        assert_eq!(asked.header("x-github-api-version"), Some("2022-11-28"));
    }
}

#[test]
fn a_token_of_vault_ends_itself() {
    let server = Endpoint::new(|asked, _| {
        let is_login = asked.line.contains("/login ");
        let login = json!({"auth": {"client_token": "hvs.t", "lease_duration": 900}});
        if is_login { Answer::json(200, &login) } else { Answer::new(204, &[], "") }
    });
    let home = Home::new();
    home.profile(
        "default",
        &json!({"provider": "vault", "address": server.origin(), "role": "ci", "namespace": "team/a", "subject_token": "x"}),
    );
    home.run(["token"]).succeeds();
    home.run(["revoke", "default", "--yes"]).succeeds();
    let asked = server.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /v1/auth/token/revoke-self HTTP/1.1");
    assert_eq!((asked.header("x-vault-token"), asked.header("x-vault-namespace")), (Some("hvs.t"), Some("team/a")));
    assert!(!has_token(&home));
}

/// The token is dropped, and the user learns until when it is valid and where to remove the key.
#[test]
fn an_issuer_that_ends_no_tokens_is_not_asked() {
    let sts = Endpoint::new(|_, _| aws::credentials(3600));
    let (home, endpoint) = (Home::new(), issuer(Answer::new(200, &[], "")));
    let origin = endpoint.origin();
    let url = format!("{origin}/token");
    let file = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let key = json!({"file": file});
    let certificate = json!({"file": home.write("cert.pem", CERTIFICATE, 0o644)});
    let mut profiles = vec![
        ("google", json!({"token_url": url, "client_email": "a@b", "private_key": key}), "disable or delete"),
        ("snowflake", json!({"account": "A", "user": "U", "private_key": key}), "UNSET RSA_PUBLIC_KEY"),
        ("zitadel", json!({"instance": origin, "user_id": "1", "private_key": key}), "delete the key"),
        (
            "entra",
            json!({"authority": origin, "tenant": "t", "client_id": "c", "private_key": key, "certificate": certificate,
                "scopes": ["api://x/.default"]}),
            "Certificates & secrets",
        ),
        ("auth0", json!({"domain": origin, "client_id": "c", "client_secret": SECRET, "audience": "a"}), "Credentials"),
        (
            "ping",
            json!({"domain": origin, "environment": "e", "client_id": "c", "client_secret": SECRET}),
            "Configuration",
        ),
        ("aws", aws::profile(&sts.origin()), "Revoke sessions"),
    ];
    if has_client("openssl") {
        openssl(&home, "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem");
        let key = json!({"file": home.path("ec.pem")});
        profiles.push((
            "app-store-connect",
            json!({"issuer_id": "i", "key_id": "k", "private_key": key}),
            "revoke the key",
        ));
    }
    for (provider, profile, _) in &mut profiles {
        profile["provider"] = json!(provider);
    }
    let signed = self_signed(file.to_str().unwrap(), &json!({"iss": "me", "aud": "x"}));
    profiles.push(("self-signed", signed, "remove the public key"));
    profiles.push(("a token URL alone", client(&url), "remove the client's key or secret"));
    for (name, profile, remove) in profiles {
        home.profile("default", &profile);
        home.run([if name == "aws" { "aws" } else { "token" }]).succeeds();
        let asked = endpoint.count() + sts.count();
        let ran = home.run(["revoke", "default", "--yes"]);
        ran.fails(1, &["is no longer cached, and is valid until 20", remove]);
        assert!(!has_token(&home) && endpoint.count() + sts.count() == asked, "{name}");
    }
}
