//! pip downloads a package from an index, with `integrations/pip/pip.conf` and a `keyring` of ours on the path.

use super::super::support::Ran;
use super::super::support::linked::shows_as_in_readme;
use super::super::support::package::python_index;
use super::super::support::registry::{Registry, basic};

fn pip(registry: &Registry) -> Ran {
    let config = registry.paste("pip", "pip.conf", ".config/pip/pip.conf");
    let mut pip = registry.tool_with_keyring("pip");
    pip.env("PIP_CERT", &registry.ca).env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_CONFIG_FILE", config);
    Ran::of(pip.args(["download", "--no-deps", "--no-cache-dir", "hello"]).current_dir(registry.home.directory.path()))
}

/// pip's first request has the user name that its configuration says, and no password.
fn without_password() -> String {
    basic("oauth2", "")
}

#[test]
fn pip_shows_the_token_as_a_password() {
    let Some(registry) = Registry::new("pip", python_index("token-1")) else { return };
    let ran = pip(&registry).succeeds();
    assert!(ran.stdout.contains("Successfully downloaded hello"), "{ran:?}");
    let token = basic("oauth2", "token-1");
    assert_eq!(registry.shown(), [without_password(), token.clone(), token]);
}

#[test]
fn pip_sends_no_token_to_an_index_that_no_profile_lists() {
    let Some(registry) = Registry::new("pip", python_index("token-1")) else { return };
    registry.lists("default", "other.example.com");
    let ran = pip(&registry);
    assert!(ran.code == 1 && ran.stderr.contains("WARNING: 401 Error, Credentials not correct for"), "{ran:?}");
    assert_eq!((registry.shown(), registry.ims.count()), (vec![without_password(); 2], 0));
}

#[test]
fn pip_sends_no_token_where_the_endpoint_refuses_and_shows_why() {
    let Some(registry) = Registry::refused("pip", python_index("token-1")) else { return };
    let ran = pip(&registry);
    assert_eq!((ran.code, registry.shown()), (1, vec![without_password(); 2]));
    assert_eq!(registry.ims.count(), 1, "pip asks for the index's URL, then for its host");
    shows_as_in_readme("pip", 0, &ran.stderr);
}
