//! The snippets under `integrations/`, driven as they stand by the tool they are for.

use std::path::Path;
use std::time::Duration;

use super::support::endpoint::{Answer, Endpoint};
use super::support::{Home, Ran, has_client};

#[test]
fn curls_script_sends_the_headers_and_sends_nothing_where_minting_fails() {
    if !has_client("curl") {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations/curl/get.sh");
    let api = Endpoint::always(Answer::new(200, &[], "hello"));
    let home = Home::new();
    home.oauth_at(&Endpoint::tokens(86_399, Duration::ZERO));
    let get = |args: &[&str]| Ran::of(home.program(&script).args(args));
    assert_eq!(get(&["-p", "default", &api.origin()]).succeeds().stdout, "hello");
    assert_eq!(get(&[&api.origin(), "-X", "PUT"]).succeeds().stdout, "hello");
    let asked = api.asked();
    assert_eq!(asked[0].header("authorization"), Some("Bearer token-1"));
    assert!(asked[1].line.starts_with("PUT "));
    get(&["-p", "nobody", &api.origin()]).fails(125, &["no profile \"nobody\""]);
    assert_eq!(api.count(), 2);
}

/// Two lists that nobody can derive from one another are compared.
#[test]
fn the_readme_names_every_command_and_option_that_the_help_names() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let help = Home::new().run(["--help"]).succeeds().stdout;
    let rows: Vec<&str> = help.lines().filter(|line| line.starts_with("  ")).map(str::trim_start).collect();
    let commands: Vec<&str> =
        rows.iter().filter(|row| !row.starts_with('-')).filter_map(|row| row.split_whitespace().next()).collect();
    let of_option = |row: &&str| row.split_whitespace().find(|word| word.starts_with("--")).map(str::to_owned);
    let options: Vec<String> = rows.iter().filter(|row| row.starts_with('-')).filter_map(of_option).collect();
    assert!(commands.len() >= 12 && options.len() >= 8, "{commands:?} {options:?}");
    let clap_s_own = ["--help", "--version"];
    let options = options.iter().map(String::as_str).filter(|option| !clap_s_own.contains(option));
    for word in commands.into_iter().chain(options) {
        assert!(readme.contains(&format!("`{word}")), "{word} is not in the README");
    }
}
