//! uv installs a package from an index, with `integrations/uv/uv.toml` and our `keyring` in PATH.

use std::fs;

use crate::support::Ran;
use crate::support::package::python_index;
use crate::support::pages::shows_as_in_readme;
use crate::support::registry::{Registry, basic};

/// How the index is written: as in the file, or with a user name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Index {
    Always,
    WithUser,
}

/// An index for uv, whose endpoint gives tokens.
fn registry() -> Option<Registry> {
    Registry::new("uv", python_index("token-1")?)
}

/// The same with an endpoint that refuses.
fn refused() -> Option<Registry> {
    Registry::refused("uv", python_index("token-1")?)
}

pub(super) fn uv(registry: &Registry, index: Index) -> Ran {
    let config = registry.paste("uv", "uv.toml", ".config/uv/uv.toml");
    if index == Index::WithUser {
        let text = fs::read_to_string(&config).unwrap();
        let with_user = text.replace("authenticate = \"always\"\n", "").replace("https://", "https://oauth2@");
        registry.home.write(".config/uv/uv.toml", &with_user, 0o600);
    }
    let mut uv = registry.tool_with_keyring("uv");
    uv.env("UV_CONFIG_FILE", config).env("UV_PYTHON_DOWNLOADS", "never").current_dir(registry.home.directory.path());
    Ran::of(uv.args(["pip", "install", "--no-deps", "--no-cache", "--target", "packages", "hello"]))
}

#[test]
fn uv_shows_the_token_as_a_password_from_its_first_request() {
    for index in [Index::Always, Index::WithUser] {
        let Some(registry) = registry() else { return };
        let ran = uv(&registry, index);
        assert!(ran.code == 0 && ran.stderr.contains(" + hello==1.0"), "{index:?}: {ran:?}");
        assert!(registry.home.path("packages/hello.py").exists());
        let mut shown = registry.shown();
        // For the file that the index links to, uv first tries the user name alone.
        shown.retain(|had| index == Index::Always || *had != basic("oauth2", ""));
        assert_eq!(shown, [basic("oauth2", "token-1"), basic("oauth2", "token-1")], "{index:?}");
    }
}

#[test]
fn uv_sends_no_token_to_an_unlisted_index() {
    for index in [Index::Always, Index::WithUser] {
        let Some(registry) = registry() else { return };
        registry.lists("default", "other.example.com");
        let ran = uv(&registry, index);
        assert!(ran.code != 0, "{index:?}: {ran:?}");
        assert!(registry.shown().iter().all(|had| *had == basic("oauth2", "")), "{index:?}: {:?}", registry.shown());
        assert_eq!(registry.ims.count(), 0, "{index:?}");
    }
}

#[test]
fn uv_sends_nothing_if_the_endpoint_refuses() {
    let Some(registry) = refused() else { return };
    let ran = uv(&registry, Index::Always);
    assert_eq!((ran.code, registry.server.count()), (2, 0));
    shows_as_in_readme("uv", 0, &ran.stderr);
}

#[test]
fn uv_with_a_user_name_sends_no_token_if_the_endpoint_refuses() {
    let Some(registry) = refused() else { return };
    let ran = uv(&registry, Index::WithUser);
    assert!(ran.code != 0 && ran.stderr.contains("jwt-credential: error: Adobe rejected"), "{ran:?}");
    assert!(registry.shown().iter().all(|had| *had == basic("oauth2", "")), "{:?}", registry.shown());
}
