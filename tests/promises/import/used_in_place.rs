//! A complete file of a console or another tool works as a profile. For an incomplete one, the error says what is
//! missing and shows the command line that supplies it.

use std::collections::BTreeSet;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwt_credential::profile::format;
use jwt_credential::provider::FORMATS;
use serde_json::{Map, Value as Json, json};

use crate::support::endpoint::{Answer, Asked, DAY, DAY_MS, Endpoint};
use crate::support::fixtures::{
    CLIENT_ID, CLIENT_SECRET, ENDPOINTS, ORG_ID, TECHNICAL_ACCOUNT_ID, at, names, put, run, text,
};
use crate::support::{Home, Ran, has_client};

/// Complete files: the grant, and the difference from the mock's complete credential (a merge patch, RFC 7396).
pub(super) const COMPLETE: [(&str, &str, &str); 36] = [
    ("adobe-jwt-auth.commerce.json", "adobe-oauth", "{}"),
    ("adobe-jwt-auth.complete.json", "adobe-jwt", "{}"),
    ("adobe-jwt-auth.oauth.json", "adobe-oauth", r#"{"technical_account_id": null}"#),
    ("aem-service-credentials.complete.json", "adobe-jwt", r#"{"certificate": "(PEM)"}"#),
    ("aem-service-credentials.oauth-bare.json", "adobe-oauth", "{}"),
    ("aem-service-credentials.oauth.json", "adobe-oauth", "{}"),
    ("aepp.oauth.json", "adobe-oauth", r#"{"technical_account_id": null, "headers": {"x-sandbox-name": "prod"}}"#),
    ("aio-config.before-contexts.json", "adobe-jwt", r#"{"private_key": "FILE"}"#),
    ("aio-config.context-jwt.json", "adobe-jwt", "{}"),
    ("aio-config.context.json", "adobe-oauth", "{}"),
    ("aio-config.dotenv.env", "adobe-jwt", "{}"),
    ("aio-config.hjson.json", "adobe-jwt", "{}"),
    ("aio-config.jwt.env", "adobe-jwt", "{}"),
    ("aio-config.jwt.json", "adobe-jwt", "{}"),
    ("aio-config.oauth.env", "adobe-oauth", "{}"),
    ("aio-config.oauth.json", "adobe-oauth", "{}"),
    ("aio-config.oldest.json", "adobe-jwt", r#"{"private_key": "FILE"}"#),
    ("aio-config.stage.json", "adobe-oauth", r#"{"ims": "https://ims-na1-stg1.adobelogin.com"}"#),
    ("aio-config.web.json", "adobe-oauth", "{}"),
    ("aio-config.yaml.yml", "adobe-jwt", "{}"),
    ("console-credential.commerce.env", "adobe-oauth", "{}"),
    (
        "console-credential.completed.json",
        "adobe-jwt",
        r#"{"private_key": "FILE", "credential_expires": "2027-08-27"}"#,
    ),
    ("console-credential.oauth.json", "adobe-oauth", "{}"),
    ("console-credential.rotating.json", "adobe-oauth", r#"{"client_secret": ["(secret)", "(secret)"]}"#),
    ("console-credential.starter-kit.env", "adobe-oauth", r#"{"technical_account_id": null}"#),
    ("console-project.migrating.json", "adobe-oauth", "{}"),
    ("console-project.oauth.json", "adobe-oauth", "{}"),
    ("imscli.jwt.yml", "adobe-jwt", r#"{"private_key": "FILE"}"#),
    ("imscli.oauth.json", "adobe-oauth", r#"{"technical_account_id": null}"#),
    ("postman-environment.jwt.json", "adobe-jwt", "{}"),
    ("postman-environment.oauth.json", "adobe-oauth", r#"{"headers": {"x-sandbox-name": "prod"}}"#),
    ("umapi-connector.first.yml", "adobe-jwt", r#"{"metascopes": ["ent_user_sdk"]}"#),
    ("umapi-connector.integration.yml", "adobe-jwt", r#"{"metascopes": ["ent_user_sdk"], "private_key": "FILE"}"#),
    ("umapi-connector.jwt.yml", "adobe-jwt", r#"{"metascopes": ["ent_user_sdk"], "private_key": "FILE"}"#),
    (
        "umapi-connector.methodless.yml",
        "adobe-oauth",
        r#"{"scopes": ["openid", "AdobeID", "user_management_sdk"], "technical_account_id": null}"#,
    ),
    (
        "umapi-connector.oauth.yml",
        "adobe-oauth",
        r#"{"scopes": ["openid", "AdobeID", "user_management_sdk"], "technical_account_id": null}"#,
    ),
];

/// What is missing in a file, and the options that supply it.
pub(super) const INCOMPLETE: [(&str, &[&str], &str); 12] = [
    ("adobe-jwt-auth.keyless.json", &["has no \"private_key\"\n"], "--private-key private.key"),
    ("aepp.jwt.json", &["has no \"metascopes\"\n"], "--metascopes LIST"),
    ("aio-config.context-oldest.json", &["has no \"private_key\"\n"], "--private-key private.key"),
    ("aio-config.keyless.env", &["has no \"private_key\"\n"], "--private-key private.key"),
    ("aio-config.two.json", &["holds several credentials\n", "manager, 5a4db", "my_jwt, 5a4db"], "--select NAME"),
    (
        "console-credential.jwt.json",
        &["has no \"metascopes\" and no \"private_key\"\n"],
        "--metascopes LIST --private-key private.key",
    ),
    ("console-project.jwt.json", &["has no \"private_key\"\n"], "--private-key private.key"),
    (
        "console-project.two.json",
        &["holds several credentials\n", "there are: Credential in Sandbox", "436001 (adobe-oauth); Service Account"],
        "--select NAME",
    ),
    ("pdf-services.jwt.json", &["has no \"metascopes\"\n", "--metascopes ent_documentcloud_sdk"], "--metascopes LIST"),
    ("pdf-services.oauth.json", &["has no \"scopes\"\n", "--scopes openid,AdobeID,DCAPI"], "--scopes LIST"),
    ("postman-environment.keyless.json", &["has no \"private_key\"\n"], "--private-key private.key"),
    ("postman-environment.scopeless.json", &["has no \"scopes\"\n"], "--scopes LIST"),
];

/// The formats of other providers.
const OF_OTHERS: [&str; 4] =
    ["google-service-account", "box-app-settings", "zitadel-service-account", "sap-service-key"];

/// Files that no option completes, and why.
const REFUSED: [(&str, &str); 6] = [
    ("aem-service-credentials.local-token.json", "holds a local development token of AEM"),
    ("aio-config.person.json", "the aio CLI's login of a person is none"),
    ("console-project.aio.json", "holds no server-to-server credential with its secret"),
    ("console-project.apikey.json", "holds no server-to-server credential with its secret"),
    ("postman-environment.template.json", "has an empty API_KEY"),
    ("umapi-connector.keyring.yml", "has no \"client_id\" and no \"client_secret\" and no \"private_key\""),
];

/// What `show` prints of the mock's credential, with changes.
fn shown(grant: &str, patch: &str, key: &Path) -> Json {
    let mut whole = json!({
        "provider": grant, "client_id": CLIENT_ID, "client_secret": "(secret)", "org_id": ORG_ID,
        "technical_account_id": TECHNICAL_ACCOUNT_ID, "hosts": ["*.adobe.io"],
    });
    if grant == "adobe-jwt" {
        whole["metascopes"] = json!(["ent_aem_cloud_api", "ent_user_sdk"]);
        whole["private_key"] = json!("(secret)");
    } else {
        whole["scopes"] = json!(["openid", "AdobeID", "read_organizations", "user_management_sdk"]);
    }
    for (name, value) in serde_json::from_str::<Map<_, _>>(patch).unwrap() {
        whole[&name] = if value == "FILE" { json!({"file": key}) } else { value };
    }
    whole.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    whole
}

/// The same with one word in place of each fingerprint.
fn without_fingerprints(value: Json) -> Json {
    match value {
        Json::String(text) if text.starts_with("sha256:") => json!("(secret)"),
        Json::Array(items) => items.into_iter().map(without_fingerprints).collect(),
        Json::Object(object) => {
            let plain = object.into_iter().map(|(key, value)| (key, without_fingerprints(value)));
            plain.collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

/// The `import` command lines among the hints.
fn import_lines(ran: &Ran) -> Vec<&str> {
    let hints = ran.stderr.lines().filter_map(|line| line.strip_prefix("jwt-credential: hint: "));
    hints.filter(|hint| hint.contains("jwt-credential import")).collect()
}

/// A token for the grant that is requested.
pub(super) fn tokens_of(asked: &Asked, _: usize) -> Answer {
    match asked.field("jwt_token") {
        Some(_) => Answer::token("token-by-jwt", DAY_MS),
        None => Answer::token("token-by-oauth", DAY),
    }
}

fn tokens() -> Endpoint {
    Endpoint::new(tokens_of)
}

#[test]
fn every_kind_of_file_has_fixtures_and_expectations() {
    let names = names();
    let rows: Vec<&str> = FORMATS.iter().copied().flatten().map(|format| format.name).collect();
    // Those of other providers are beside the tests of their rows.
    for row in rows.iter().filter(|row| !OF_OTHERS.contains(row)) {
        assert!(names.iter().any(|name| name.starts_with(&format!("{row}."))), "{row} has no fixture");
    }
    for name in &names {
        let row = name.split('.').next().unwrap();
        assert!(rows.contains(&row), "{name} belongs to no row");
        assert!([".json", ".yml", ".env"].iter().any(|ending| name.ends_with(ending)), "{name}");
        let recognised = format::recognise(text(name).as_bytes(), FORMATS).map(|recognised| recognised.format.name);
        assert_eq!(recognised.as_deref(), Ok(row), "{name}");
    }
    let expected = COMPLETE.iter().map(|row| row.0).chain(INCOMPLETE.iter().map(|row| row.0));
    let expected: BTreeSet<String> = expected.chain(REFUSED.iter().map(|row| row.0)).map(str::to_owned).collect();
    assert_eq!(names, expected);
}

#[test]
fn a_complete_file_is_a_profile_by_path_name_and_variable() {
    let home = Home::new();
    for (fixture, grant, patch) in COMPLETE {
        let path = put(&home, fixture, &text(fixture));
        let had = run(&home, &["show", "-p", &path]).succeeds().json();
        assert_eq!(without_fingerprints(had), shown(grant, patch, &home.path("private.key")), "{fixture}");
    }
    let whole = text("console-credential.oauth.json");
    home.write("config/profiles/prod.json", &whole, 0o600);
    let listed = run(&home, &["list", "--json"]).succeeds().json();
    let row = ["profile", "provider", "client_id"].map(|key| listed["profiles"][0][key].as_str().unwrap().to_owned());
    assert_eq!(row, ["prod", "adobe-oauth", CLIENT_ID]);
    assert_eq!(listed["profiles"][0]["hosts"], json!(["*.adobe.io"]));
    let ran = Ran::of(home.command(["show"]).env("JWT_CREDENTIAL_PROFILE_JSON", &whole)).succeeds();
    assert_eq!(ran.stdout, run(&home, &["show", "-p", "prod"]).succeeds().stdout);
    let lacking = text("console-credential.jwt.json");
    let ran = Ran::of(home.command(["show"]).env("JWT_CREDENTIAL_PROFILE_JSON", lacking)).fails(3, &["_JSON (a cred"]);
    assert_eq!(import_lines(&ran), ["jwt-credential import FILE --metascopes LIST --private-key private.key"]);
}

#[test]
fn an_incomplete_file_is_refused_with_the_line_to_fix_it() {
    let home = Home::new();
    for (fixture, words, options) in INCOMPLETE {
        let path = put(&home, fixture, &text(fixture));
        for command in ["show", "token"] {
            let ran = run(&home, &[command, "-p", &path]).fails(3, &[&path]).fails(3, words);
            assert_eq!(import_lines(&ran), [format!("jwt-credential import '{path}' {options}")], "{fixture}");
        }
    }
}

#[test]
fn a_file_without_a_credential_is_refused_with_the_reason() {
    let home = Home::new();
    for (fixture, why) in REFUSED {
        let path = put(&home, fixture, &text(fixture));
        for command in ["show", "token"] {
            run(&home, &[command, "-p", &path]).fails(3, &[&path, why]);
        }
    }
}

/// The request contains what the file says.
fn is_of_the_file(fixture: &str, asked: &Asked, port: u16) {
    assert_eq!(asked.field("client_id").as_deref(), Some(CLIENT_ID), "{fixture}");
    assert_eq!(asked.field("client_secret").as_deref(), Some(CLIENT_SECRET), "{fixture}");
    let Some(assertion) = asked.field("jwt_token") else {
        assert_eq!(asked.line, "POST /ims/token/v3 HTTP/1.1", "{fixture}");
        assert!(asked.field("scope").unwrap().contains("AdobeID,openid"), "{fixture}");
        return;
    };
    assert_eq!(asked.line, "POST /ims/exchange/jwt HTTP/1.1", "{fixture}");
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Json = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["iss"], &claims["sub"]), (&json!(ORG_ID), &json!(TECHNICAL_ACCOUNT_ID)), "{fixture}");
    assert_eq!(claims["aud"], json!(format!("https://127.0.0.1:{port}/c/{CLIENT_ID}")), "{fixture}");
    assert_eq!(claims[&format!("https://127.0.0.1:{port}/s/ent_user_sdk")], json!(true), "{fixture}");
}

#[test]
fn a_file_with_a_loopback_endpoint_is_used_there() {
    let home = Home::new();
    for named in ENDPOINTS {
        let endpoint = tokens();
        let path = put(&home, named.0, &at(named, &endpoint.origin()));
        let ran = run(&home, &["token", "--no-cache", "-p", &path]).succeeds();
        assert!(ran.stdout.starts_with("token-by-"), "{ran:?}");
        let asked = endpoint.asked();
        assert_eq!(asked.len(), 1, "{}", named.0);
        is_of_the_file(named.0, &asked[0], endpoint.port());
    }
}

#[test]
fn every_file_that_can_name_the_mock_gets_its_token() {
    if !has_client("sed") {
        return;
    }
    let home = Home::new();
    let paths = ENDPOINTS.map(|named| put(&home, named.0, &at(named, "ORIGIN")));
    let script = r#"for file; do
        sed "s#ORIGIN#$JWT_CREDENTIAL_MOCK#" "$file" >"$file.here" && chmod 600 "$file.here" &&
        jwt-credential token --no-cache -p "$file.here" >/dev/null || echo "$file" >&2; done"#;
    let mut args = vec!["mock", "--", "/bin/sh", "-c", script, "/bin/sh"];
    args.extend(paths.iter().map(String::as_str));
    home.run(args).succeeds();
}

#[test]
fn an_endpoint_that_is_not_adobes_is_sent_nothing() {
    let (home, proxy) = (Home::new(), tokens());
    for named in ENDPOINTS {
        for evil in ["https://evil.example", "evil.example", "https://ims-na1.adobelogin.com.evil.example"] {
            let path = put(&home, named.0, &at(named, evil));
            let mut command = home.command(["token", "--timeout", "1s", "-p", &path]);
            let ran = Ran::of(command.env("HTTPS_PROXY", proxy.origin()));
            let ran = ran.fails(3, &[&path, "names the endpoint ", evil, "which is not Adobe's"]);
            let line = format!("jwt-credential import '{path}' --ims ORIGIN");
            assert_eq!(import_lines(&ran), [line], "{}", named.0);
        }
    }
    assert_eq!(proxy.count(), 0);
}
