//! curl, by each line of its README and by its script.

use std::fs;
use std::process::Command;

use crate::support::api::{Apis, run_tool, the_check_works};
use crate::support::clients::has_clients;
use crate::support::pages::{fenced, integration, shows_as_in_readme};
use crate::support::{Home, Ran};

/// The README's lines: the first ones send nothing without a token, the others send their request.
fn lines() -> [Vec<String>; 2] {
    let blocks = fenced(&fs::read_to_string(integration("curl/README.md")).unwrap(), "sh");
    let lines = |block: usize| blocks[block].lines().map(str::to_owned).collect();
    [lines(0), lines(1)]
}

/// One of these lines. A line that needs a newer curl gets it; `None` if there is none.
fn run(home: &Home, line: &str, url: &str) -> Option<Ran> {
    let is_newer = line.contains("--variable");
    if !has_clients(&[if is_newer { "curl-8" } else { "curl" }, "bash"]) {
        return None;
    }
    let line = if is_newer { line.replace("-- curl", "-- curl-8 -sS") } else { line.to_owned() };
    Some(Ran::of(home.program("bash").args(["-c", &line]).env("URL", url)))
}

fn get(home: &Home) -> Command {
    home.program(integration("curl/get.sh"))
}

#[test]
fn every_line_of_curls_readme_sends_the_token() {
    let [closed, open] = lines();
    for (number, line) in closed.iter().chain(&open).enumerate() {
        let apis = Apis::new();
        let Some(ran) = run(&apis.home, line, &apis.listed.origin()) else { continue };
        assert_eq!(ran.succeeds().stdout, r#"{"hello":"world"}"#, "{line}");
        let asked = if number < 3 { apis.asked_with_headers() } else { apis.asked_with_token() };
        assert_eq!(asked.len(), 1);
    }
}

#[test]
fn the_first_lines_send_nothing_if_the_endpoint_refuses() {
    let [closed, open] = lines();
    for line in closed {
        let apis = Apis::refusing();
        let Some(ran) = run(&apis.home, &line, &apis.listed.origin()) else { continue };
        assert!(ran.code != 0 && ran.stdout.is_empty() && ran.stderr.contains("invalid_client"), "{line} {ran:?}");
        apis.nothing_was_sent();
        if line.starts_with("curl -K") {
            shows_as_in_readme("curl", 0, &ran.stderr);
        }
    }
    for line in open {
        let apis = Apis::refusing();
        let Some(_) = run(&apis.home, &line, &apis.listed.origin()) else { continue };
        let asked = apis.listed.asked();
        assert!(
            asked.len() == 1 && asked[0].header("authorization").is_none_or(|value| value == "Bearer"),
            "{asked:?}"
        );
    }
}

#[test]
fn no_line_of_curls_readme_gets_a_token_for_an_unlisted_server() {
    for line in lines().concat() {
        let apis = Apis::new();
        let line = line.replace("jwt-credential ", "jwt-credential --for \"$URL\" ");
        let Some(_) = run(&apis.home, &line, &apis.unlisted.origin()) else { continue };
        apis.unlisted_api_got_no_token();
    }
}

/// A hardened command line says which protocols curl may use.
#[test]
fn an_allowed_protocol_does_not_make_curl_send_without_a_token() {
    for curl in ["curl", "curl-8"] {
        if !has_clients(&[curl, "bash"]) {
            continue;
        }
        let apis = Apis::refusing();
        let script = format!("{curl} -K <(jwt-credential curl) --proto =http,https -sS \"$URL\"");
        let ran = Ran::of(apis.home.program("bash").args(["-c", &script]).env("URL", apis.listed.origin()));
        assert!(ran.code != 0, "{ran:?}");
        apis.nothing_was_sent();
    }
}

#[test]
fn curls_script_sends_the_headers_or_nothing() {
    if !has_clients(&["curl", "bash"]) {
        return;
    }
    let apis = Apis::new();
    let url = apis.listed.origin();
    for args in [["-p", "default", &url].as_slice(), &[&url, "-X", "PUT"]] {
        assert_eq!(run_tool(get(&apis.home).args(args)), (0, r#"{"hello":"world"}"#.to_owned()));
    }
    assert!(apis.asked_with_headers()[1].line.starts_with("PUT "));
    Ran::of(get(&apis.home).args(["-p", "nobody", &url])).fails(125, &["no profile \"nobody\""]);
    Ran::of(get(&apis.home).arg(apis.unlisted.origin())).fails(125, &["no token for http://127.0.0.1:"]);
    assert_eq!((apis.listed.count(), apis.unlisted.count()), (2, 0));

    let apis = Apis::refusing();
    Ran::of(get(&apis.home).arg(apis.listed.origin())).fails(125, &["invalid_client"]);
    apis.nothing_was_sent();
}

#[test]
fn a_redirect_of_curls_takes_no_token_to_another_host() {
    if !has_clients(&["curl", "bash"]) {
        return;
    }
    let apis = Apis::new();
    for path in ["/here", "/elsewhere"] {
        run_tool(get(&apis.home).args([&(apis.listed.origin() + path), "-L"]));
    }
    assert_eq!((apis.asked_with_headers().len(), apis.unlisted.count()), (3, 1));
}

#[test]
fn the_check_of_curls_readme_works() {
    if has_clients(&["curl", "bash"]) {
        the_check_works("curl", &mut Home::new().program("bash"));
    }
}
