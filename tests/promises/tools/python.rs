//! pdm takes packages by our `keyring`; twine, hatch and uv publish them, and poetry takes them, with a password in a
//! variable.

use std::fs;

use crate::support::clients::has_client;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::python_index;
use crate::support::pages::readme_block;
use crate::support::registry::{Registry, basic};
use crate::support::{Ran, oauth_home};

#[test]
fn pdm_takes_a_package_by_our_keyring() {
    let Some(registry) = python_index("token-1").and_then(|index| Registry::new("pdm", index)) else { return };
    let work = registry.home.path("work");
    fs::create_dir(&work).unwrap();
    let url = format!("https://oauth2@{}/simple/", registry.host());
    let project = "[project]\nname = \"mine\"\nversion = \"1\"\nrequires-python = \">=3.8\"\n";
    let source = format!("[[tool.pdm.source]]\nname = \"pypi\"\nurl = \"{url}\"\n");
    registry.home.write("work/pyproject.toml", &format!("{project}dependencies = [\"hello\"]\n{source}"), 0o600);
    let mut pdm = registry.tool_with_keyring("pdm");
    pdm.args(["lock", "--no-cross-platform"]).env("PDM_CHECK_UPDATE", "0").env("REQUESTS_CA_BUNDLE", &registry.ca);
    let ran = Ran::of(pdm.env("PDM_PYPI_CA_CERTS", &registry.ca).current_dir(&work));
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(registry.shown().contains(&basic("oauth2", "token-1")), "{:?}", registry.shown());
}

/// Each line of the page that publishes, with this server in place of URL.
#[test]
fn tools_that_publish_send_the_password_of_the_page() {
    let lines = readme_block("python", "sh", 1);
    for tool in ["twine", "hatch", "uv"] {
        if !has_client(tool) {
            continue;
        }
        let (home, _ims) = oauth_home();
        let index = Endpoint::always(Answer::new(200, &[], ""));
        fs::create_dir_all(home.path("work/dist")).unwrap();
        let Some(wheel) = crate::support::package::wheel() else { return };
        fs::write(home.path("work/dist").join(wheel.0), wheel.1).unwrap();
        let project = "[project]\nname = \"hello\"\nversion = \"1.0\"\n";
        home.write("work/pyproject.toml", project, 0o600);
        let line = lines.lines().find(|line| line.contains(&format!(" {tool} "))).unwrap();
        let line = line.replace("URL", &format!("{}/legacy/", index.origin()));
        let ran = Ran::of(home.program("/bin/sh").args(["-c", &line]).current_dir(home.path("work")));
        let sent = index.authorizations();
        assert!(sent.contains(&basic("oauth2", "token-1")), "{tool}: {sent:?} {ran:?}");
        assert!(!ran.stdout.contains("token-1") && !ran.stderr.contains("token-1"), "{tool}: {ran:?}");
    }
}

/// Poetry reads its variables.
#[test]
fn poetry_reads_the_password_of_the_page() {
    let Some(registry) = python_index("token-1").and_then(|index| Registry::new("poetry", index)) else { return };
    let work = registry.home.path("work");
    fs::create_dir(&work).unwrap();
    let project =
        "[project]\nname = \"mine\"\nversion = \"1\"\nrequires-python = \">=3.9\"\ndependencies = [\"hello\"]\n";
    let source = format!("[[tool.poetry.source]]\nname = \"my\"\nurl = \"https://{}/simple/\"\n", registry.host());
    registry.home.write(
        "work/pyproject.toml",
        &format!("{project}[tool.poetry]\npackage-mode = false\n{source}"),
        0o600,
    );
    let lines = readme_block("python", "sh", 1);
    let line = lines.lines().find(|line| line.contains("poetry install")).unwrap().replace("install", "lock");
    let mut shell = registry.tool("/bin/sh");
    shell.args(["-c", &line]).env("REQUESTS_CA_BUNDLE", &registry.ca).env("POETRY_KEYRING_ENABLED", "false");
    let ran = Ran::of(shell.env("POETRY_CERTIFICATES_MY_CERT", &registry.ca).current_dir(&work));
    assert!(registry.shown().contains(&basic("oauth2", "token-1")), "{:?} {ran:?}", registry.shown());
}
