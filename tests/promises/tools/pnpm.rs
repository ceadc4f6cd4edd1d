//! pnpm adds a package from a registry: version 10 with `integrations/pnpm/npmrc`, the latest version also with
//! `npmrc-with-arguments`, which names the server.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::endpoint::{Answer, Asked};
use crate::support::pages::shows_as_in_readme;
use crate::support::registry::{Answers, Registry, download, open_to, path};
use crate::support::{BINARY, Ran, package};

const TEN: &str = "pnpm10";
const LATEST: &str = "pnpm";

/// A registry that requires a token, except for the scope `@public`.
pub(super) fn packages() -> Option<impl Answers> {
    let tarball = package::tarball("package/package.json", r#"{"name":"hello","version":"1.0.0"}"#)?;
    let digest = ring::digest::digest(&ring::digest::SHA512, &tarball);
    let integrity = format!("sha512-{}", STANDARD.encode(digest));
    let guarded = open_to("token-1", move |asked: &Asked| {
        let url = format!("https://{}/hello/-/hello-1.0.0.tgz", asked.header("host").unwrap());
        let version = json!({"name": "hello", "version": "1.0.0", "dist": {"tarball": url, "integrity": integrity}});
        match path(asked) {
            "/hello" => Answer::json(
                200,
                &json!({"name": "hello", "dist-tags": {"latest": "1.0.0"}, "versions": {"1.0.0": version}}),
            ),
            "/hello/-/hello-1.0.0.tgz" => download(&tarball),
            _ => Answer::json(404, &json!({"error": "not found"})),
        }
    });
    Some(move |asked: &Asked, number: usize| guarded(asked, number))
}

/// A registry with that package, for this pnpm; its endpoint gives tokens.
fn registry(pnpm: &str) -> Option<Registry> {
    Registry::new(pnpm, packages()?)
}

/// The same with an endpoint that refuses.
fn refused(pnpm: &str) -> Option<Registry> {
    Registry::refused(pnpm, packages()?)
}

fn add(registry: &Registry, pnpm: &str, npmrc: &str) -> Ran {
    add_with(registry, pnpm, npmrc, "hello", "")
}

/// With one more line in `~/.npmrc`.
fn add_with(registry: &Registry, pnpm: &str, npmrc: &str, package: &str, line: &str) -> Ran {
    let home = &registry.home;
    let config = registry.paste("pnpm", npmrc, ".npmrc");
    let bin = if npmrc == "npmrc" { home.path("bin") } else { BINARY.strip_suffix("/jwt-credential").unwrap().into() };
    let text = fs::read_to_string(config).unwrap().replace("/usr/local/bin", bin.to_str().unwrap());
    // The test's own settings: the CA, and no retries.
    let text = format!("{text}cafile={}\nfetch-retries=0\n{line}\n", registry.ca.display());
    home.write(".npmrc", &text, 0o600);
    fs::create_dir_all(home.path("work")).unwrap();
    home.write("work/package.json", "{}", 0o600);
    Ran::of(registry.tool(pnpm).args(["add", package]).current_dir(home.path("work")))
}

#[test]
fn pnpm_shows_the_token_to_the_registry() {
    for (pnpm, npmrc) in [(TEN, "npmrc"), (LATEST, "npmrc"), (LATEST, "npmrc-with-arguments")] {
        let Some(registry) = registry(pnpm) else { return };
        let ran = add(&registry, pnpm, npmrc);
        assert!(ran.code == 0 && ran.stdout.contains("+ hello 1.0.0"), "{pnpm} {npmrc}: {ran:?}");
        let shown = registry.shown();
        assert!(shown.len() >= 2 && shown.iter().all(|had| had == "Bearer token-1"), "{pnpm} {npmrc}: {shown:?}");
    }
}

#[test]
fn pnpm_gets_no_token_for_an_unlisted_registry() {
    let Some(registry) = registry(LATEST) else { return };
    registry.lists("default", "other.example.com");
    let ran = add(&registry, LATEST, "npmrc-with-arguments");
    assert!(ran.code != 0 && registry.shown().iter().all(|had| had == "-"), "{ran:?} {:?}", registry.shown());
    assert_eq!(registry.ims.count(), 0);
}

/// A registry under another name, which has no `tokenHelper`.
#[test]
fn pnpm_sends_no_token_to_another_registry() {
    for pnpm in [TEN, LATEST] {
        let Some(registry) = registry(pnpm) else { return };
        let other = format!("127.0.0.1:{}", registry.server.port());
        let ran = add_with(&registry, pnpm, "npmrc", "@other/hello", &format!("@other:registry=https://{other}/"));
        assert_ne!(ran.code, 0, "{pnpm}: {ran:?}");
        let asked = registry.server.asked();
        let mut there = asked.iter().filter(|asked| asked.header("host") == Some(&other)).peekable();
        assert!(there.peek().is_some(), "{pnpm}: {ran:?}");
        assert!(there.all(|asked| asked.header("authorization").is_none()), "{pnpm}: {asked:?}");
    }
}

#[test]
fn pnpm_10_sends_nothing_if_the_endpoint_refuses() {
    let Some(registry) = refused(TEN) else { return };
    let ran = add(&registry, TEN, "npmrc");
    assert_eq!((ran.code, registry.server.count()), (1, 0));
    shows_as_in_readme("pnpm", 0, &ran.stdout);
}

#[test]
fn the_latest_pnpm_sends_no_token_if_the_endpoint_refuses() {
    let Some(registry) = refused(LATEST) else { return };
    let ran = add(&registry, LATEST, "npmrc");
    assert_eq!(ran.code, 1);
    assert!(registry.shown().iter().all(|had| had == "-"), "{:?}", registry.shown());
    shows_as_in_readme("pnpm", 1, &ran.stderr);
    let status = registry.home.run(["status"]);
    assert!(status.stdout.contains("last failure") && status.stdout.contains("Adobe rejected"), "{status:?}");
}
