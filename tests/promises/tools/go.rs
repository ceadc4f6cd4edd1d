//! go requests a module's versions from a module proxy, with `integrations/go/env`.

use std::fs;
use std::path::Path;

use crate::support::Ran;
use crate::support::endpoint::{Answer, Asked};
use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::registry::{Registry, no_entry, open_to, path};

const MANY: [&str; 3] = ["example.com/a", "example.com/b", "example.com/c"];

pub(super) fn modules(asked: &Asked) -> Answer {
    match path(asked).split("/@v/").nth(1) {
        _ if path(asked).starts_with("/example.com/missing/") => Answer::new(404, &[], "no such module"),
        Some("list") => Answer::new(200, &[], "v1.0.0\nv1.1.0\n"),
        Some("v1.1.0.info") => Answer::new(200, &[], r#"{"Version":"v1.1.0","Time":"2026-01-01T00:00:00Z"}"#),
        Some("v1.1.0.mod") => Answer::new(
            200,
            &[],
            &format!("module {}\n", path(asked).split("/@v/").next().unwrap().trim_start_matches('/')),
        ),
        _ => Answer::new(404, &[], "not found"),
    }
}

/// A server that no longer accepts the token, which has been cached for an hour.
fn withdrawn() -> Option<Registry> {
    let withdrawn = |asked: &Asked, _: usize| match asked.header("authorization") {
        None | Some("Bearer token-1") => no_entry(),
        Some(_) => modules(asked),
    };
    let registry = Registry::new("go", withdrawn)?;
    registry.home.run(["-p", "default", "token"]).succeeds();
    registry.home.age_token(3_600_000);
    Some(registry)
}

pub(super) fn versions(registry: &Registry, options: &[&str], modules: &[&str]) -> Ran {
    versions_with(registry, &registry.paste("go", "env", "go-env"), options, modules)
}

fn versions_with(registry: &Registry, env: &Path, options: &[&str], modules: &[&str]) -> Ran {
    // No toolchain, checksums or telemetry from elsewhere; a module cache that can be deleted with the home.
    let settings = [("GOTOOLCHAIN", "local"), ("GOSUMDB", "off"), ("GOTELEMETRY", "off"), ("GOFLAGS", "-modcacherw")];
    let mut go = registry.tool("go");
    go.env("GOENV", env).envs(settings).current_dir(registry.home.directory.path());
    Ran::of(go.arg("list").args(options).args(["-m", "-versions"]).args(modules))
}

#[test]
fn gos_first_request_has_the_token_of_a_named_profile() {
    let Some(registry) = Registry::new("go", open_to("token-1", modules)) else { return };
    let ran = versions(&registry, &[], &["example.com/hello"]).succeeds();
    assert_eq!(ran.stdout, "example.com/hello v1.0.0 v1.1.0\n");
    let shown = registry.shown();
    assert!(!shown.is_empty() && shown.iter().all(|had| had == "Bearer token-1"), "{shown:?}");
    assert_eq!(registry.ims.count(), 1);
}

#[test]
fn go_first_asks_without_a_token_if_no_profile_is_named() {
    let Some(registry) = Registry::new("go", open_to("token-1", modules)) else { return };
    let named = fs::read_to_string(registry.paste("go", "env", "go-env")).unwrap();
    let unnamed = named.replace("jwt-credential -p default go", "jwt-credential go");
    assert_ne!(named, unnamed);
    let env = registry.home.write("go-env", &unnamed, 0o600);
    versions_with(&registry, &env, &[], &["example.com/hello"]).succeeds();
    let shown = registry.shown();
    assert_eq!(shown[..2], ["-", "Bearer token-1"], "{shown:?}");
}

#[test]
fn after_a_401_go_continues_with_a_new_token() {
    let Some(registry) = withdrawn() else { return };
    versions(&registry, &[], &["example.com/hello"]).succeeds();
    let shown = registry.shown();
    assert_eq!(shown[..2], ["Bearer token-1", "Bearer token-2"], "{shown:?}");
    assert!(shown[2..].iter().all(|had| had == "Bearer token-2"), "{shown:?}");
    assert_eq!(registry.ims.count(), 2);
}

#[test]
fn a_missing_module_causes_no_new_token() {
    let Some(registry) = Registry::new("go", open_to("token-1", modules)) else { return };
    let ran = versions(&registry, &[], &["example.com/missing"]);
    assert!(ran.code == 1 && ran.stderr.contains("/example.com/missing/@v/list: 404 "), "{ran:?}");
    versions(&registry, &[], &["example.com/hello"]).succeeds();
    assert!(registry.shown().iter().all(|had| had == "Bearer token-1"), "{:?}", registry.shown());
    assert_eq!(registry.ims.count(), 1);
}

/// go had several requests under way, and reports each 401.
#[test]
fn several_401s_for_a_revoked_token_cause_one_new_token() {
    let Some(registry) = withdrawn() else { return };
    let script = "printf 'HTTP/1.1 401 Unauthorized\\n\\n' | jwt-credential -p default go \"$0\"";
    let told = MANY.map(|module| {
        let url = format!("https://{}/{module}/@v/list", registry.host());
        Ran::of(registry.home.program("/bin/sh").args(["-c", script, &url])).succeeds().stdout
    });
    assert!(told.iter().all(|told| told.contains("\nAuthorization: Bearer token-2\n")), "{told:#?}");
    assert_eq!(registry.ims.count(), 2);
}

#[test]
fn go_sends_no_token_to_an_unlisted_proxy() {
    let Some(registry) = Registry::new("go", open_to("token-1", modules)) else { return };
    registry.lists("default", "other.example.com");
    let ran = versions(&registry, &[], &["example.com/hello"]);
    assert!(ran.code == 1 && ran.stderr.ends_with("/example.com/hello/@v/list: 401 Unauthorized\n"), "{ran:?}");
    let shown = registry.shown();
    assert!(!shown.is_empty() && shown.iter().all(|had| had == "-"), "{shown:?}");
}

#[test]
fn go_sends_no_token_if_the_endpoint_refuses() {
    let Some(registry) = Registry::refused("go", open_to("token-1", modules)) else { return };
    let ran = versions(&registry, &[], &["example.com/hello"]);
    assert_eq!(ran.code, 1);
    shows_as_in_readme("go", 0, &ran.stderr);
    let ran = versions(&registry, &["-x"], &["example.com/hello"]);
    assert_eq!(ran.code, 1);
    shows_as_in_readme("go", 1, &ran.stderr);
    let shown = registry.shown();
    assert!(!shown.is_empty() && shown.iter().all(|had| had == "-"), "{shown:?}");
}

#[test]
fn a_refusing_endpoint_is_asked_once_for_many_modules() {
    let Some(registry) = Registry::refused("go", open_to("token-1", modules)) else { return };
    versions(&registry, &[], &MANY);
    assert_eq!(registry.ims.count(), 1);
}

#[test]
fn the_line_in_the_readme_writes_the_file_beside_it() {
    let Some(registry) = Registry::new("go", open_to("token-1", modules)) else { return };
    let line = readme_block("go", "sh", 0);
    Ran::of(registry.tool("/bin/sh").args(["-c", &line]).env("GOENV", registry.home.path("go-env"))).succeeds();
    let written = fs::read_to_string(registry.home.path("go-env")).unwrap();
    assert_eq!(written, fs::read_to_string(integration("go/env")).unwrap());
}
