//! wget, by the script of `integrations/wget`.

use std::process::Command;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, sends_nothing_without_a_token, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::integration;

fn get(apis: &Apis, url: &str) -> Command {
    let mut command = apis.home.program(integration("wget/get.sh"));
    command.args([url, "-nv", "-O", "-"]).env("TMPDIR", apis.home.directory.path());
    command
}

/// The files in the home other than the configuration and the cache.
fn left_over(apis: &Apis) -> Vec<String> {
    let entries = std::fs::read_dir(apis.home.directory.path()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| !["config", "cache"].contains(&name.as_str())).collect()
}

#[test]
fn a_request_of_wget_has_the_headers_and_leaves_no_file() {
    if !has_clients(&["wget", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut get(&apis, &(apis.listed.origin() + "/x")));
    assert!(code == 0 && said.contains("hello"), "{said}");
    assert_eq!(apis.asked_with_headers().len(), 1);
    assert_eq!(left_over(&apis), Vec::<String>::new());
}

#[test]
fn wget_follows_no_redirect_with_the_token() {
    if !has_clients(&["wget", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let (code, said) = run_tool(&mut get(&apis, &(apis.listed.origin() + "/elsewhere")));
    assert!(code == 8 && said.contains("0 redirections exceeded."), "{said}");
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (1, 0));
}

#[test]
fn wget_sends_nothing_without_a_token() {
    if !has_clients(&["wget", "bash"]) {
        return;
    }
    let apis = sends_nothing_without_a_token("wget", get, [3, 4]);
    assert_eq!(left_over(&apis), Vec::<String>::new());
}

#[test]
fn the_check_of_wgets_readme_works() {
    if has_clients(&["wget", "bash"]) {
        the_check_works("wget", &mut Home::new().program("bash"));
    }
}
