//! Postman's collection runner, newman, with the collection of `integrations/postman`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, sends_nothing_without_a_token, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::integration;

fn run(apis: &Apis, base_url: &str) -> Command {
    let mut command = apis.home.program(integration("postman/run.sh"));
    command.arg(base_url);
    command
}

/// newman with the environment in this file.
fn newman(apis: &Apis) -> (i32, String) {
    let mut command = apis.home.program("newman");
    command.arg("run").arg(integration("postman/adobe.postman_collection.json"));
    command.arg("-e").arg(apis.home.path("adobe.json"));
    run_tool(command.arg("--env-var").arg(format!("BASE_URL={}", apis.listed.origin())))
}

#[test]
fn newman_sends_the_headers_of_the_environment() {
    if !has_clients(&["newman", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut run(&apis, &apis.listed.origin()));
    assert!(code == 0 && said.contains("✓  the API takes the token"), "{said}");
    let asked = apis.asked_with_headers();
    assert_eq!(asked[0].line, "GET /data/foundation/sandbox-management/sandboxes HTTP/1.1");
}

#[test]
fn newman_sends_nothing_after_the_token_expired() {
    if !has_clients(&["newman", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let file = apis.home.path("adobe.json");
    let write = || apis.home.run(["postman", "-o", file.to_str().unwrap()]).succeeds();
    write();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let (code, said) = newman(&apis);
    assert_eq!(code, 0, "{said}");

    let environment = fs::read_to_string(&file).unwrap();
    let (before, rest) = environment.split_once("ACCESS_TOKEN_EXPIRES_AT").unwrap();
    let (_, end) = rest.split_once("\"value\": \"").unwrap();
    let ended = environment.replace(&end[..20], "2026-01-01T00:00:00Z");
    assert!(ended != environment && ended.starts_with(before));
    // The same for a file that never had a token.
    for useless in [ended, environment.replace("\"ACCESS_TOKEN\"", "\"OTHER\"")] {
        fs::write(&file, useless).unwrap();
        let (code, said) = newman(&apis);
        assert!(code == 1 && said.contains("run jwt-credential postman again"), "{said}");
        assert_eq!(apis.listed.count(), 1);
    }
    write();
    assert_eq!(newman(&apis).0, 0);
    assert_eq!(apis.asked_with_headers().len(), 2);
}

#[test]
fn a_redirect_takes_no_token_out_of_the_collection() {
    if !has_clients(&["newman", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut run(&apis, &(apis.listed.origin() + "/elsewhere")));
    assert!(code == 1 && said.contains("302"), "{said}");
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (1, 0));
}

#[test]
fn newman_sends_nothing_without_a_token() {
    if has_clients(&["newman", "bash"]) {
        sends_nothing_without_a_token("postman", run, [1, 1]);
    }
}

#[test]
fn the_check_of_postmans_readme_works() {
    if has_clients(&["newman", "bash"]) {
        the_check_works("postman", &mut Home::new().program("bash"));
    }
}
