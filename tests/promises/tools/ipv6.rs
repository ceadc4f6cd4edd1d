//! Servers that are named by an IPv6 address, with a port.

use crate::support::clients::{find, is_met, version};
use crate::support::endpoint::{Answer, Asked, DAY, Endpoint, IPV6};
use crate::support::package::python_index;
use crate::support::registry::{Registry, basic, open_to};
use crate::support::{BINARY, Ran};

use super::{docker, go, pip, uv};

fn hello(_: &Asked) -> Answer {
    Answer::new(200, &[], "hello")
}

/// git's answer to a request for references: there are none.
fn references(_: &Asked) -> Answer {
    let none = "0000000000000000000000000000000000000000 capabilities^{}\0\n";
    let text = format!("001e# service=git-upload-pack\n0000{:04x}{none}0000", none.len() + 4);
    Answer::new(200, &[("Content-Type", "application/x-git-upload-pack-advertisement")], &text)
}

#[test]
fn git_sends_the_token_to_an_ipv6_address() {
    let Some(registry) = Registry::on_ipv6("git", open_to("token-1", references)) else { return };
    let ca = format!("http.sslCAInfo={}", registry.ca.display());
    let mut git = registry.tool("git");
    git.args(["-c", "credential.helper=", "-c", "credential.helper=jwt", "-c", &ca, "ls-remote"]);
    let ran = Ran::of(git.arg(format!("https://{}/team/app.git", registry.host())).env("GIT_TERMINAL_PROMPT", "0"));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(registry.shown().contains(&basic("oauth2", "token-1")), "{:?}", registry.shown());
}

#[test]
fn pip_sends_the_token_to_an_ipv6_address() {
    for name in pip::ALL {
        let registry = python_index("token-1").and_then(|index| Registry::on_ipv6(name, index));
        let Some(registry) = registry else { continue };
        pip::download(name, &registry).succeeds();
        assert!(registry.shown().contains(&basic("oauth2", "token-1")), "{name}: {:?}", registry.shown());
    }
}

#[test]
fn uv_sends_the_token_to_an_ipv6_address() {
    let Some(registry) = python_index("token-1").and_then(|index| Registry::on_ipv6("uv", index)) else { return };
    let ran = uv::uv(&registry, uv::Index::Always);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(registry.shown(), [basic("oauth2", "token-1"), basic("oauth2", "token-1")]);
}

#[test]
fn go_sends_the_token_to_an_ipv6_address() {
    let Some(registry) = Registry::on_ipv6("go", open_to("token-1", go::modules)) else { return };
    go::versions(&registry, &[], &["example.com/hello"]).succeeds();
    assert!(registry.shown().iter().all(|had| had == "Bearer token-1"), "{:?}", registry.shown());
}

#[test]
fn curl_sends_the_token_to_an_ipv6_address() {
    let Some(registry) = Registry::on_ipv6("curl", open_to("token-1", hello)) else { return };
    let url = format!("https://{}/", registry.host());
    let mut command = registry.tool(BINARY);
    command.args(["--for", &url, "curl", "--", "-sS", "--cacert"]).arg(&registry.ca).arg(&url);
    assert_eq!(Ran::of(&mut command).succeeds().stdout, "hello");
    assert_eq!(registry.shown(), ["Bearer token-1"]);
}

/// docker 20.10 and skopeo 1.9 take no such name.
#[test]
fn docker_sends_the_token_to_an_ipv6_address() {
    let version = find("docker").and_then(|docker| version(&docker));
    if !is_met(version.is_some_and(|version| version >= (24, 0)), "docker 24 or later") {
        return;
    }
    let ims = Endpoint::tokens(DAY);
    let registry = docker::Registry::at((IPV6, IPV6), "docker", docker::Wants::Password, &ims, None);
    let Some(registry) = registry else { return };
    registry.docker().succeeds();
    assert_eq!(registry.sent(), [docker::password("token-1")]);
}
