//! podman and buildah pull an image from a registry, with docker's configuration of `integrations/docker`.

use std::fs;
use std::process::Command;

use crate::support::Ran;
use crate::support::clients::skip;
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::files::is_root;

use super::docker::{Registry, Wants, password, refusing};

/// Both programs, each with a token endpoint and a registry. Without root they need a map of user IDs.
fn with_each(wants: Wants, ims: fn() -> Endpoint, host: Option<&str>, check: impl Fn(&str, &Registry, &Endpoint)) {
    if !is_root() {
        return skip("podman as root");
    }
    for client in ["podman", "buildah"] {
        let ims = ims();
        if let Some(registry) = Registry::new(client, wants, &ims, host) {
            check(client, &registry, &ims);
        }
    }
}

/// A command of the client, with storage of its own.
fn command(client: &str, registry: &Registry, operation: &str) -> Command {
    let mut command = registry.home.tool(client);
    for (option, directory) in [("--root", "storage"), ("--runroot", "run")] {
        command.arg(option).arg(registry.home.path(directory));
    }
    command.args(["--storage-driver", "vfs", operation, "--authfile"]);
    command.arg(registry.home.path(".docker/config.json")).arg("--cert-dir").arg(registry.certificates());
    command.env("TMPDIR", registry.home.path("")).env("XDG_RUNTIME_DIR", registry.home.path(""));
    command
}

fn tokens() -> Endpoint {
    Endpoint::tokens(DAY)
}

fn pull(client: &str, registry: &Registry) -> Ran {
    Ran::of(command(client, registry, "pull").arg(format!("{}/team/app:v1", registry.name())))
}

#[test]
fn podman_and_buildah_pull_with_the_token() {
    for (wants, sent) in [
        (Wants::Password, vec![password("token-1")]),
        (Wants::Exchange, vec![password("token-1"), "Bearer of-the-registry".into()]),
    ] {
        with_each(wants, tokens, None, |client, registry, ims| {
            let ran = pull(client, registry);
            assert_eq!((ran.code, registry.sent(), ims.count()), (0, sent.clone(), 1), "{client}: {ran:?}");
        });
    }
}

#[test]
fn podman_and_buildah_log_in_and_keep_nothing() {
    with_each(Wants::Password, tokens, None, |client, registry, _| {
        let ran = Ran::of(command(client, registry, "login").arg(registry.name()));
        let is_said = ["Login Succeeded", "Already logged in"].iter().any(|words| ran.stdout.contains(words));
        assert!(ran.code == 0 && is_said, "{client}: {ran:?}");
        let text = fs::read_to_string(registry.home.path(".docker/config.json")).unwrap();
        assert!(!text.contains("auths") && !text.contains("token-1"), "{client}: {text}");
        assert_eq!(pull(client, registry).code, 0, "{client}");
    });
}

#[test]
fn podman_and_buildah_get_no_token_for_an_unlisted_registry() {
    with_each(Wants::Password, tokens, Some("registry.example.com"), |client, registry, ims| {
        let ran = pull(client, registry);
        assert!(ran.code != 0 && registry.sent().is_empty() && ims.count() == 0, "{client}: {ran:?}");
    });
}

#[test]
fn podman_and_buildah_send_nothing_if_the_endpoint_refuses() {
    with_each(Wants::Password, refusing, None, |client, registry, _| {
        let ran = pull(client, registry);
        assert!(ran.code != 0 && registry.sent().is_empty(), "{client}: {ran:?}");
        assert!(ran.stderr.contains("jwt-credential: error: Adobe rejected the client credentials at "), "{ran:?}");
    });
}
