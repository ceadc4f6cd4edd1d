//! npm installs a package from a registry with `integrations/npm/npmrc`, run by `exec`.

use std::fs;

use crate::support::pages::shows_as_in_readme;
use crate::support::registry::Registry;
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
