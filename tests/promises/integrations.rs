//! What is written for users, held against what the program and the tools do.

use std::fs;
use std::path::Path;

use super::support::Home;
use super::support::api::integration;

#[test]
fn every_integration_is_told_on_one_screen() {
    for entry in fs::read_dir(integration("")).unwrap() {
        let path = entry.unwrap().path().join("README.md");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 40, "{} is longer than a screen", path.display());
        let long = text.lines().find(|line| line.chars().count() > 118);
        assert!(long.is_none(), "{}: {long:?}", path.display());
    }
}

/// Two lists that nobody can derive from one another are compared.
#[test]
fn the_readme_names_every_command_and_option_that_the_help_names() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
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
