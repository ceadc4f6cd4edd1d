//! npm, yarn and bun install a package from a registry with the files of `integrations/npm`, run by `exec`.

use std::fs;

use crate::support::pages::{integration, readme_block, shows_as_in_readme};
use crate::support::registry::{PLACEHOLDER, Registry};
use crate::support::{BINARY, Ran};

use super::pnpm::packages;

/// npm in an empty project, through `exec` as on the page, or without.
fn install(registry: &Registry, by_exec: bool) -> Ran {
    let config = registry.paste("npm", "npmrc", ".npmrc");
    let text = fs::read_to_string(config).unwrap();
    let more = format!("cafile={}\nfetch-retries=0\naudit=false\nfund=false\n", registry.ca.display());
    registry.home.write(".npmrc", &(text + &more), 0o600);
    fs::create_dir_all(registry.home.path("work")).unwrap();
    registry.home.write("work/package.json", "{}", 0o600);
    let mut command = registry.tool(if by_exec { BINARY } else { "npm" });
    if by_exec {
        command.args(["exec", "--", "npm"]);
    }
    Ran::of(command.args(["install", "hello"]).current_dir(registry.home.path("work")))
}

#[test]
fn npm_sends_the_token_from_the_variable() {
    let Some(registry) = packages().and_then(|packages| Registry::new("npm", packages)) else { return };
    let ran = install(&registry, true);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(registry.shown().iter().all(|shown| shown == "Bearer token-1"), "{:?}", registry.shown());
    assert!(registry.home.path("work/node_modules/hello/package.json").is_file());
}

#[test]
fn npm_does_not_run_if_the_endpoint_refuses() {
    let Some(registry) = packages().and_then(|packages| Registry::refused("npm", packages)) else { return };
    let ran = install(&registry, true);
    assert_eq!((ran.code, registry.shown().len()), (125, 0), "{ran:?}");
    shows_as_in_readme("npm", 0, &ran.stderr);
    assert_ne!(install(&registry, false).code, 0);
    assert!(registry.shown().iter().all(|shown| !shown.contains("token")), "{:?}", registry.shown());
}

/// Adds the package with yarn 1, yarn 4 or bun, configured as on the page, and with the test's CA.
fn add(registry: &Registry, tool: &str) -> Ran {
    let (home, ca) = (&registry.home, registry.ca.display());
    if tool == "yarn4" {
        let text = readme_block("npm", "yaml", 0).replace(PLACEHOLDER, &registry.host());
        // The package has no date of its publication.
        let more = format!("httpsCaFilePath: \"{ca}\"\nnpmMinimalAgeGate: 0\nenableTelemetry: false\n");
        home.write(".yarnrc.yml", &(text + &more), 0o600);
    } else {
        let text = fs::read_to_string(registry.paste("npm", "npmrc", ".npmrc")).unwrap();
        let more = if tool == "yarn" { "always-auth=true" } else { "" };
        let page = fs::read_to_string(integration("npm/README.md")).unwrap();
        assert!(page.contains(&format!("`{more}`")) || more.is_empty(), "the page does not have {more}");
        home.write(".npmrc", &format!("{text}{more}\ncafile={ca}\n"), 0o600);
        home.write(".yarnrc", &format!("cafile \"{ca}\"\n"), 0o600);
    }
    fs::create_dir_all(home.path("work")).unwrap();
    home.write("work/package.json", "{}", 0o600);
    home.write("work/yarn.lock", "", 0o600);
    let mut command = registry.tool(BINARY);
    command.args(["exec", "--", tool, "add", "hello"]).current_dir(home.path("work"));
    command.env("YARN_CACHE_FOLDER", home.path("yarn")).env("BUN_INSTALL_CACHE_DIR", home.path("bun"));
    Ran::of(&mut command)
}

#[test]
fn yarn_and_bun_send_the_token_from_the_variable() {
    for tool in ["yarn", "yarn4", "bun"] {
        let Some(registry) = packages().and_then(|packages| Registry::new(tool, packages)) else { continue };
        let ran = add(&registry, tool);
        assert_eq!(ran.code, 0, "{tool}: {ran:?}");
        let shown = registry.shown();
        assert!(shown.len() >= 2 && shown.iter().all(|had| had == "Bearer token-1"), "{tool}: {shown:?}");
        let manifest = fs::read_to_string(registry.home.path("work/package.json")).unwrap();
        assert!(manifest.contains("\"hello\""), "{tool}: {manifest}");
    }
}

#[test]
fn yarn_and_bun_do_not_run_if_the_endpoint_refuses() {
    for tool in ["yarn", "yarn4", "bun"] {
        let Some(registry) = packages().and_then(|packages| Registry::refused(tool, packages)) else { continue };
        let ran = add(&registry, tool);
        assert_eq!((ran.code, registry.server.count()), (125, 0), "{tool}: {ran:?}");
    }
}
