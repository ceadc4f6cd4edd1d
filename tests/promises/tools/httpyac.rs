//! httpYac, with the configuration of `integrations/httpyac`.

use std::fs;
use std::process::Command;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, sends_nothing_without_a_token, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::integration;

/// httpYac with the request of that directory, for an API at this URL.
fn send(apis: &Apis, base_url: &str) -> Command {
    let mut command = apis.home.program("httpyac");
    command.args(["send", "adobe.http", "--all", "--var"]).arg(format!("BASE_URL={base_url}"));
    command.current_dir(integration("httpyac"));
    command
}

#[test]
fn a_request_of_httpyac_has_the_headers_and_shows_no_token() {
    if !has_clients(&["httpyac", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut send(&apis, &apis.listed.origin()));
    assert!(code == 0 && said.contains("authorization: Bearer ***"), "{said}");
    run_tool(send(&apis, &apis.listed.origin()).arg("--json"));
    let asked = apis.asked_with_headers();
    assert_eq!((asked.len(), asked[0].header("accept")), (2, Some("application/json")));
}

#[test]
fn a_request_of_httpyac_may_name_its_profile_or_none() {
    if !has_clients(&["httpyac", "bash"]) {
        return;
    }
    let apis = Apis::new();
    fs::copy(integration("httpyac/httpyac.config.js"), apis.home.path("httpyac.config.js")).unwrap();
    for (value, code) in [("jwt-credential default", 0), ("jwt-credential nobody", 10), ("Basic eDp5", 0)] {
        let request = format!("GET {}/x\nAuthorization: {value}\nx-api-key: mine\n", apis.listed.origin());
        fs::write(apis.home.path("adobe.http"), request).unwrap();
        let (ended, said) = run_tool(send(&apis, "").current_dir(apis.home.directory.path()));
        assert_eq!(ended, code, "{said}");
    }
    let asked = apis.listed.asked();
    let header = |number: usize, name: &str| asked[number].header(name).unwrap().to_owned();
    assert_eq!(asked.len(), 2);
    assert_eq!((header(0, "authorization"), header(0, "x-api-key")), ("Bearer token-1".into(), "mine".into()));
    assert_eq!(header(1, "authorization"), "Basic eDp5");
}

#[test]
fn a_redirect_of_httpyacs_takes_no_token_to_another_host() {
    if !has_clients(&["httpyac", "bash"]) {
        return;
    }
    let apis = Apis::new();
    for path in ["/here", "/elsewhere"] {
        let (code, said) = run_tool(&mut send(&apis, &(apis.listed.origin() + path)));
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (3, 1));
}

#[test]
fn httpyac_sends_nothing_without_a_token() {
    if has_clients(&["httpyac", "bash"]) {
        sends_nothing_without_a_token("httpyac", send, [10, 10]);
    }
}

#[test]
fn the_check_of_httpyacs_readme_works() {
    if has_clients(&["httpyac", "bash"]) {
        the_check_works("httpyac", &mut Home::new().program("bash"));
    }
}
