//! The output, byte for byte, of the commands that give a token and of those that show its state.

use std::fs;
use std::time::SystemTime;

use serde_json::{Value as Json, json};

use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::{CLIENT_ID, CURL_SENDS_NOTHING, Home, ORG_ID, Ran, has_client, oauth};

/// A header's value that every format must quote.
const ODD: &str = r#"a "b" \c"#;

/// A home whose profile `default` has this key and answers with `token-1`, `token-2`, …
pub(super) fn home_with(key: &str, value: Json) -> (Home, Endpoint) {
    let (home, endpoint) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&endpoint.origin());
    profile[key] = value;
    home.profile("default", &profile);
    (home, endpoint)
}

pub(super) fn usual() -> (Home, Endpoint) {
    home_with("client_id", json!(CLIENT_ID))
}

pub(super) fn refused() -> (Home, Endpoint) {
    let (home, endpoint) = (Home::new(), Endpoint::always(Answer::refusal(400, "invalid_client", "no such client_id")));
    home.oauth_at(&endpoint);
    (home, endpoint)
}

pub(super) fn shell(home: &Home, script: &str, argument: &str) -> Ran {
    Ran::of(home.program("/bin/sh").args(["-c", script, argument]))
}

#[track_caller]
fn has_all_headers(asked: &Asked, token: &str) {
    let had = ["authorization", "x-api-key", "x-gw-ims-org-id", "x-odd"].map(|name| asked.header(name).unwrap());
    assert_eq!(had, [&format!("Bearer {token}"), CLIENT_ID, ORG_ID, ODD]);
}

pub(super) fn seconds_until(end: &str) -> u64 {
    humantime::parse_rfc3339(end).unwrap().duration_since(SystemTime::now()).unwrap().as_secs()
}

#[test]
fn json_has_every_key_in_order_and_the_servers_end() {
    let (home, endpoint) = usual();
    let ran = home.run(["json"]).succeeds();
    let end = ran.json()["expires_at"].as_str().unwrap().to_owned();
    let headers =
        format!(r#"{{"Authorization":"Bearer token-1","x-api-key":"{CLIENT_ID}","x-gw-ims-org-id":"{ORG_ID}"}}"#);
    let start = r#"{"version":1,"access_token":"token-1","token_type":"Bearer""#;
    assert_eq!(ran.stdout, format!("{start},\"expires_at\":\"{end}\",\"headers\":{headers}}}\n"));
    assert!((DAY - 30..=DAY).contains(&seconds_until(&end)), "{end}");
    assert_eq!(home.run::<&str>([]).succeeds().stdout, ran.stdout, "no command at all is json");
    assert_eq!(endpoint.count(), 1);
}

#[test]
fn an_unknown_expiry_is_printed_nowhere() {
    let endpoint = Endpoint::always(Answer::json(200, &json!({"access_token": "token-1", "token_type": "Bearer"})));
    let home = Home::new();
    home.oauth_at(&endpoint);
    assert_eq!(home.run(["json"]).succeeds().json().get("expires_at"), None);
    assert_eq!(home.run(["env"]).succeeds().stdout, "export ACCESS_TOKEN='token-1'\nunset ACCESS_TOKEN_EXPIRES_AT\n");
    let ran = Ran::of(home.command(["exec", "--", "env"]).env("ACCESS_TOKEN_EXPIRES_AT", "of an older token"));
    assert!(!ran.succeeds().stdout.contains("EXPIRES_AT"));
}

#[test]
fn token_header_and_headers_are_lines() {
    let (home, _endpoint) =
        home_with("headers", json!({"X-API-Key": "other", "X-GW-IMS-Org-Id": null, "x-odd": ODD, "x-none": null}));
    let printed = |args: &[&str]| home.run(args).succeeds().stdout;
    assert_eq!(printed(&["token"]), "token-1\n");
    assert_eq!(printed(&["header"]), "Authorization: Bearer token-1\n");
    let all = format!("Authorization: Bearer token-1\nX-API-Key: other\nx-odd: {ODD}\n");
    assert_eq!(printed(&["headers"]), all);
    let object = r#"{"Authorization":"Bearer token-1","X-API-Key":"other","x-odd":"a \"b\" \\c"}"#;
    assert_eq!(printed(&["headers", "--json"]), format!("{object}\n"));
}

#[test]
fn curl_reads_the_config_lines_as_intended() {
    let (home, _endpoint) = home_with("headers", json!({ "x-odd": ODD }));
    let lines = [
        "Authorization: Bearer token-1",
        &format!("x-api-key: {CLIENT_ID}"),
        &format!("x-gw-ims-org-id: {ORG_ID}"),
        r#"x-odd: a \"b\" \\c"#,
    ]
    .map(|header| format!("header = \"{header}\"\n"));
    assert_eq!(home.run(["curl"]).succeeds().stdout, lines.concat());
    if has_client("curl") {
        let api = Endpoint::always(Answer::new(200, &[], "here you are"));
        let ran = shell(&home, "jwt-credential curl | curl -sS -K - \"$0\"", &api.origin()).succeeds();
        assert_eq!(ran.stdout, "here you are");
        has_all_headers(&api.asked()[0], "token-1");
    }
}

#[test]
fn if_the_request_fails_the_config_keeps_curl_from_sending() {
    let (home, _endpoint) = refused();
    let ran = home.run(["curl"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (4, CURL_SENDS_NOTHING), "{ran:?}");
    assert_eq!(home.run(["-p", "absent", "curl"]).stdout, ran.stdout);
    if has_client("curl") {
        let api = Endpoint::always(Answer::new(200, &[], ""));
        let ran = shell(&home, "jwt-credential curl 2>/dev/null | curl -sS -K - \"$0\"", &api.origin());
        assert_eq!((ran.code, api.count()), (1, 0), "{ran:?}");
    }
}

#[test]
fn if_the_call_is_wrong_the_config_keeps_curl_from_sending() {
    let (home, _endpoint) = usual();
    let ran = Ran::of(home.command(["curl"]).env("JWT_CREDENTIAL_TIMEOUT", "soon"));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, CURL_SENDS_NOTHING), "{ran:?}");
}

#[test]
fn curl_after_dashes_sends_all_headers_or_nothing() {
    if !has_client("curl") {
        return;
    }
    let (home, endpoint) = home_with("headers", json!({ "x-odd": ODD }));
    let api = Endpoint::always(Answer::new(404, &[], "not here"));
    let url = api.origin();
    assert_eq!(home.run(["curl", "--", "-sS", &url]).succeeds().stdout, "not here");
    has_all_headers(&api.asked()[0], "token-1");
    assert_eq!(home.run(["curl", "--", "-sf", &url]).code, 22, "curl's own exit code");
    home.profile("default", &json!({"provider": "adobe-oauth"}));
    home.run(["curl", "--", "-sS", &url]).fails(125, &["default.json"]);
    assert_eq!((endpoint.count(), api.count()), (1, 2));
}

#[track_caller]
fn curlrc_is_read(args: &[&str], expected: bool) {
    if !has_client("curl") {
        return;
    }
    let (home, _endpoint) = home_with("headers", json!({ "x-odd": ODD }));
    home.write(".curlrc", "header = \"x-curlrc: read\"\n", 0o600);
    let api = Endpoint::always(Answer::new(200, &[], ""));
    home.run(["curl", "--"].iter().chain(args).copied().chain([api.origin().as_str()])).succeeds();
    has_all_headers(&api.asked()[0], "token-1");
    assert_eq!(api.asked()[0].header("x-curlrc").is_some(), expected, "{args:?}");
}

#[test]
fn curl_after_dashes_still_takes_q_first() {
    curlrc_is_read(&["-sS"], true);
    curlrc_is_read(&["-q", "-sS"], false);
    curlrc_is_read(&["--disable", "-sS"], false);
}

#[test]
fn curl_after_dashes_takes_q_together_with_other_letters() {
    curlrc_is_read(&["-qsS"], false);
}

#[test]
#[cfg(target_os = "linux")]
fn while_curl_runs_no_process_shows_the_token() {
    if !has_client("curl") {
        return;
    }
    let home = Home::new();
    let token = format!("shown-nowhere-{}", std::process::id());
    let endpoint = Endpoint::always(Answer::token(&token, DAY));
    home.oauth_at(&endpoint);
    let api = Endpoint::always(Answer::never());
    let mut curl = home.command(["curl", "--", "-s", &api.origin()]).spawn().unwrap();
    api.wait_for(1);
    let looked = |part: &str| {
        let shows =
            |path: &std::path::Path| fs::read(path).is_ok_and(|text| String::from_utf8_lossy(&text).contains(&token));
        fs::read_dir("/proc")
            .unwrap()
            .map(|entry| entry.unwrap().path().join(part))
            .filter(|path| shows(path))
            .collect::<Vec<_>>()
    };
    let (lines, environments) = (looked("cmdline"), looked("environ"));
    let name = fs::read_to_string(format!("/proc/{}/comm", curl.id())).unwrap();
    curl.kill().unwrap();
    curl.wait().unwrap();
    assert_eq!((name.as_str(), lines, environments), ("curl\n", vec![], vec![]));
    assert_eq!(api.asked()[0].header("authorization"), Some(format!("Bearer {token}").as_str()));
}

#[test]
fn two_dashes_start_the_program_even_without_arguments() {
    let (home, _endpoint) = usual();
    // This is curl's own error about a missing URL; no token is on the screen.
    if has_client("curl") {
        let ran = home.run(["curl", "--"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    }
    home.run(["exec", "--"]).fails(125, &["no command to run"]);
    home.run(["token", "--", "x"]).fails(2, &["unexpected argument"]);
}
