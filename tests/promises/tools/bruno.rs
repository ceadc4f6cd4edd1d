//! The Bruno CLI, with the collection of `integrations/bruno`.

use std::process::Command;

use serde_json::json;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, sends_nothing_without_a_token, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::integration;

fn run(apis: &Apis, base_url: &str) -> Command {
    let mut command = apis.home.program("bru");
    command.args(["run", "--env", "adobe", "--env-var"]).arg(format!("BASE_URL={base_url}"));
    command.current_dir(integration("bruno"));
    command
}

fn run_in_developer_mode(apis: &Apis, base_url: &str) -> Command {
    let mut command = run(apis, base_url);
    command.arg("--sandbox=developer");
    command
}

#[test]
fn a_request_of_bruno_has_the_headers() {
    if !has_clients(&["bru", "bash"]) {
        return;
    }
    let apis = Apis::new();
    apis.profile(&json!({"headers": {"accept": "text/plain", "x-sandbox-name": "prod"}}));
    let (code, said) = run_tool(&mut run_in_developer_mode(&apis, &apis.listed.origin()));
    assert!(code == 0 && said.contains("res.status: eq 200"), "{said}");
    let asked = apis.asked_with_headers();
    assert_eq!(asked[0].line, "GET /data/foundation/sandbox-management/sandboxes HTTP/1.1");
    // A request's own header stays.
    assert_eq!(["accept", "x-sandbox-name"].map(|name| asked[0].header(name).unwrap()), ["application/json", "prod"]);
    let (code, said) =
        run_tool(run_in_developer_mode(&apis, &apis.listed.origin()).args(["--env-var", "PROFILE=nobody"]));
    assert!(code == 1 && said.contains("no profile \"nobody\""), "{said}");
    assert_eq!(apis.listed.count(), 1);
}

#[test]
fn bruno_follows_no_redirect_with_the_token() {
    if !has_clients(&["bru", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut run_in_developer_mode(&apis, &(apis.listed.origin() + "/elsewhere")));
    assert!(code == 1 && said.contains("302"), "{said}");
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (1, 0));
}

#[test]
fn bruno_sends_nothing_without_a_token() {
    if !has_clients(&["bru", "bash"]) {
        return;
    }
    sends_nothing_without_a_token("bruno", run_in_developer_mode, [1, 1]);
    // In its safe mode it cannot run the program.
    let apis = Apis::new();
    let (code, said) = run_tool(&mut run(&apis, &apis.listed.origin()));
    assert!(code == 1 && said.contains("Cannot find module child_process"), "{said}");
    apis.nothing_was_sent();
}

#[test]
fn the_check_of_brunos_readme_works() {
    if has_clients(&["bru", "bash"]) {
        the_check_works("bruno", &mut Home::new().program("bash"));
    }
}
