//! cargo reads from a registry that requires a token, and publishes to it, with `integrations/cargo/config.toml`.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::endpoint::{Answer, Asked, DAY, Endpoint};
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::{Home, Ran, has_client, oauth};

/// A sparse registry that accepts all tokens except one, a home whose profile `prod` lists these hosts, and
/// `config.toml`.
struct Registry {
    home: Home,
    server: Endpoint,
}

impl Registry {
    fn new(ims: &Endpoint, host: Option<&str>) -> Option<Self> {
        Self::that_refuses("nothing", ims, host)
    }

    fn that_refuses(revoked: &'static str, ims: &Endpoint, host: Option<&str>) -> Option<Self> {
        if !has_client("cargo") {
            return None;
        }
        let is_published = AtomicBool::new(false);
        let server = Endpoint::new(move |asked, _| answer(asked, revoked, &is_published));
        let registry = Self { home: Home::new(), server };
        let mut profile = oauth(&ims.origin());
        profile["hosts"] = json!([host.map_or(registry.server.origin(), str::to_owned)]);
        registry.home.profile("prod", &profile);
        for directory in [".cargo", "crate", "crate/src"] {
            fs::create_dir(registry.home.path(directory)).unwrap();
        }
        registry.configure(&fs::read_to_string(integration("cargo/config.toml")).unwrap());
        registry.home.write("crate/src/lib.rs", "", 0o644);
        let manifest = "[package]\nname = \"gadget\"\nversion = \"1.0.0\"\nedition = \"2021\"\ndescription = \"x\"\n\
            license = \"MIT\"\n[dependencies]\nwidget = { version = \"1\", registry = \"my\" }\n";
        registry.home.write("crate/Cargo.toml", manifest, 0o644);
        Some(registry)
    }

    /// Writes cargo's configuration.
    fn configure(&self, text: &str) {
        assert!(text.contains("https://cargo.example.com"), "{text}");
        let text = text.replace("https://cargo.example.com", &self.server.origin());
        self.home.write(".cargo/config.toml", &text, 0o644);
    }

    fn cargo(&self, args: &[&str]) -> Ran {
        Ran::of(self.command().args(args))
    }

    /// The cargo that runs these tests; rustup's would look for its toolchains in the home.
    fn command(&self) -> Command {
        let cargo = std::env::var("CARGO").unwrap();
        let mut command = self.home.tool(&cargo);
        command.env("RUSTC", Path::new(&cargo).with_file_name("rustc"));
        command.env("CARGO_HOME", self.home.path(".cargo")).current_dir(self.home.path("crate"));
        command
    }

    /// The Authorization headers of all requests, without repetitions.
    fn sent(&self) -> Vec<String> {
        let mut sent = self.server.authorizations();
        sent.dedup();
        sent
    }
}

fn answer(asked: &Asked, revoked: &str, is_published: &AtomicBool) -> Answer {
    let entry = |name: &str| {
        let entry = json!({"name": name, "vers": "1.0.0", "deps": [], "features": {}, "yanked": false,
            "cksum": "0".repeat(64)});
        Answer::new(200, &[], &format!("{entry}\n"))
    };
    let is_in = |header: &str| header.starts_with("Bearer token-") && !header.ends_with(revoked);
    if !asked.header("authorization").is_some_and(is_in) {
        return Answer::new(401, &[("WWW-Authenticate", "Cargo login_url=\"https://cargo.example.com/me\"")], "");
    }
    let origin = format!("http://{}", asked.header("host").unwrap());
    match asked.line.split(" HTTP").next().unwrap() {
        "GET /index/config.json" => {
            Answer::json(200, &json!({"dl": format!("{origin}/dl"), "api": origin, "auth-required": true}))
        }
        "GET /index/wi/dg/widget" => entry("widget"),
        // cargo waits until the crate is published.
        "GET /index/ga/dg/gadget" if is_published.load(Ordering::SeqCst) => entry("gadget"),
        "PUT /api/v1/crates/new" => {
            is_published.store(true, Ordering::SeqCst);
            Answer::json(200, &json!({}))
        }
        _ => Answer::new(404, &[], ""),
    }
}

#[test]
fn cargo_reads_with_the_token_of_the_configured_profile() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new(&ims, None) else { return };
    let ran = registry.cargo(&["generate-lockfile"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!((registry.sent(), ims.count()), (vec!["Bearer token-1".to_owned()], 1));
}

#[test]
fn cargo_publishes_with_the_token() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new(&ims, None) else { return };
    let ran = registry.cargo(&["publish", "--registry", "my", "--no-verify", "--allow-dirty"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let asked = registry.server.asked();
    let put = asked.iter().find(|asked| asked.line.starts_with("PUT ")).unwrap();
    assert_eq!(put.header("authorization"), Some("Bearer token-1"));
}

#[test]
fn cargo_login_gets_a_token_and_logout_drops_it() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::that_refuses("token-1", &ims, None) else { return };
    for _ in 0..2 {
        let ran = registry.cargo(&["generate-lockfile"]);
        assert!(ran.code == 101 && ran.stderr.contains("token rejected for `my`"), "{ran:?}");
    }
    registry.cargo(&["logout", "--registry", "my"]).succeeds();
    assert_eq!(registry.cargo(&["login", "--registry", "my"]).code, 0);
    assert_eq!(registry.cargo(&["generate-lockfile"]).code, 0);
    assert_eq!(registry.sent(), ["Bearer token-1", "Bearer token-2"]);
    // A token given by hand is not ours; arguments for cargo alone reach the program as well.
    for (args, why) in [
        (["by-hand"].as_slice(), "this helper stores no token"),
        (&["--", "--unknown"], "unexpected argument '--unknown' found"),
    ] {
        let ran = registry.cargo(&[["login", "--registry", "my"].as_slice(), args].concat());
        assert!(ran.code == 101 && ran.stderr.contains(why), "{ran:?}");
    }
}

#[test]
fn cargo_asks_a_global_provider_for_all_registries() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new(&ims, None) else { return };
    let index = "[registries.my]\nindex = \"sparse+https://cargo.example.com/index/\"\n";
    registry.configure(&format!("{index}{}", readme_block("cargo", "toml", 0)));
    let ran = registry.cargo(&["generate-lockfile"]);
    assert_eq!((ran.code, registry.sent()), (0, vec!["Bearer token-1".to_owned()]), "{ran:?}");
}

#[test]
fn cargo_gets_no_token_for_an_unlisted_registry() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new(&ims, Some("cargo.example.com")) else { return };
    let ran = registry.cargo(&["generate-lockfile"]);
    assert_eq!((ran.code, registry.sent().len(), ims.count()), (101, 0, 0), "{ran:?}");
    shows_as_in_readme("cargo", 1, &ran.stderr);
}

#[test]
fn cargo_sends_no_token_if_the_endpoint_refuses() {
    let ims = Endpoint::always(Answer::refusal(400, "invalid_client", "invalid client_secret parameter"));
    let Some(registry) = Registry::new(&ims, None) else { return };
    let ran = registry.cargo(&["generate-lockfile"]);
    assert_eq!((ran.code, registry.sent().len()), (101, 0));
    shows_as_in_readme("cargo", 0, &ran.stderr);
}

#[test]
fn cargo_takes_the_token_from_the_command_in_the_readme() {
    let ims = Endpoint::tokens(DAY);
    let Some(registry) = Registry::new(&ims, None) else { return };
    registry.configure(&readme_block("cargo", "toml", 1));
    let ran = registry.cargo(&["generate-lockfile"]);
    assert_eq!((ran.code, registry.sent()), (0, vec!["Bearer token-1".to_owned()]), "{ran:?}");
}
