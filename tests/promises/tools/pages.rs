//! The README and the integrations' pages, compared with the program and its tables.

use std::fs;

use jwt_credential::protocol::{self, Audience};

use crate::support::pages::integration;
use crate::support::{Home, repository};

#[test]
fn every_integrations_page_fits_on_one_screen() {
    for entry in fs::read_dir(integration("")).unwrap() {
        let path = entry.unwrap().path().join("README.md");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 40, "{} is longer than a screen", path.display());
        let long = text.lines().find(|line| line.chars().count() > 118);
        assert!(long.is_none(), "{}: {long:?}", path.display());
    }
}

/// Neither list can be generated from the other.
#[test]
fn the_readme_names_every_command_and_option_of_the_help() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
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

/// The tools' pages, the table of protocols and the README have the same entries.
#[test]
fn every_tool_has_its_page_and_the_readme_links_to_it() {
    let readme = fs::read_to_string(repository("README.md")).unwrap();
    for entry in fs::read_dir(integration("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(readme.contains(&format!("(integrations/{name})")), "the README has no link to {name}");
    }
    let (adobe, issuer) = readme.split_once("What needs a server that trusts the token's issuer").unwrap();
    for row in protocol::ALL.into_iter().filter(|row| row.audience != Audience::Anyone) {
        let name = row.spec.name;
        // pip and uv call `keyring`.
        assert!(name == "keyring" || integration(name).is_dir(), "{name} has no page");
        let table = if row.audience == Audience::ProviderApis { adobe } else { issuer };
        assert!(table.contains(&format!("| `{name}`")), "{name} is not in its table of the README");
        for called in row.called {
            assert!(issuer.contains(&format!("`{called}`")), "{called} is not in the README");
        }
    }
}
