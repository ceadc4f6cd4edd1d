//! xh, by the script of `integrations/xh`.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, sends_nothing_without_a_token, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::{fenced, integration};

fn get<const N: usize>(apis: &Apis, args: [&str; N]) -> Command {
    let mut command = apis.home.program(integration("xh/get.sh"));
    command.args(args).arg("--ignore-stdin");
    command
}

#[test]
fn a_request_of_xh_has_the_headers() {
    if !has_clients(&["xh", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let url = apis.listed.origin() + "/x";
    let (code, said) = run_tool(&mut get(&apis, [&url]));
    assert!(code == 0 && said.contains("hello"), "{said}");
    run_tool(&mut get(&apis, ["PUT", &url, "a=b"]));
    let asked = apis.asked_with_headers();
    assert_eq!((asked[0].line.as_str(), asked[1].line.as_str()), ("GET /x HTTP/1.1", "PUT /x HTTP/1.1"));
    assert_eq!(asked[1].body, r#"{"a":"b"}"#);

    let readme = fs::read_to_string(integration("xh/README.md")).unwrap();
    let by_hand = &fenced(&readme, "sh")[1];
    run_tool(apis.home.program("/bin/sh").args(["-c", &by_hand.replace("xh ", "xh --ignore-stdin ")]).env("URL", &url));
    assert_eq!(apis.asked_with_token().len(), 3);
}

#[test]
fn xh_writes_the_token_into_no_session_file() {
    if !has_clients(&["xh", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let file = apis.home.path("session.json");
    let session = format!("--session={}", file.display());
    let (code, said) = run_tool(&mut get(&apis, [&apis.listed.origin(), &session]));
    assert!(code == 2 && said.contains("xh would write the token into the session file"), "{said}");
    assert!(!Path::new(&file).exists());
    apis.nothing_was_sent();
}

#[test]
fn a_redirect_of_xhs_takes_no_token_to_another_host() {
    if !has_clients(&["xh", "bash"]) {
        return;
    }
    let apis = Apis::new();
    for path in ["/here", "/elsewhere"] {
        run_tool(&mut get(&apis, [&(apis.listed.origin() + path), "--follow"]));
    }
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (3, 1));
}

#[test]
fn xh_sends_nothing_without_a_token() {
    if has_clients(&["xh", "bash"]) {
        sends_nothing_without_a_token("xh", |apis, url| get(apis, [url]), [3, 4]);
    }
}

#[test]
fn the_check_of_xhs_readme_works() {
    if has_clients(&["xh", "bash"]) {
        the_check_works("xh", &mut Home::new().program("bash"));
    }
}
