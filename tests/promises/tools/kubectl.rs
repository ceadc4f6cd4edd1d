//! kubectl gets its token from the user of `integrations/kubectl/user.yaml`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::support::ca::Ca;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::{Home, Ran, has_client, oauth, oauth_home};

/// A cluster that accepts every token except revoked ones, and a home with the profile `prod`.
struct Cluster {
    home: Home,
    ca: PathBuf,
    api: Endpoint,
}

impl Cluster {
    fn new(ims: &Endpoint, revoked: &'static str) -> Option<Self> {
        if !has_client("kubectl") {
            return None;
        }
        let home = Home::new();
        let ca = Ca::new(&home)?;
        let api = ca.endpoint(move |asked, _| match asked.header("authorization") {
            Some(header) if !header.contains(revoked) => Answer::new(200, &[], "hello"),
            _ => Answer::new(401, &[], "Unauthorized"),
        });
        home.profile("prod", &oauth(&ims.origin()));
        Some(Self { home, ca: ca.pem, api })
    }

    fn server(&self) -> String {
        format!("https://127.0.0.1:{}", self.api.port())
    }

    /// kubectl with these users and no other configuration.
    fn kubectl(&self, users: &Path) -> Command {
        let mut kubectl = self.home.program("kubectl");
        kubectl.env("KUBECONFIG", users);
        kubectl
    }

    /// Sends a request as the user `jwt`.
    fn get(&self, users: &Path) -> Ran {
        self.get_from(&self.server(), users)
    }

    fn get_from(&self, server: &str, users: &Path) -> Ran {
        let ca = format!("--certificate-authority={}", self.ca.display());
        let mut kubectl = self.kubectl(users);
        Ran::of(kubectl.args([&ca, "--server", server, "--user=jwt", "--request-timeout=10s", "get", "--raw", "/echo"]))
    }

    /// The Authorization headers of all requests, except those by which some kubectls look for their version that fits
    /// the server.
    fn tokens(&self) -> Vec<String> {
        let mut asked = self.api.asked();
        asked.retain(|asked| asked.line.contains("/echo"));
        asked.iter().map(|asked| asked.header("authorization").unwrap_or_default().to_owned()).collect()
    }

    /// The snippet with other arguments and another version.
    fn users(&self, version: &str, args: &str) -> PathBuf {
        let text = fs::read_to_string(integration("kubectl/user.yaml")).unwrap();
        let (had_version, had_args) = ("client.authentication.k8s.io/v1\n", "[kubectl, -p, prod]");
        assert!(text.contains(had_version) && text.contains(had_args), "{text}");
        let text = text.replace(had_version, &format!("{version}\n")).replace(had_args, args);
        self.home.write("users.yaml", &text, 0o600)
    }
}

#[test]
fn kubectl_sends_the_token_of_its_users_profile() {
    let ims = Endpoint::tokens(DAY);
    let Some(cluster) = Cluster::new(&ims, "nothing") else { return };
    for _ in 0..2 {
        assert_eq!(cluster.get(&integration("kubectl/user.yaml")).succeeds().stdout, "hello");
    }
    assert_eq!(cluster.tokens(), ["Bearer token-1"; 2]);
    assert_eq!(ims.count(), 1);
}

#[test]
fn kubectl_of_either_version_may_omit_the_command() {
    let ims = Endpoint::tokens(DAY);
    let Some(cluster) = Cluster::new(&ims, "nothing") else { return };
    for version in ["client.authentication.k8s.io/v1beta1", "client.authentication.k8s.io/v1"] {
        let users = cluster.users(version, "[]");
        assert_eq!(cluster.get(&users).succeeds().stdout, "hello");
    }
    assert_eq!(cluster.tokens(), ["Bearer token-1"; 2]);
}

#[test]
fn clients_that_do_not_say_their_version_get_the_named_one() {
    let (home, _ims) = oauth_home();
    let version = |info: Option<&str>, args: &[&str]| {
        let mut command = home.command([&["kubectl"], args].concat());
        command.envs(info.map(|info| ("KUBERNETES_EXEC_INFO", info)));
        Ran::of(&mut command).succeeds().json()["apiVersion"].as_str().unwrap().to_owned()
    };
    let (v1, beta) = ("client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1");
    let unsaid = r#"{"kind":"ExecCredential","spec":{}}"#;
    for info in [None, Some(unsaid), Some(r#"{"apiVersion":null,"spec":{"interactive":false}}"#)] {
        assert_eq!(version(info, &[]), v1);
        assert_eq!(version(info, &["--api-version", beta]), beta);
    }
    // kubectl accepts only what it asks for.
    assert_eq!(version(Some(&format!(r#"{{"apiVersion":"{v1}"}}"#)), &["--api-version", beta]), v1);
    let mut command = home.command(["kubectl"]);
    Ran::of(command.env("KUBERNETES_EXEC_INFO", r#"{"apiVersion":"v9"}"#)).fails(2, &["v9", "apiVersion"]);
    home.run(["kubectl", "--api-version", "v9"]).fails(2, &["v9", beta]);
}

#[test]
fn the_command_in_kubectls_readme_makes_the_snippets_user() {
    let Some(cluster) = Cluster::new(&Endpoint::tokens(DAY), "nothing") else { return };
    let pasted = cluster.home.path("pasted.yaml");
    let mut shell = cluster.home.program("/bin/sh");
    let command = readme_block("kubectl", "sh", 0);
    let first = command.replace("\\\n", " ").lines().next().unwrap().to_owned();
    assert!(first.starts_with("kubectl config set-credentials jwt "), "{first}");
    Ran::of(shell.args(["-c", &first]).env("KUBECONFIG", &pasted));
    let user = |users: &Path| {
        let ran = Ran::of(cluster.kubectl(users).args(["config", "view", "-o", "jsonpath={.users}"]));
        ran.succeeds().json()
    };
    assert_eq!(user(&pasted), user(&integration("kubectl/user.yaml")));
}

#[test]
fn kubectl_gets_no_token_for_an_unlisted_cluster() {
    let ims = Endpoint::tokens(DAY);
    let Some(cluster) = Cluster::new(&ims, "nothing") else { return };
    let users =
        cluster.users("client.authentication.k8s.io/v1", "[kubectl, -p, prod, --for, 'https://k8s.example.com:6443']");
    let ran = cluster.get(&users);
    assert_eq!(ran.code, 1);
    shows_as_in_readme("kubectl", 1, &ran.stderr);
    assert_eq!((cluster.api.count(), ims.count()), (0, 0));
    let mut profile = oauth(&ims.origin());
    profile["hosts"] = json!(["k8s.example.com:6443"]);
    cluster.home.profile("prod", &profile);
    cluster.get(&users).succeeds();
}

#[test]
fn kubectl_sends_nothing_if_the_endpoint_refuses() {
    let ims = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let Some(cluster) = Cluster::new(&ims, "nothing") else { return };
    let ran = cluster.get(&integration("kubectl/user.yaml"));
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    shows_as_in_readme("kubectl", 0, &ran.stderr);
    assert_eq!(cluster.api.count(), 0);
}

#[test]
fn after_two_refusals_of_kubectl_forget_helps() {
    let ims = Endpoint::tokens(DAY);
    let Some(cluster) = Cluster::new(&ims, "token-1") else { return };
    for _ in 0..2 {
        let ran = cluster.get(&integration("kubectl/user.yaml"));
        assert!(ran.code == 1 && ran.stderr.contains("error: You must be logged in to the server"), "{ran:?}");
    }
    assert_eq!(cluster.tokens(), ["Bearer token-1"; 2]);
    cluster.home.run(["forget", "-p", "prod"]).succeeds();
    assert_eq!(cluster.get(&integration("kubectl/user.yaml")).succeeds().stdout, "hello");
    assert_eq!(cluster.tokens()[2], "Bearer token-2");
}

#[test]
fn kubectl_uses_no_token_over_plain_http() {
    let ims = Endpoint::tokens(DAY);
    let Some(cluster) = Cluster::new(&ims, "nothing") else { return };
    let plain = Endpoint::always(Answer::new(401, &[], "Unauthorized"));
    let ran = cluster.get_from(&plain.origin(), &integration("kubectl/user.yaml"));
    assert!(ran.code == 1 && plain.count() > 0, "{ran:?}");
    assert!(plain.asked().iter().all(|asked| asked.header("authorization").is_none()));
    assert_eq!(ims.count(), 0);
}
