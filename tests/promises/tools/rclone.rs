//! rclone lists a directory of a `WebDAV` server, with `integrations/rclone/rclone.conf`.

use std::time::Duration;

use crate::support::Ran;
use crate::support::endpoint::{Answer, Asked, Endpoint};
use crate::support::pages::shows_as_in_readme;
use crate::support::registry::{Registry, no_entry, open_to, path};

fn files(asked: &Asked) -> Answer {
    let entry = |href: &str, kind: &str| {
        let properties = format!("<d:prop><d:resourcetype>{kind}</d:resourcetype></d:prop>");
        let status = "<d:status>HTTP/1.1 200 OK</d:status>";
        format!("<d:response><d:href>{href}</d:href><d:propstat>{properties}{status}</d:propstat></d:response>")
    };
    let entries = entry("/files/", "<d:collection/>") + &entry("/files/hello.txt", "");
    let list = format!("<?xml version=\"1.0\"?><d:multistatus xmlns:d=\"DAV:\">{entries}</d:multistatus>");
    match path(asked) {
        "/files/" => Answer::new(207, &[("Content-Type", "application/xml")], &list),
        _ => Answer::new(404, &[], ""),
    }
}

fn list(registry: &Registry) -> Ran {
    let config = registry.paste("rclone", "rclone.conf", ".config/rclone/rclone.conf");
    let mut rclone = registry.tool("rclone");
    Ran::of(rclone.arg("--config").arg(config).args(["--retries=1", "--low-level-retries=2", "lsf", "dav:"]))
}

#[test]
fn rclone_shows_the_token_to_the_server() {
    let Some(registry) = Registry::new("rclone", open_to("token-1", files)) else { return };
    assert_eq!(list(&registry).succeeds().stdout, "hello.txt\n");
    assert_eq!(registry.shown(), ["Bearer token-1"]);
}

#[test]
fn after_a_401_rclone_gets_the_next_token() {
    // Each request comes after its token's only second.
    let tokens = Endpoint::tokens(1);
    let late = |asked: &Asked, number: usize| match number {
        1 => no_entry().after(Duration::from_millis(1_100)),
        _ => files(asked),
    };
    let Some(registry) = Registry::at("rclone", tokens, late) else { return };
    assert_eq!(list(&registry).succeeds().stdout, "hello.txt\n");
    assert_eq!(registry.shown(), ["Bearer token-1", "Bearer token-2"]);
}

#[test]
fn rclone_gets_no_token_for_an_unlisted_server() {
    let Some(registry) = Registry::new("rclone", open_to("token-1", files)) else { return };
    registry.lists("default", "other.example.com");
    let ran = list(&registry);
    assert!(ran.code != 0 && ran.stderr.contains("error: no token for https://localhost:"), "{ran:?}");
    assert_eq!((registry.server.count(), registry.ims.count()), (0, 0));
}

#[test]
fn rclone_sends_nothing_if_the_endpoint_refuses() {
    let Some(registry) = Registry::refused("rclone", open_to("token-1", files)) else { return };
    let ran = list(&registry);
    assert_eq!((ran.code, registry.server.count()), (1, 0));
    shows_as_in_readme("rclone", 0, &ran.stderr);
}
