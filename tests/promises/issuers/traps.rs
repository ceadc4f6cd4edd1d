//! What is most often got wrong about an issuer, a test each.

use std::time::{Duration, SystemTime};

use serde_json::{Value as Json, json};

use super::key_pairs::{decoded, is_verified, make, openssl};
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::{Home, PRIVATE_KEY, has_client};

fn assertion(asked: &Asked) -> [Json; 2] {
    decoded(&asked.field("assertion").unwrap())
}

fn box_profile(home: &Home, endpoint: &Endpoint) -> Json {
    json!({"provider": "box", "token_url": format!("{}/oauth2/token", endpoint.origin()), "client_id": "c",
        "client_secret": "box-secret-0001", "key_id": "k1", "enterprise_id": "123",
        "private_key": {"file": home.write("rsa.pem", PRIVATE_KEY, 0o600)}})
}

#[test]
fn boxs_jwt_lives_a_minute_at_most_and_has_no_iat() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let mut profile = box_profile(&home, &endpoint);
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let asked = endpoint.asked().pop().unwrap();
    let [header, claims] = assertion(&asked);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let lives = claims["exp"].as_u64().unwrap() - now;
    assert!((30..=60).contains(&lives), "{lives}");
    assert_eq!(
        (&header["kid"], &claims["box_sub_type"], claims.get("iat")),
        (&json!("k1"), &json!("enterprise"), None)
    );
    assert_eq!(claims["sub"], json!("123"), "text, not a number");
    assert!((16..=128).contains(&claims["jti"].as_str().unwrap().len()));
    assert_eq!(asked.field("client_secret").as_deref(), Some("box-secret-0001"), "in the form");
    profile["jwt"] = json!({"sub": "user-7", "claims": {"box_sub_type": "user"}});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let [_, claims] = assertion(&endpoint.asked().pop().unwrap());
    assert_eq!((&claims["sub"], &claims["box_sub_type"]), (&json!("user-7"), &json!("user")));
    profile["jwt"] = json!({"lifetime": "61s"});
    home.profile("default", &profile);
    home.run(["token"]).fails(3, &["longer than the 60 s"]);
}

#[test]
fn a_clock_that_is_off_is_corrected_by_boxs_date() {
    let home = Home::new();
    let date = httpdate::fmt_http_date(SystemTime::now() - Duration::from_secs(600));
    let endpoint = Endpoint::new(move |_, number| match number {
        1 => {
            let body = json!({"error": "invalid_grant",
                "error_description": "Current date/time MUST be before the expiration date/time listed in the 'exp' claim"});
            Answer::new(400, &[("Date", &date)], &body.to_string())
        }
        _ => Answer::token("corrected", DAY),
    });
    home.profile("default", &box_profile(&home, &endpoint));
    assert_eq!(home.run(["token"]).succeeds().stdout, "corrected\n");
    let asked = endpoint.asked();
    let exp = |at: usize| assertion(&asked[at])[1]["exp"].as_u64().unwrap();
    assert!((595..=605).contains(&(exp(0) - exp(1))));
}

/// Box's console hands out a key in PKCS#8 that triple DES encrypts.
#[test]
fn boxs_file_is_imported_with_its_encrypted_key() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let endpoint = Endpoint::tokens(DAY);
    let key = openssl(&home, "pkcs8 -topk8 -v2 des3 -v2prf hmacWithSHA1 -in rsa.pem -passout pass:box-phrase-1");
    let file = json!({"boxAppSettings": {"clientID": "c", "clientSecret": "box-secret-0001", "appAuth": {
        "publicKeyID": "k1", "privateKey": String::from_utf8(key).unwrap(), "passphrase": "box-phrase-1"}},
        "enterpriseID": "123"});
    let path = home.write("box.json", &file.to_string(), 0o600);
    imported(&home, &path, &["--as", "box"], &json!({"token_url": format!("{}/token", endpoint.origin())}));
    home.run(["-p", "box", "token"]).succeeds();
    let jwt = endpoint.asked().pop().unwrap().field("assertion").unwrap();
    assert!(is_verified(&home, &jwt, "rsa.pub"));
    assert_eq!(decoded(&jwt)[0]["kid"], json!("k1"));
}

/// Imports a file, and changes the server of its profile.
fn imported(home: &Home, path: &std::path::Path, options: &[&str], server: &Json) {
    let args = ["import", "--no-check", path.to_str().unwrap()].into_iter().chain(options.iter().copied());
    let ran = home.run(args);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for secret in ["box-phrase-1", "box-secret-0001"] {
        assert!(!ran.stdout.contains(secret), "{ran:?}");
    }
    let name = options[1];
    let written = std::fs::read_to_string(home.path(format!("config/profiles/{name}.json"))).unwrap();
    let mut profile: Json = serde_json::from_str(&written).unwrap();
    for (key, value) in server.as_object().unwrap() {
        profile[key] = value.clone();
    }
    home.profile(name, &profile);
}

#[test]
fn zitadels_file_is_imported_with_the_instance() {
    if !has_client("openssl") {
        return;
    }
    let home = Home::new();
    make(&home);
    let endpoint = Endpoint::tokens(DAY);
    let key = String::from_utf8(openssl(&home, "rsa -in rsa.pem -traditional")).unwrap();
    let file = json!({"type": "serviceaccount", "keyId": "816", "key": key, "userId": "1005"});
    let path = home.write("zitadel.json", &file.to_string(), 0o600);
    home.run(["import", path.to_str().unwrap(), "--as", "z"]).fails(3, &["has no \"instance\"", "--instance ORIGIN"]);
    let instance = endpoint.origin();
    imported(&home, &path, &["--as", "z", "--instance", &instance], &json!({}));
    home.run(["-p", "z", "token"]).succeeds();
    let asked = endpoint.asked().pop().unwrap();
    let [header, claims] = assertion(&asked);
    assert_eq!((&header["kid"], &claims["iss"], &claims["sub"]), (&json!("816"), &json!("1005"), &json!("1005")));
    assert_eq!(claims["aud"], json!(instance), "the instance, not the endpoint");
    assert_eq!(asked.line, "POST /oauth/v2/token HTTP/1.1");
}

#[test]
fn saps_service_key_is_imported_for_saps_servers_only() {
    let home = Home::new();
    let endpoint = Endpoint::tokens(DAY);
    let mut key = json!({"clientid": "sb-app!t1", "clientsecret": "sap-secret-0001", "url": endpoint.origin(),
        "uaadomain": "authentication.eu10.hana.ondemand.com"});
    let path = home.write("sap.json", &json!({"credentials": key}).to_string(), 0o600);
    let path = path.to_str().unwrap();
    home.run(["-p", path, "token"]).succeeds();
    assert_eq!(endpoint.asked()[0].line, "POST /oauth/token HTTP/1.1");
    key["url"] = json!("https://evil.example.com");
    home.write("sap.json", &key.to_string(), 0o600);
    home.run(["-p", path, "token"]).fails(3, &["has no \"url\"", "not one of SAP's"]);
    key.as_object_mut().unwrap().remove("clientsecret");
    home.write("sap.json", &key.to_string(), 0o600);
    home.run(["-p", path, "token"]).fails(3, &["mutual TLS"]);
}

#[test]
fn google_sts_acts_as_a_service_account() {
    let home = Home::new();
    let endpoint = Endpoint::new(|asked, _| match asked.line.split(' ').nth(1).unwrap() {
        "/v1/token" => Answer::token("federated-token", 3600),
        "/v1/projects/-/serviceAccounts/ci@acme.iam.gserviceaccount.com:generateAccessToken" => {
            assert_eq!(asked.header("authorization"), Some("Bearer federated-token"));
            let body: Json = serde_json::from_str(&asked.body).unwrap();
            assert_eq!(
                body,
                json!({"scope": ["https://www.googleapis.com/auth/devstorage.read_only"], "lifetime": "3600s"})
            );
            let end = humantime::format_rfc3339_seconds(SystemTime::now() + Duration::from_secs(3600)).to_string();
            Answer::json(200, &json!({"accessToken": "ya29.account", "expireTime": end}))
        }
        other => panic!("{other}"),
    });
    let origin = endpoint.origin();
    home.profile("default", &json!({"provider": "google-sts", "audience": "//iam.googleapis.com/x", "subject_token": "opaque",
        "token_url": format!("{origin}/v1/token"), "iam_url": origin, "service_account": "ci@acme.iam.gserviceaccount.com",
        "scopes": ["https://www.googleapis.com/auth/devstorage.read_only"]}));
    let answer = home.run(["json"]).succeeds().json();
    assert_eq!(answer["access_token"], json!("ya29.account"));
    assert!(answer["expires_at"].is_string());
    let exchanged = endpoint.asked()[0].field("scope").unwrap();
    assert_eq!(exchanged, "https://www.googleapis.com/auth/cloud-platform", "impersonation needs it");
}

fn apns_home() -> Home {
    let home = Home::new();
    make(&home);
    home.profile(
        "default",
        &json!({"provider": "apns", "team_id": "DEF123GHIJ", "key_id": "ABC123DEFG",
        "private_key": {"file": home.path("ec.pem")}, "headers": {"apns-topic": "com.example.app"}}),
    );
    home
}

#[test]
fn a_token_of_apns_has_no_exp_and_is_a_bearer_in_small_letters() {
    if !has_client("openssl") {
        return;
    }
    let home = apns_home();
    let headers = home.run(["headers"]).succeeds().stdout;
    let (first, topic) = headers.split_once('\n').unwrap();
    assert_eq!(topic, "apns-topic: com.example.app\n");
    let token = first.strip_prefix("Authorization: bearer ").unwrap();
    let [header, claims] = decoded(token);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("ES256"), &json!("ABC123DEFG")));
    let claims = claims.as_object().unwrap();
    assert_eq!((claims.len(), &claims["iss"]), (2, &json!("DEF123GHIJ")), "{claims:?}");
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let age = now - claims["iat"].as_u64().unwrap();
    assert!((55..=70).contains(&age), "a clock that is a little ahead does no harm: {age}");
    assert!(is_verified(&home, token, "ec.pub"));
    // By Apple's clock it is valid for an hour.
    let json = home.run(["json"]).succeeds().json();
    let end = humantime::parse_rfc3339(json["expires_at"].as_str().unwrap()).unwrap();
    let left = end.duration_since(SystemTime::now()).unwrap().as_secs();
    assert!((3_000..3_540).contains(&left), "{left}");
}

/// Lets the cached token be this much older.
fn signed(home: &Home, minutes: u64) {
    home.age_token(minutes * 60_000);
    let mut record = home.record();
    let choice = &mut record["token"]["choices"][0];
    let at: u64 = choice["taken"].as_str().unwrap().parse().unwrap();
    choice["taken"] = json!((at - minutes * 60).to_string());
    std::fs::write(home.record_path().unwrap(), record.to_string()).unwrap();
}

/// A newer one would be answered with `TooManyProviderTokenUpdates`.
#[test]
fn a_token_of_apns_has_no_successor_before_20_minutes() {
    if !has_client("openssl") {
        return;
    }
    let home = apns_home();
    let first = home.run(["token"]).succeeds().stdout;
    home.run(["token", "--refresh"])
        .fails(5, &["Apple refuses a new token so soon", "must be at least 20m old", "--refresh"]);
    assert_eq!(home.run(["token"]).succeeds().stdout, first, "the cached one stays");
    signed(&home, 19);
    home.run(["token", "--refresh"]).fails(5, &["is 19m"]);
    home.run(["token", "--min-ttl", "50m"]).fails(5, &["--min-ttl"]);
    signed(&home, 2);
    let second = home.run(["token", "--refresh"]).succeeds().stdout;
    assert_ne!(second, first);
    signed(&home, 56);
    assert_ne!(home.run(["token"]).succeeds().stdout, second, "it has expired");
}

#[test]
fn doctor_asks_apns_for_no_token_that_is_too_young() {
    if !has_client("openssl") {
        return;
    }
    let home = apns_home();
    let exchange = || {
        let report = home.run(["doctor", "--json"]).succeeds().json();
        let found = report["findings"].as_array().unwrap().iter().find(|finding| finding["id"] == "token.exchange");
        found.unwrap_or_else(|| panic!("{report}")).clone()
    };
    assert_eq!(exchange()["level"], "ok", "there is no older token");
    let first = home.run(["token"]).succeeds().stdout;
    let kept = exchange();
    assert_eq!(kept["level"], "skipped");
    let text = kept["text"].as_str().unwrap();
    assert!(text.starts_with("the cached token is used: Apple refuses a new token so soon"), "{text}");
    assert_eq!(home.run(["token"]).succeeds().stdout, first);
    assert!(home.record()["failures"].as_array().is_none_or(Vec::is_empty), "no failure is recorded");
    signed(&home, 21);
    assert_eq!(exchange()["level"], "ok");
    assert_ne!(home.run(["token"]).succeeds().stdout, first);
}

/// The organisation's settings say how long a session lives; the answer does not.
#[test]
fn a_token_of_salesforce_has_an_exclamation_mark_and_no_expiry() {
    let home = Home::new();
    let endpoint = Endpoint::new(|_, number| {
        let token = format!("00D50000000IZ3Z!AQ0AQDpEDKYsn7ioKug2aSmgCjgrPjG{number}");
        Answer::json(
            200,
            &json!({"access_token": token, "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id/00D/005", "scope": "api", "token_type": "Bearer"}),
        )
    });
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let mut profile = json!({"provider": "salesforce", "login": endpoint.origin(), "client_id": "c", "user": "ci@acme.example",
        "private_key": {"file": key}});
    home.profile("default", &profile);
    let answer = home.run(["json"]).succeeds().json();
    assert!(answer["access_token"].as_str().unwrap().starts_with("00D50000000IZ3Z!AQ0"), "{answer}");
    assert_eq!(answer["fields"]["instance_url"], json!("https://acme.my.salesforce.com"));
    assert_eq!(answer["expires_at"], Json::Null, "the issuer gave no expiry");
    let [_, claims] = assertion(&endpoint.asked()[0]);
    assert_eq!(claims["aud"], json!(endpoint.origin()), "the login server, not the token URL");
    // Without a known life it is taken for ten minutes.
    home.age_token(240_000);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 1);
    home.age_token(400_000);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 2);
    profile["session_life"] = json!("2h");
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    home.age_token(3_600_000);
    home.run(["token"]).succeeds();
    assert_eq!(endpoint.count(), 3, "two hours, as the profile says");
}

#[test]
fn servicenows_audience_is_the_client_and_jti_for_one_use() {
    let home = Home::new();
    let endpoint = Endpoint::new(|_, number| match number {
        1 => Answer::json(503, &json!({})),
        _ => Answer::token("token", 1800),
    });
    let key = home.write("rsa.pem", PRIVATE_KEY, 0o600);
    let mut profile = json!({"provider": "servicenow", "instance": endpoint.origin(), "client_id": "c", "user": "ci@acme.example",
        "client_secret": "now-secret-0001", "private_key": {"file": key}, "jwt": {"key_id": "k1"}});
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let asked = endpoint.asked();
    let ids: Vec<Json> = asked.iter().map(|asked| assertion(asked)[1]["jti"].clone()).collect();
    assert!(asked.len() == 2 && ids[0].is_string() && ids[0] != ids[1], "{ids:?}");
    assert_eq!(asked[1].line, "POST /oauth_token.do HTTP/1.1");
    let [header, claims] = assertion(&asked[1]);
    assert_eq!((&header["kid"], &header["alg"]), (&json!("k1"), &json!("RS256")));
    for (claim, value) in [("iss", "c"), ("aud", "c"), ("sub", "ci@acme.example")] {
        assert_eq!(claims[claim], value, "one string");
    }
    let form = ["client_id", "client_secret"].map(|name| asked[1].field(name).unwrap());
    assert_eq!((form, asked[1].header("authorization")), (["c".into(), "now-secret-0001".into()], None));
    profile["jwt"]["aud"] = json!("{token_url}");
    home.profile("default", &profile);
    home.run(["token"]).succeeds();
    let claims = &assertion(&endpoint.asked().pop().unwrap())[1];
    assert_eq!(claims["aud"], json!(format!("{}/oauth_token.do", endpoint.origin())), "as one of its pages says");
    let refusing = Endpoint::always(Answer::refusal(401, "access_denied", "access_denied"));
    profile["instance"] = json!(refusing.origin());
    home.profile("default", &profile);
    home.run(["token"]).fails(4, &["ServiceNow rejected the assertion", "\"aud\" may also be the token endpoint"]);
}
