//! Adobe's own clients get tokens from the mock. Most of them hard-code Adobe's host, so that they reach the mock
//! through a TLS proxy with a certificate for that host.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;

use serde_json::json;

use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, Asked};
use crate::support::mock::Served;
use crate::support::{Home, Ran, has_client};

/// Passes a request on to the mock, and its answer back. Each connection has one request.
fn pass_on(origin: &str, asked: &Asked) -> Answer {
    let mut mock = TcpStream::connect(origin.strip_prefix("http://").unwrap()).unwrap();
    let is_kept = |line: &&str| !line.is_empty() && !line.to_ascii_lowercase().starts_with("connection:");
    let head: Vec<&str> = asked.head.lines().filter(is_kept).chain(["Connection: close"]).collect();
    write!(mock, "{}\r\n{}\r\n\r\n{}", asked.line, head.join("\r\n"), asked.body).unwrap();
    let mut answer = String::new();
    mock.read_to_string(&mut answer).unwrap();
    Answer::raw(answer.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())
}

/// Runs a script of clients, and returns what it prints: clients and their tokens.
fn run(home: &Home, served: &Served, script: fn(&Home) -> Command) -> Vec<(String, String)> {
    let ca = Ca::of(home, "adobe", "1").unwrap();
    let origin = served.origin.clone();
    let proxy = ca.endpoint(move |asked, _| pass_on(&origin, asked));
    let jwt = served.profile("jwt");
    // The file that AEM as a Cloud Service hands out.
    let aem = json!({"integration": {
        "imsEndpoint": "ims-na1.adobelogin.com", "metascopes": "ent_aem_cloud_api", "org": jwt["org_id"],
        "id": jwt["technical_account_id"], "privateKey": served.text("keys/private.key"),
        "technicalAccount": {"clientId": jwt["client_id"], "clientSecret": jwt["client_secret"]},
    }});
    let mock = json!({
        "origin": served.origin, "port": proxy.port(), "jwt": jwt, "scopes": served.profile("oauth")["scopes"],
        "key": format!("{}/keys/private.key", served.config), "aem": home.write("aem.json", &aem.to_string(), 0o600),
    });
    let mut command = script(home);
    command.env("MOCK", mock.to_string());
    for variable in ["NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE"] {
        command.env(variable, &ca.pem);
    }
    let ran = Ran::from(command.output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    let lines = ran.stdout.lines().map(|line| line.rsplit_once(' ').unwrap());
    lines.map(|(client, token)| (client.to_owned(), token.to_owned())).collect()
}

/// Asserts that the mock's API takes each client's token.
fn are_good(home: &Home, served: &Served, tokens: &[(String, String)], clients: &[&str]) {
    for client in clients {
        assert!(tokens.iter().any(|(had, _)| had.starts_with(client)), "{client} got none: {tokens:?}");
    }
    for (client, token) in tokens {
        let authorization = format!("Authorization: Bearer {token}");
        let api_key = format!("x-api-key: {}", served.credential("jwt", "client_id"));
        let (status, answer) = served.curl(home, "/api/hello", &["-H", &authorization, "-H", &api_key]);
        assert_eq!(status, 200, "{client}: {answer}");
    }
}

#[test]
fn adobes_javascript_clients_get_tokens_from_the_mock() {
    if !["adobe-node", "curl", "openssl"].into_iter().all(has_client) {
        return;
    }
    let home = Home::new();
    let served = Served::start(&home);
    let tokens = run(&home, &served, |home| {
        let mut command = home.program("adobe-node");
        command.args(["--eval", include_str!("clients.mjs")]);
        command
    });
    let clients = [
        "jwt-auth",
        "aio-lib-ims-jwt",
        "aio-lib-ims at",
        "aem-headless-client",
        "aio-lib-core-auth",
        "auth-token",
        "firefly-services",
        "spacecat-shared-ims-client",
    ];
    are_good(&home, &served, &tokens, &clients);
}

#[test]
fn adobes_python_clients_get_tokens_from_the_mock() {
    if !["adobe-python", "curl", "openssl"].into_iter().all(has_client) {
        return;
    }
    let home = Home::new();
    let served = Served::start(&home);
    let tokens = run(&home, &served, |home| {
        let mut command = home.program("adobe-python");
        command.args(["-c", include_str!("clients.py")]);
        command
    });
    are_good(&home, &served, &tokens, &["umapi-client", "aepp"]);
}
