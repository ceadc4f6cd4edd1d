//! Logins at Vault and `OpenBao` with a JWT.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use super::subject_tokens::jwt;
use crate::support::crowd::at_once;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::files::openssl;
use crate::support::jwts::verified;
use crate::support::pages::integration;
use crate::support::{Home, PRIVATE_KEY, Ran, alone, has_client};

/// The page's profile at this server.
fn profile(address: &str) -> Json {
    let mut profile: Json = serde_json::from_slice(&std::fs::read(integration("vault/profile.json")).unwrap()).unwrap();
    profile["address"] = json!(address);
    profile["private_key"] = json!(PRIVATE_KEY);
    profile["hosts"] = json!([address]);
    profile
}

fn login(token: &str) -> Answer {
    Answer::json(200, &json!({"auth": {"client_token": token, "lease_duration": 900, "renewable": true}}))
}

fn home_at(server: &Endpoint) -> Home {
    let home = Home::new();
    home.profile("default", &profile(&server.origin()));
    home
}

#[test]
fn a_login_has_the_role_and_a_jwt_that_the_key_signed() {
    if !has_client("openssl") {
        return;
    }
    let server = Endpoint::new(|_, number| login(&format!("hvs.token-{number}")));
    let home = home_at(&server);
    assert_eq!(home.run(["header"]).succeeds().stdout, "X-Vault-Token: hvs.token-1\n");
    let json = home.run(["json"]).succeeds().json();
    assert_eq!(json["headers"], json!({"X-Vault-Token": "hvs.token-1"}));
    assert!(json["expires_at"].is_string());
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /v1/auth/jwt/login HTTP/1.1");
    assert_eq!(asked.header("x-vault-namespace"), None);
    let body: Json = serde_json::from_str(&asked.body).unwrap();
    assert_eq!((&body["role"], body.as_object().unwrap().len()), (&json!("ci"), 2));
    let claims = verified(&home, body["jwt"].as_str().unwrap());
    for (claim, value) in [("iss", "https://ci.example.com"), ("sub", "runner"), ("aud", "vault")] {
        assert_eq!(claims[claim], value);
    }
}

#[test]
fn mount_namespace_and_a_foreign_token_are_the_profiles() {
    let server = Endpoint::new(|_, _| login("hvs.t"));
    let home = Home::new();
    let token = jwt("repo:acme/infra", 3600);
    home.profile(
        "default",
        &json!({"provider": "vault", "address": server.origin(), "role": "ci", "mount": "/gha/jwt/", "namespace": "team/a",
            "subject_token": token}),
    );
    home.run(["token"]).succeeds();
    let asked = &server.asked()[0];
    assert_eq!(asked.line, "POST /v1/auth/gha/jwt/login HTTP/1.1");
    assert_eq!(asked.header("x-vault-namespace"), Some("team/a"));
    assert_eq!(serde_json::from_str::<Json>(&asked.body).unwrap(), json!({"role": "ci", "jwt": token}));
}

#[test]
fn errors_of_the_server_say_what_to_do() {
    for (status, text, code, advice) in [
        (400, "error validating token: invalid audience (aud) claim: audience claim found", 4, "bound_audiences"),
        (400, "error validating token: invalid issuer (iss) claim", 4, "bound_issuer"),
        (400, "error validating token: invalid subject (sub) claim", 4, "bound_subject"),
        (400, "error validating token: token is expired", 4, "clock"),
        (400, "role \"x\" could not be found", 4, "\"role\""),
        (403, "permission denied", 4, "\"mount\""),
        (503, "Vault is sealed", 5, "unseal"),
    ] {
        let server = Endpoint::always(Answer::json(status, &json!({"errors": [text]})));
        home_at(&server).run(["token"]).fails(code, &[text, advice]);
    }
}

#[test]
fn a_thousand_processes_log_in_once() {
    let _machine = alone();
    let server = Endpoint::new(|_, _| login("hvs.one").after(Duration::from_millis(300)));
    let home = Home::bare();
    home.profile("default", &profile(&server.origin()));
    for (ran, _) in at_once(&home, 1000, &["token"]) {
        assert_eq!(ran.succeeds().stdout, "hvs.one\n");
    }
    assert_eq!(server.count(), 1);
}

/// A real server in memory.
struct OpenBao {
    child: Child,
    address: String,
}

impl OpenBao {
    fn start(home: &Home) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut bao = home.program("bao");
        bao.args(["server", "-dev", "-dev-root-token-id=root", "-dev-no-store-token"]);
        bao.arg(format!("-dev-listen-address=127.0.0.1:{port}")).stdout(Stdio::null()).stderr(Stdio::null());
        let server = Self { child: bao.spawn().unwrap(), address: format!("http://127.0.0.1:{port}") };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "bao does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    fn as_root(&self, home: &Home, args: &[&str]) {
        let mut bao = home.program("bao");
        let ran = Ran::of(bao.args(args).env("BAO_ADDR", &self.address).env("BAO_TOKEN", "root"));
        assert_eq!(ran.code, 0, "{ran:?}");
    }
}

impl Drop for OpenBao {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn openbao_takes_the_jwt_and_bao_our_token() {
    if !has_client("bao") || !has_client("openssl") {
        return;
    }
    let home = Home::new();
    let server = OpenBao::start(&home);
    home.write("private.pem", PRIVATE_KEY, 0o600);
    openssl(&home, "pkey -in private.pem -pubout -out public.pem");
    let public = format!("jwt_validation_pubkeys=@{}", home.path("public.pem").display());
    server.as_root(&home, &["auth", "enable", "jwt"]);
    server.as_root(&home, &["write", "auth/jwt/config", &public, "bound_issuer=https://ci.example.com"]);
    let role = ["role_type=jwt", "user_claim=sub", "bound_audiences=vault", "bound_subject=runner", "token_ttl=600"];
    server.as_root(&home, &[&["write", "auth/jwt/role/ci"], &role[..]].concat());
    home.profile("default", &profile(&server.address));
    assert_ne!(home.run(["token"]).succeeds().stdout, "root\n");
    // bao calls our helper.
    let helper = home.path("helper");
    std::fs::create_dir(&helper).unwrap();
    home.run(["link".as_ref(), helper.as_os_str(), "--only".as_ref(), "vault-token-helper-jwt".as_ref()]).succeeds();
    home.write(".bao", &format!("token_helper = \"{}/vault-token-helper-jwt\"\n", helper.display()), 0o600);
    let mut bao = home.program("bao");
    let looked_up = Ran::of(bao.args(["token", "lookup", "-format=json"]).env("BAO_ADDR", &server.address));
    assert_eq!(looked_up.code, 0, "{looked_up:?}");
    assert_eq!(looked_up.json()["data"]["display_name"], "jwt-runner", "{looked_up:?}");
    home.run(["revoke", "default", "--yes"]).succeeds();
    assert_eq!(home.run(["list", "--json"]).succeeds().json()["profiles"][0]["token"], "none");
    for (change, value, words) in [
        ("aud", "other", "bound_audiences"),
        ("iss", "https://other.example.com", "bound_issuer"),
        ("sub", "other", "bound_subject"),
    ] {
        let mut wrong = profile(&server.address);
        wrong["jwt"][change] = json!(value);
        home.profile("wrong", &wrong);
        home.run(["token", "-p", "wrong"]).fails(4, &[words]);
    }
    openssl(&home, "genrsa -out other.pem 2048");
    let mut wrong = profile(&server.address);
    wrong["private_key"] = json!({"file": home.path("other.pem")});
    home.profile("wrong", &wrong);
    home.run(["token", "-p", "wrong", "--refresh"]).fails(4, &["jwt_validation_pubkeys"]);
}
