//! The test plays Bazel's part with `integrations/bazel/bazelrc`, because no package registry has Bazel itself. It
//! follows the rules of `CredentialHelper.java` and `GetCredentialsResponse.java`.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde::Deserialize;
use serde_json::json;

use crate::support::endpoint::{Answer, Asked};
use crate::support::pages::{integration, shows_as_in_readme};
use crate::support::registry::{PLACEHOLDER, Registry, open_to};
use crate::support::{CLIENT_ID, Ran};

/// The host of the loopback server: a scope has no port, and contains a dot.
const HOST: &str = "127.0.0.1";

fn cache(_: &Asked) -> Answer {
    Answer::new(200, &[], "cached")
}

fn listing(registry: Option<Registry>, host: &str) -> Option<Registry> {
    let registry = registry?;
    registry.lists("default", &format!("{host}:{}", registry.server.port()));
    Some(registry)
}

/// Bazel accepts only this structure and ignores other keys.
#[derive(Deserialize, Debug, Default)]
struct Credentials {
    #[serde(default)]
    headers: BTreeMap<String, Vec<String>>,
    expires: Option<String>,
}

/// The helper that the file names for this host.
fn helper_for(host: &str) -> Option<String> {
    let text = fs::read_to_string(integration("bazel/bazelrc")).unwrap().replace(PLACEHOLDER, HOST);
    let flags = text.lines().filter_map(|line| line.strip_prefix("common --credential_helper="));
    let mut scoped = flags.map(|flag| flag.split_once('=').unwrap());
    scoped.find(|(scope, _)| *scope == host).map(|(_, helper)| helper.to_owned())
}

/// Runs the helper for a URI as Bazel does: the argument `get`, in the workspace, with the request on standard input.
fn credentials(registry: &Registry, uri: &str) -> Result<Credentials, String> {
    let authority = uri.split("://").nth(1).unwrap().split('/').next().unwrap();
    let Some(helper) = helper_for(authority.split(':').next().unwrap()) else { return Ok(Credentials::default()) };
    let workspace = registry.home.path("workspace");
    fs::create_dir_all(&workspace).unwrap();
    let mut command = registry.tool(&helper);
    command.arg("get").current_dir(workspace).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(json!({ "uri": uri }).to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    let failed = |what: &str| format!("Failed to get credentials for '{uri}' from helper '{helper}': {what}");
    match output.status.code() {
        Some(0) => serde_json::from_slice(&output.stdout).map_err(|_| failed("error parsing output")),
        code => Err(failed(&format!("process exited with code {}. stderr: {stderr}", code.unwrap()))),
    }
}

/// A download with the helper's headers; an error if the helper fails.
fn download(registry: &Registry) -> Result<Ran, String> {
    let url = format!("https://{HOST}:{}/cas/1", registry.server.port());
    let credentials = credentials(registry, &url)?;
    let mut curl = registry.tool("curl");
    curl.arg("-sS").arg("--cacert").arg(&registry.ca);
    for (name, values) in &credentials.headers {
        for value in values {
            curl.arg("-H").arg(format!("{name}: {value}"));
        }
    }
    Ok(Ran::of(curl.arg(&url)))
}

#[test]
fn bazels_request_has_the_helpers_headers() {
    let Some(registry) = listing(Registry::new("curl", open_to("token-1", cache)), HOST) else { return };
    assert_eq!(download(&registry).unwrap().succeeds().stdout, "cached");
    assert_eq!(registry.shown(), ["Bearer token-1"]);
    assert_eq!(registry.server.asked()[0].header("x-api-key"), Some(CLIENT_ID));
}

#[test]
fn bazel_gets_the_expiry_in_the_one_form_that_it_reads() {
    let Some(registry) = listing(Registry::new("curl", open_to("token-1", cache)), HOST) else { return };
    for scheme in ["https", "grpcs"] {
        let told = credentials(&registry, &format!("{scheme}://{HOST}:{}/", registry.server.port())).unwrap();
        assert_eq!(told.headers["Authorization"], ["Bearer token-1"], "{scheme}");
        // yyyy-MM-dd'T'HH:mm:ssXXX: no fraction of a second.
        let end = told.expires.unwrap();
        assert_eq!(end.len(), "2026-11-25T07:00:00Z".len(), "{end}");
        humantime::parse_rfc3339(&end).unwrap();
    }
    assert_eq!(registry.ims.count(), 1);
}

/// The address of an artifact may have a long query.
#[test]
fn bazel_gets_headers_for_a_url_of_4_000_letters() {
    let Some(registry) = listing(Registry::new("curl", open_to("token-1", cache)), HOST) else { return };
    let start = format!("https://{HOST}:{}/cas/1?signature=", registry.server.port());
    let url = format!("{start}{}", "x".repeat(4_000 - start.len()));
    assert_eq!(credentials(&registry, &url).unwrap().headers["Authorization"], ["Bearer token-1"]);
}

#[test]
fn bazel_gets_no_token_for_a_server_that_no_profile_lists() {
    let Some(registry) = listing(Registry::new("curl", open_to("token-1", cache)), "other.example.com") else { return };
    download(&registry).unwrap();
    assert_eq!((registry.shown(), registry.ims.count()), (vec!["-".to_owned()], 0));
}

#[test]
fn bazel_sends_nothing_if_the_endpoint_refuses() {
    let Some(registry) = listing(Registry::refused("curl", open_to("token-1", cache)), HOST) else { return };
    let shown = download(&registry).unwrap_err();
    assert_eq!(registry.server.count(), 0);
    shows_as_in_readme("bazel", 0, &shown);
}
