//! The `.http` files of `integrations/http-files` are for two editors that need a screen. Here httpYac runs them with
//! the two files that the script writes.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::support::Home;
use crate::support::api::{Apis, run_tool, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::{integration, shows_as_in_readme};

const REST_CLIENT: [&str; 2] = ["rest-client.http", "--all"];
const JETBRAINS: [&str; 4] = ["jetbrains.http", "--all", "--env", "jwt-credential"];
const SECRETS: [&str; 2] = [".env", "http-client.private.env.json"];

/// A copy of the directory, because the script writes into its own directory.
fn copy(home: &Home) -> PathBuf {
    let directory = home.path("http-files");
    fs::create_dir(&directory).unwrap();
    for entry in fs::read_dir(integration("http-files")).unwrap() {
        let entry = entry.unwrap();
        if !SECRETS.iter().any(|secret| entry.file_name() == *secret) {
            fs::copy(entry.path(), directory.join(entry.file_name())).unwrap();
        }
    }
    directory
}

fn refresh(apis: &Apis, base_url: &str) -> (i32, String) {
    run_tool(apis.home.program("/bin/sh").arg(apis.home.path("http-files/refresh.sh")).arg(base_url))
}

fn send(apis: &Apis, args: &[&str]) -> (i32, String) {
    let mut command = apis.home.program("httpyac");
    run_tool(command.arg("send").args(args).args(["--output", "body"]).current_dir(apis.home.path("http-files")))
}

#[test]
fn http_files_take_the_headers_from_both_written_files() {
    if !has_clients(&["httpyac", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let directory = copy(&apis.home);
    assert_eq!(refresh(&apis, &apis.listed.origin()), (0, String::new()));
    for file in SECRETS {
        assert_eq!(fs::metadata(directory.join(file)).unwrap().permissions().mode() & 0o777, 0o600, "{file}");
    }
    for args in [REST_CLIENT.as_slice(), &JETBRAINS] {
        let (code, said) = send(&apis, args);
        assert!(code == 0 && said.contains("hello"), "{said}");
    }
    assert_eq!(apis.asked_with_headers().len(), 2);
}

#[test]
fn http_files_send_nothing_if_the_script_got_no_token() {
    if !has_clients(&["httpyac", "bash"]) {
        return;
    }
    let apis = Apis::new();
    copy(&apis.home);
    refresh(&apis, &apis.listed.origin());
    let (code, said) = refresh(&apis, &apis.unlisted.origin());
    assert!(code == 3 && said.contains("no token for http://127.0.0.1:"), "{said}");
    sends_nothing(&apis);

    let apis = Apis::refusing();
    copy(&apis.home);
    let (code, said) = refresh(&apis, &apis.listed.origin());
    assert_eq!(code, 4, "{said}");
    shows_as_in_readme("http-files", 0, &said);
    sends_nothing(&apis);
}

#[track_caller]
fn sends_nothing(apis: &Apis) {
    for args in [REST_CLIENT.as_slice(), &JETBRAINS] {
        let (code, said) = send(apis, args);
        assert_eq!(code, 10, "{said}");
    }
    apis.nothing_was_sent();
}

#[test]
fn the_check_of_the_http_files_readme_works() {
    if has_clients(&["httpyac", "bash"]) {
        let home = Home::new();
        let directory = copy(&home);
        the_check_works("http-files", home.program("bash").current_dir(directory));
    }
}
