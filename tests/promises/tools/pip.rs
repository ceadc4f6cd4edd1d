//! pip downloads a package from an index, with `integrations/pip/pip.conf` and our `keyring` in PATH.

use crate::support::Ran;
use crate::support::clients::{find, version};
use crate::support::package::python_index;
use crate::support::pages::shows_as_in_readme;
use crate::support::registry::{Registry, basic};

/// The machine's own pip, the oldest that the page names, and the newest.
pub(super) const ALL: [&str; 3] = ["pip", "pip-oldest", "pip-latest"];

/// Runs this with every installed pip and an index whose endpoint gives tokens.
fn with_each(check: impl Fn(&str, &Registry)) {
    let registry = |pip| Registry::new(pip, python_index("token-1")?);
    for pip in ALL {
        if let Some(registry) = registry(pip) {
            check(pip, &registry);
        }
    }
}

pub(super) fn download(pip: &str, registry: &Registry) -> Ran {
    let config = registry.paste("pip", "pip.conf", ".config/pip/pip.conf");
    let mut command = registry.tool_with_keyring(pip);
    command.env("PIP_CERT", &registry.ca).env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("PIP_CONFIG_FILE", config);
    command.args(["download", "--no-deps", "--no-cache-dir", "hello"]).current_dir(registry.home.directory.path());
    Ran::of(&mut command)
}

#[test]
fn pip_shows_the_token_as_a_password() {
    with_each(|pip, registry| {
        let ran = download(pip, registry).succeeds();
        assert!(ran.stdout.contains("Successfully downloaded hello"), "{pip}: {ran:?}");
        let token = basic("oauth2", "token-1");
        assert_eq!(registry.shown(), [basic("oauth2", ""), token.clone(), token], "{pip}");
    });
}

#[test]
fn pip_sends_no_token_to_an_unlisted_index() {
    with_each(|pip, registry| {
        registry.lists("default", "other.example.com");
        let ran = download(pip, registry);
        let warned = ran.stderr.contains("WARNING: 401 Error, Credentials not correct for");
        assert!(ran.code == 1 && warned, "{pip}: {ran:?}");
        assert_eq!((registry.shown(), registry.ims.count()), (vec![basic("oauth2", ""); 2], 0), "{pip}");
    });
}

#[test]
fn pip_sends_no_token_if_the_endpoint_refuses() {
    let registry = |pip| Registry::refused(pip, python_index("token-1")?);
    for pip in ALL {
        let Some(registry) = registry(pip) else { continue };
        let ran = download(pip, &registry);
        assert_eq!((ran.code, registry.shown()), (1, vec![basic("oauth2", ""); 2]), "{pip}");
        // Since 26.2, pip hides the standard error of its keyring.
        if find(pip).and_then(|path| version(&path)) >= Some((26, 2)) {
            assert!(!ran.stderr.contains("jwt-credential"), "{ran:?}");
            shows_as_in_readme("pip", 1, &ran.stderr);
        } else {
            shows_as_in_readme("pip", 0, &ran.stderr);
        }
        // pip asks for the index's URL, then for its host.
        assert_eq!(registry.ims.count(), 1, "{pip}");
    }
}
