//! `HTTPie`, with the plugin of `integrations/httpie` installed as its README says.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;

use crate::support::api::{Apis, run_tool, the_check_works};
use crate::support::clients::{has_clients, is_met};
use crate::support::pages::{integration, shows_as_in_readme};
use crate::support::{Home, Ran};

/// `HTTPie`'s configuration with the plugin, installed once because that takes seconds.
fn config() -> Option<&'static Path> {
    static CONFIG: OnceLock<Option<PathBuf>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("httpie");
        let _ = fs::remove_dir_all(&directory);
        fs::create_dir_all(&directory).unwrap();
        // Otherwise HTTPie asks another host for a newer version.
        fs::write(directory.join("config.json"), r#"{"disable_update_warnings": true}"#).unwrap();
        let home = Home::bare();
        let mut install = home.program("httpie");
        install.args(["plugins", "install"]).arg(integration("httpie")).env("HTTPIE_CONFIG_DIR", &directory);
        // The plugin's build tool is installed beside HTTPie. The second variable is pip's double negation.
        install.env("PIP_NO_INDEX", "1").env("PIP_NO_BUILD_ISOLATION", "0");
        let ran = Ran::of(&mut install);
        let is_installed = ran.code == 0 && ran.stdout.contains("Successfully installed httpie-jwt-credential");
        if !is_installed {
            eprintln!("{ran:?}");
        }
        is_installed.then_some(directory)
    });
    config.as_deref()
}

/// Whether `http` is installed, and the plugin could be, which needs `flit_core` beside it.
fn has_httpie() -> bool {
    has_clients(&["http", "bash"]) && is_met(config().is_some(), "an HTTPie that installs plugins (flit_core)")
}

/// `http -A jwt-credential ARGS`.
fn http<const N: usize>(apis: &Apis, args: [&str; N]) -> Command {
    let mut command = bare_http(apis);
    command.args(["-A", "jwt-credential"]).args(args);
    command
}

fn bare_http(apis: &Apis) -> Command {
    let mut command = apis.home.program("http");
    command.arg("--ignore-stdin").env("HTTPIE_CONFIG_DIR", config().unwrap());
    command
}

#[test]
fn httpies_request_has_the_profiles_headers_and_the_users() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::new();
    let url = apis.listed.origin() + "/x?y=z";
    let (code, said) = run_tool(&mut http(&apis, [&url]));
    assert!(code == 0 && said.contains("hello"), "{said}");
    run_tool(&mut http(&apis, ["-a", "default", "PUT", &url, "a=b"]));
    let asked = apis.asked_with_headers();
    assert_eq!(asked[0].line, "GET /x?y=z HTTP/1.1");
    assert_eq!((asked[1].line.as_str(), asked[1].body.as_str()), ("PUT /x?y=z HTTP/1.1", r#"{"a": "b"}"#));

    // The profile replaces HTTPie's own defaults, but not the user's headers.
    apis.profile(&json!({"headers": {"Accept": "application/vnd.adobe+json", "x-sandbox-name": "prod"}}));
    run_tool(&mut http(&apis, [&url, "x-api-key:mine"]));
    run_tool(&mut http(&apis, [&url, "Accept:text/plain", "Authorization:mine"]));
    let asked = &apis.listed.asked()[2..];
    let headers =
        |number: usize| ["accept", "x-api-key", "authorization"].map(|name| asked[number].header(name).unwrap());
    assert_eq!(headers(0), ["application/vnd.adobe+json", "mine", "Bearer token-1"]);
    assert_eq!((headers(1)[0], headers(1)[2], asked[1].header("x-sandbox-name")), ("text/plain", "mine", Some("prod")));
}

#[test]
fn the_token_is_in_no_session_file_of_httpie_or_on_screen() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::new();
    let url = apis.listed.origin() + "/x";
    let session = apis.home.path("session.json");
    let session = session.to_str().unwrap();
    for (args, shows_headers) in [
        (["-adefault", "-v"].as_slice(), true),
        (&["-adefault", "--offline"], true),
        (&["-adefault", "--debug"], false),
        (&["-adefault", "--session", session], false),
    ] {
        let (code, said) = run_tool(http(&apis, []).args(args).arg(&url));
        assert_eq!(code, 0, "{said}");
        assert_eq!(said.contains("Authorization: Bearer ***"), shows_headers, "{said}");
    }
    // The session requests a token again.
    let (code, said) = run_tool(bare_http(&apis).args(["-v", "--session", session, &url]));
    assert!(code == 0 && said.contains("Authorization: Bearer ***"), "{said}");
    assert_eq!(apis.asked_with_headers().len(), 4);
    let kept = fs::read_to_string(session).unwrap();
    assert!(kept.contains("jwt-credential") && !kept.contains("token-1"), "{kept}");
}

#[test]
fn a_redirect_of_httpies_takes_no_header_to_another_host() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::new();
    for path in ["/here", "/elsewhere"] {
        let (code, said) = run_tool(&mut http(&apis, ["--follow", "-v", "--all", &(apis.listed.origin() + path)]));
        assert_eq!(code, 0, "{said}");
    }
    assert_eq!(apis.asked_with_headers().iter().filter(|asked| asked.line.contains("/landed")).count(), 1);
    let landed = &apis.unlisted.asked()[0];
    for ours in ["authorization", "x-api-key", "x-gw-ims-org-id"] {
        assert_eq!(landed.header(ours), None);
    }
}

#[test]
fn httpie_sends_nothing_to_an_unlisted_server() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::new();
    let refused = "http: error: NoToken: jwt-credential ended with exit code 3; no request was sent";
    for url in [apis.unlisted.origin(), apis.listed.origin().replace("//", "//user:password@")] {
        let (code, said) = run_tool(&mut http(&apis, [&url]));
        assert!(code == 1 && said.contains("no token for ") && said.contains(refused), "{said}");
        assert!(!said.contains("password@"), "{said}");
    }
    apis.nothing_was_sent();
}

#[test]
fn httpie_sends_nothing_if_the_endpoint_refuses() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::refusing();
    let (code, said) = run_tool(&mut http(&apis, [&apis.listed.origin()]));
    assert_eq!(code, 1, "{said}");
    shows_as_in_readme("httpie", 0, &said);
    apis.nothing_was_sent();
}

#[test]
fn httpie_sends_nothing_without_the_program() {
    if !has_httpie() {
        return;
    }
    let apis = Apis::new();
    // PATH without its first entry, the binary's directory.
    let path = std::env::var("PATH").unwrap();
    let (code, said) = run_tool(http(&apis, [&apis.listed.origin()]).env("PATH", path));
    assert!(code == 1 && said.contains("jwt-credential cannot be run"), "{said}");
    apis.nothing_was_sent();
}

#[test]
fn the_check_of_httpies_readme_works() {
    if has_httpie() {
        let home = Home::new();
        the_check_works("httpie", home.program("bash").env("HTTPIE_CONFIG_DIR", config().unwrap()));
    }
}
