//! hurl, by the script of `integrations/hurl`.

use std::process::Command;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, the_check_works};
use crate::support::clients::{find, skip};
use crate::support::pages::{integration, shows_as_in_readme};

/// hurl takes minutes to build, so it is optional in every run.
fn has_hurl() -> bool {
    let here = find("hurl").is_some();
    if !here {
        skip("hurl");
    }
    here
}

fn run(apis: &Apis, base_url: &str) -> Command {
    let mut command = apis.home.program(integration("hurl/run.sh"));
    command.arg(base_url).arg(integration("hurl/get.hurl"));
    command
}

#[test]
fn a_request_of_hurl_has_the_headers_and_shows_no_token() {
    if !has_hurl() {
        return;
    }
    let apis = Apis::new();
    let report = apis.home.path("report");
    let (code, said) =
        run_tool(run(&apis, &apis.listed.origin()).arg("--very-verbose").arg("--report-json").arg(&report));
    assert!(code == 0 && said.contains("hello") && said.contains("Authorization: ***"), "{said}");
    assert_eq!(apis.asked_with_headers().len(), 1);
    let report = std::fs::read_to_string(report.join("report.json")).unwrap();
    assert!(report.contains("Authorization") && !report.contains("token-1"), "{report}");

    let file = apis.home.write("bare.hurl", "GET {{url}}\nAuthorization: Bearer {{token}}\n", 0o644);
    let url = format!("url={}", apis.listed.origin());
    let mut exec = apis.home.command(["exec", "--name", "HURL_SECRET_token", "--", "hurl", "--variable", &url]);
    let (code, said) = run_tool(exec.arg(file));
    assert!(code == 0 && said.contains("hello"), "{said}");
    assert_eq!(apis.asked_with_token().len(), 2);
}

#[test]
fn a_redirect_of_hurls_takes_no_token_to_another_host() {
    if !has_hurl() {
        return;
    }
    let apis = Apis::new();
    for path in ["/here", "/elsewhere"] {
        let (code, said) = run_tool(run(&apis, &(apis.listed.origin() + path)).arg("--location"));
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (3, 1));
}

#[test]
fn hurl_sends_nothing_without_a_token() {
    if !has_hurl() {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut run(&apis, &apis.unlisted.origin()));
    assert!(code == 3 && said.contains("no token for http://127.0.0.1:"), "{said}");
    let base_url = format!("base_url={}", apis.listed.origin());
    let bare = ["--variable", &base_url, "--variable", "api_key=x", "--variable", "org_id=x"];
    let (code, said) = run_tool(apis.home.program("hurl").args(bare).arg(integration("hurl/get.hurl")));
    assert!(code == 3 && said.contains("you must set the variable authorization"), "{said}");
    apis.nothing_was_sent();

    let apis = Apis::refusing();
    let (code, said) = run_tool(&mut run(&apis, &apis.listed.origin()));
    assert_eq!(code, 4, "{said}");
    shows_as_in_readme("hurl", 0, &said);
    apis.nothing_was_sent();
}

#[test]
fn the_check_of_hurls_readme_works() {
    if has_hurl() {
        the_check_works("hurl", &mut Home::new().program("bash"));
    }
}
