//! docker and skopeo request a manifest and tags from a registry, with `integrations/docker/config.json`.

use std::fs;
use std::path::PathBuf;

use base64::Engine as _;
use serde_json::json;

use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint, IPV4};
use crate::support::naming::with_stdin;
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::{Home, Ran, has_client, oauth};

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
/// The configuration of an image without layers.
const IMAGE: &str = r#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}"#;

/// skopeo's header without a password.
const NO_PASSWORD: &str = "Basic Og==";

/// How a registry takes the token.
#[derive(Clone, Copy)]
pub(super) enum Wants {
    /// As a password, with each request.
    Password,
    /// Once as a password, in exchange for a token of its own, at the place that it names.
    Exchange,
}

/// A registry with TLS, a home whose profile `default` lists these hosts, and `config.json`.
pub(super) struct Registry {
    pub(super) home: Home,
    server: Endpoint,
    host: &'static str,
}

impl Registry {
    pub(super) fn new(client: &str, wants: Wants, ims: &Endpoint, host: Option<&str>) -> Option<Self> {
        Self::at(("localhost", IPV4), client, wants, ims, host)
    }

    /// The same, with this name and address.
    pub(super) fn at(
        (name, address): (&'static str, &'static str),
        client: &str,
        wants: Wants,
        ims: &Endpoint,
        host: Option<&str>,
    ) -> Option<Self> {
        if !has_client(client) {
            return None;
        }
        let home = Home::new();
        let ca = Ca::new(&home)?;
        let server = ca.endpoint_at(address, move |asked, _| answer(wants, asked));
        let mut profile = oauth(&ims.origin());
        profile["hosts"] = json!([host.map_or(format!("{name}:{}", server.port()), str::to_owned)]);
        home.profile("default", &profile);
        let registry = Self { home, server, host: name };
        let text = fs::read_to_string(integration("docker/config.json")).unwrap();
        assert!(text.contains("registry.example.com"), "{text}");
        fs::create_dir(registry.home.path(".docker")).unwrap();
        registry.home.write(".docker/config.json", &text.replace("registry.example.com", &registry.name()), 0o600);
        Some(registry)
    }

    pub(super) fn name(&self) -> String {
        format!("{}:{}", self.host, self.server.port())
    }

    pub(super) fn docker(&self) -> Ran {
        let mut docker = self.home.tool("docker");
        docker.env("SSL_CERT_FILE", self.home.path("config/profiles/ca.pem"));
        Ran::of(docker.args(["manifest", "inspect", &format!("{}/team/app:v1", self.name())]))
    }

    /// The directory of CAs, as skopeo and podman read it.
    pub(super) fn certificates(&self) -> PathBuf {
        let certificates = self.home.path("certificates");
        if !certificates.exists() {
            fs::create_dir(&certificates).unwrap();
            fs::copy(self.home.path("config/profiles/ca.pem"), certificates.join("ca.crt")).unwrap();
        }
        certificates
    }

    fn skopeo(&self) -> Ran {
        let mut skopeo = self.home.tool("skopeo");
        skopeo.args(["list-tags", "--authfile"]).arg(self.home.path(".docker/config.json"));
        skopeo.arg("--cert-dir").arg(self.certificates());
        Ran::of(skopeo.arg(format!("docker://{}/team/app", self.name())))
    }

    /// The Authorization headers of all requests, without empty passwords and repetitions.
    pub(super) fn sent(&self) -> Vec<String> {
        let mut sent = self.server.authorizations();
        sent.retain(|header| header != NO_PASSWORD);
        sent.dedup();
        sent
    }
}

/// docker before 23 does not work with a registry without it.
const API_VERSION: (&str, &str) = ("Docker-Distribution-Api-Version", "registry/2.0");

fn answer(wants: Wants, asked: &Asked) -> Answer {
    let path = asked.line.split(' ').nth(1).unwrap();
    let has_password =
        asked.header("authorization").is_some_and(|header| header.starts_with("Basic ") && header != NO_PASSWORD);
    if path.starts_with("/token?") && has_password {
        return Answer::json(200, &json!({"token": "of-the-registry", "expires_in": 300}));
    }
    let host = asked.header("host").unwrap();
    let (challenge, is_in) = match wants {
        Wants::Password => ("Basic realm=\"registry\"".to_owned(), has_password),
        Wants::Exchange => (
            format!("Bearer realm=\"https://{host}/token\",service=\"registry\""),
            asked.header("authorization") == Some("Bearer of-the-registry"),
        ),
    };
    if !is_in {
        let body = json!({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}).to_string();
        return Answer::new(401, &[("WWW-Authenticate", &challenge), API_VERSION], &body);
    }
    match path {
        "/v2/team/app/manifests/v1" => {
            let kind = "application/vnd.docker.container.image.v1+json";
            let config = json!({"mediaType": kind, "size": IMAGE.len(), "digest": digest(IMAGE)});
            let manifest = json!({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []});
            Answer::new(200, &[("Content-Type", MANIFEST)], &manifest.to_string())
        }
        path if path.starts_with("/v2/team/app/blobs/sha256:") => Answer::new(200, &[], IMAGE),
        "/v2/team/app/tags/list" => Answer::json(200, &json!({"name": "team/app", "tags": ["v1"]})),
        _ => Answer::new(200, &[API_VERSION], "{}"),
    }
}

fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().fold("sha256:".to_owned(), |text, byte| format!("{text}{byte:02x}"))
}

pub(super) fn password(token: &str) -> String {
    password_of("oauth2", token)
}

fn password_of(user: &str, token: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{user}:{token}")))
}

pub(super) fn refusing() -> Endpoint {
    Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"))
}

#[test]
fn docker_sends_the_token_as_a_password_to_the_registry() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new("docker", Wants::Password, &ims, None) else { return };
    let ran = registry.docker();
    assert_eq!(ran.succeeds().json()["mediaType"], MANIFEST);
    assert_eq!((registry.sent(), ims.count()), (vec![password("token-1")], 1));
}

#[test]
fn docker_lets_the_registry_exchange_the_token() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new("docker", Wants::Exchange, &ims, None) else { return };
    assert_eq!(registry.docker().succeeds().json()["mediaType"], MANIFEST);
    assert_eq!(registry.sent(), [password("token-1"), "Bearer of-the-registry".into()]);
}

#[test]
fn docker_shows_another_user_name_with_the_readmes_script() {
    let Some(registry) = Registry::new("docker", Wants::Password, &Endpoint::tokens(DAY), None) else { return };
    fs::create_dir(registry.home.path("bin")).unwrap();
    registry.home.executable("bin/docker-credential-mine", &readme_block("docker", "sh", 1));
    let path = registry.home.path(".docker/config.json");
    let text = fs::read_to_string(&path).unwrap().replace("\"jwt\"", "\"mine\"");
    registry.home.write(".docker/config.json", &text, 0o600);
    registry.docker().succeeds();
    assert_eq!(registry.sent(), [password_of("_token", "token-1")]);
}

#[test]
fn docker_login_succeeds_and_keeps_nothing() {
    let Some(registry) = Registry::new("docker", Wants::Password, &Endpoint::tokens(DAY), None) else { return };
    // docker lets its daemon try the password.
    let daemon = Endpoint::new(|asked, _| {
        if asked.line.contains("/auth") {
            Answer::json(200, &json!({"Status": "Login Succeeded"}))
        } else {
            Answer::new(200, &[("Api-Version", "1.41")], "OK")
        }
    });
    let mut docker = registry.home.tool("docker");
    docker.env("DOCKER_HOST", format!("tcp://127.0.0.1:{}", daemon.port()));
    let ran = Ran::of(docker.args(["login", &registry.name()]));
    assert!(ran.code == 0 && ran.stdout.contains("Login Succeeded"), "{ran:?}");
    let text = fs::read_to_string(registry.home.path(".docker/config.json")).unwrap();
    assert!(!text.contains("auths") || !text.contains("token-1"), "{text}");
    registry.docker().succeeds();
}

#[test]
fn docker_stores_only_what_it_got() {
    let (home, ims) = (Home::new(), Endpoint::tokens(DAY));
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!(["registry.example.com"]);
    home.profile("default", &profile);
    let ask = |operation: &str, args: &[&str], request: &str| {
        let args: Vec<String> = [&["docker", operation], args].concat().iter().map(|arg| (*arg).to_owned()).collect();
        with_stdin(&home, &args, request, &[])
    };
    let got = ask("get", &[], "registry.example.com\n").succeeds().stdout;
    assert_eq!(ask("store", &[], &got).succeeds().stdout, "");
    let mine = ask("get", &["--user", "me"], "registry.example.com\n").succeeds().stdout;
    ask("store", &["--user", "me"], &mine).succeeds();
    for other in [
        got.replace("token-1", "typed-by-hand"),
        got.replace("oauth2", "me"),
        got.replace("registry.example.com", "other.example.com"),
        got.replace("Secret", "Password"),
        "{}".into(),
        "garbled".into(),
        String::new(),
    ] {
        let ran = ask("store", &[], &other);
        assert!(ran.code == 1 && ran.stdout.contains("stores no password"), "{other}: {ran:?}");
        assert!(!ran.stdout.contains("typed-by-hand") && !ran.stderr.contains("typed-by-hand"), "{ran:?}");
    }
    assert_eq!(ims.count(), 1);
}

#[test]
fn docker_logout_drops_the_token() {
    let Some(registry) = Registry::new("docker", Wants::Password, &Endpoint::tokens(DAY), None) else { return };
    registry.docker().succeeds();
    Ran::of(registry.home.tool("docker").args(["logout", &registry.name()]));
    registry.docker().succeeds();
    assert_eq!(registry.sent(), [password("token-1"), password("token-2")]);
}

#[test]
fn docker_gets_no_token_for_an_unlisted_registry() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new("docker", Wants::Password, &ims, Some("registry.example.com")) else { return };
    let ran = registry.docker();
    assert!(ran.code != 0 && ran.stderr.contains("no basic auth credentials"), "{ran:?}");
    assert_eq!((registry.sent().len(), ims.count()), (0, 0));
}

#[test]
fn docker_sends_no_token_if_the_endpoint_refuses() {
    let ims = refusing();
    let Some(registry) = Registry::new("docker", Wants::Password, &ims, None) else { return };
    let ran = registry.docker();
    assert_eq!((ran.code, registry.sent().len()), (1, 0));
    shows_as_in_readme("docker", 0, &ran.stderr);
}

#[test]
fn skopeo_sends_the_token_as_a_password_or_exchanges_it() {
    for (wants, sent) in [
        (Wants::Password, vec![password("token-1")]),
        (Wants::Exchange, vec![password("token-1"), "Bearer of-the-registry".into()]),
    ] {
        let Some(registry) = Registry::new("skopeo", wants, &Endpoint::tokens(DAY), None) else { return };
        assert_eq!(registry.skopeo().succeeds().json()["Tags"], json!(["v1"]));
        assert_eq!(registry.sent(), sent);
    }
}

#[test]
fn skopeo_gets_no_token_for_an_unlisted_registry() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new("skopeo", Wants::Password, &ims, Some("registry.example.com")) else { return };
    let ran = registry.skopeo();
    assert!(ran.code == 1 && ran.stderr.contains("invalid username/password: unauthorized"), "{ran:?}");
    assert_eq!((registry.sent().len(), ims.count()), (0, 0));
}

#[test]
fn skopeo_sends_no_token_if_the_endpoint_refuses() {
    let ims = refusing();
    let Some(registry) = Registry::new("skopeo", Wants::Password, &ims, None) else { return };
    let ran = registry.skopeo();
    assert_eq!((ran.code, registry.sent().len()), (1, 0));
    assert!(ran.stderr.starts_with("jwt-credential: error: Adobe rejected the client credentials at "), "{ran:?}");
    assert!(ran.stderr.contains(" error getting credentials - err: exit status 1, out: `Adobe rejected "), "{ran:?}");
}
