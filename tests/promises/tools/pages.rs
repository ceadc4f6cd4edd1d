//! The README and the integrations' pages, compared with the program and its tables.

use std::fs;
use std::path::PathBuf;

use jwt_credential::protocol::{self, Audience};
use jwt_credential::{provider, registry};

use crate::support::pages::integration;
use crate::support::{Home, repository};

/// The parts of a page, in this order.
const PARTS: [&str; 4] = ["What you need", "Paste this", "Check it", "What goes wrong"];

/// All pages of `integrations/`: those of its tools, and those of single products.
fn all_pages() -> Vec<PathBuf> {
    let directories = fs::read_dir(integration("")).unwrap().map(|entry| entry.unwrap().path());
    let files = directories.flat_map(|directory| fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()));
    files.filter(|path| path.extension().is_some_and(|ending| ending == "md")).collect()
}

#[test]
fn every_integrations_page_fits_on_one_screen() {
    for path in all_pages() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.lines().count() <= 40, "{} is longer than a screen", path.display());
        let long = text.lines().find(|line| line.chars().count() > 118);
        assert!(long.is_none(), "{}: {long:?}", path.display());
    }
}

#[test]
fn every_integrations_page_has_the_same_four_parts() {
    let pages = all_pages();
    for path in &pages {
        let text = fs::read_to_string(path).unwrap();
        let starts = text.lines().filter_map(|line| line.strip_prefix("**")?.split("**").next());
        let parts: Vec<&str> =
            starts.map(|part| part.trim_end_matches('.')).filter(|part| PARTS.contains(part)).collect();
        assert_eq!(parts, PARTS, "{}", path.display());
    }
    assert!(pages.len() >= 40, "{}", pages.len());
}

/// Neither list can be generated from the other.
#[test]
fn the_docs_name_every_command_and_option_of_the_help() {
    let [commands_page, options_page] =
        ["docs/commands.md", "docs/options.md"].map(|page| fs::read_to_string(repository(page)).unwrap());
    for name in registry::all().map(|entry| entry.spec().name) {
        assert!(commands_page.contains(&format!("| `{name}")), "{name} is not in docs/commands.md");
    }
    let help = Home::new().run(["--help"]).succeeds().stdout;
    let rows = help.lines().map(str::trim_start).filter(|line| line.starts_with('-'));
    let options: Vec<&str> =
        rows.filter_map(|row| row.split_whitespace().find(|word| word.starts_with("--"))).collect();
    assert!(options.len() >= 8, "{options:?}");
    let clap_s_own = ["--help", "--version"];
    for option in options.into_iter().filter(|option| !clap_s_own.contains(option)) {
        assert!(options_page.contains(&format!("`{option}")), "{option} is not in docs/options.md");
    }
}

#[test]
fn the_docs_name_every_provider_and_grant() {
    let page = fs::read_to_string(repository("docs/issuers.md")).unwrap();
    for name in provider::every().map(|row| row.schema.name) {
        assert!(page.contains(&format!("`{name}`")), "{name} is not in docs/issuers.md");
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
    let (adobe, issuer) = readme.split_once("| tool | command | helper's name |").unwrap();
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
