//! The README and the pages of `docs/`: their commands run, their links lead somewhere, and each page begins with what
//! the reader wants to do.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::clients::has_clients;
use crate::support::fixtures;
use crate::support::mock::Served;
use crate::support::pages::blocks;
use crate::support::{Home, Ran, repository};

/// The README and all pages of `docs/`: paths and texts.
fn pages() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(repository("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = entries.filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    let mut all: Vec<PathBuf> = pages.chain([repository("README.md")]).collect();
    all.sort();
    all.into_iter().map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The scripts of a block: the whole block, or each line alone if its comment says that the reader takes one of them.
fn scripts(block: &str) -> Vec<String> {
    match block.split_once('\n') {
        Some((comment, lines)) if comment.starts_with("# One of these lines") => {
            lines.replace("\\\n", "").lines().map(str::to_owned).collect()
        }
        _ => vec![block.to_owned()],
    }
}

/// The script with the mock in place of Adobe's servers, without the lines of cargo and rustup.
fn for_the_mock(script: &str) -> String {
    let lines = script.lines().map(|line| line.replace("cargo run --release -- ", "jwt-credential "));
    let own = lines.filter(|line| !["cargo ", "rustup "].iter().any(|tool| line.starts_with(tool)));
    let mut script = own.collect::<Vec<_>>().join("\n");
    while let Some(start) = script.find("https://platform.adobe.io") {
        let length = script[start..].find([' ', '\n', '\'', '"']).unwrap_or(script.len() - start);
        script.replace_range(start..start + length, "$ORIGIN/api/hello");
    }
    script
        .replace("jwt-credential import ", "jwt-credential import --ims \"$ORIGIN\" ")
        .replace("jwt-credential init ", "jwt-credential init --ims \"$ORIGIN\" ")
        .replace("--ims \"$ORIGIN\" --help", "--help")
        .replace("mock --serve", "mock --serve & sleep 1; kill $!; wait $!")
}

/// A user with the files that the pages name.
fn user(script: &str, served: &Served) -> Home {
    let home = Home::new();
    let makes_a_profile =
        ["import ", "init "].iter().any(|command| script.contains(&format!("jwt-credential {command}")));
    if !makes_a_profile || script.contains(" --force") {
        for (name, of) in [("default", "oauth"), ("oauth", "oauth"), ("jwt", "jwt"), ("prod", "oauth")] {
            home.profile(name, &served.profile(of));
        }
    }
    for part in ["work", "bin", ".local", ".local/bin", "config/keys"] {
        fs::create_dir(home.path(part)).unwrap();
    }
    for key in ["private.key", "certificate_pub.crt"] {
        let text = fs::read_to_string(repository("src/mock").join(key)).unwrap();
        for directory in ["work", "config/keys"] {
            home.write(&format!("{directory}/{key}"), &text, 0o600);
        }
    }
    let aem = fixtures::text("aem-service-credentials.complete.json").replace("ims-na1.adobelogin.com", &served.origin);
    home.write("work/service-credentials.json", &aem, 0o644);
    home.write("work/oauth_server_to_server.json", &fixtures::text("console-credential.oauth.json"), 0o644);
    home.write("work/jwt.json", &fixtures::text("console-credential.jwt.json"), 0o644);
    home.write("work/profile.json", &served.profile("oauth").to_string(), 0o600);
    home.executable("work/copy.sh", "#!/bin/sh\ntest -n \"$ONE\" && test -n \"$TWO\"\n");
    home.executable("bin/terraform", "#!/bin/sh\ntest -n \"$ACCESS_TOKEN\"\n");
    home
}

#[test]
fn every_command_of_the_readme_and_docs_runs() {
    if !has_clients(&["bash", "curl"]) {
        return;
    }
    let served = Served::start(&Home::new());
    let mut count = 0;
    for (path, page) in pages() {
        for block in blocks(&page).into_iter().filter(|block| block.language == "sh") {
            for script in scripts(&block.text) {
                let home = user(&script, &served);
                let mut bash = home.program("bash");
                let path_of_bash = format!("{}:{}", home.path("bin").display(), path_variable(&bash));
                bash.args(["-euo", "pipefail", "-c", &for_the_mock(&script)])
                    .env("PATH", path_of_bash)
                    .envs([("ORIGIN", served.origin.as_str()), ("SECRET", fixtures::CLIENT_SECRET)])
                    .current_dir(home.path("work"));
                let ran = Ran::of(&mut bash);
                assert_eq!(ran.code, 0, "{}:\n{script}\n{ran:?}", path.display());
                count += script.matches("jwt-credential").count();
            }
        }
    }
    eprintln!("{count} commands of the README and docs/");
    assert!(count >= 40, "{count}");
}

fn path_variable(command: &std::process::Command) -> String {
    let path = command.get_envs().find_map(|(name, value)| (name == "PATH").then_some(value?));
    path.unwrap().to_str().unwrap().to_owned()
}

/// A reader must be able to tell what can be pasted into a shell.
#[test]
fn every_block_of_the_docs_has_a_language() {
    for (path, page) in pages() {
        for block in blocks(&page) {
            let known = ["sh", "powershell", "json", "text", "mermaid"].contains(&block.language.as_str());
            assert!(known, "{}: {:?}", path.display(), block.language);
            if block.language == "json" {
                assert!(serde_json::from_str::<serde_json::Value>(&block.text).is_ok(), "{}", block.text);
            }
        }
    }
}

#[test]
fn the_readme_has_200_lines_at_most() {
    let lines = fs::read_to_string(repository("README.md")).unwrap().lines().count();
    assert!(lines <= 200, "{lines}");
}

#[test]
fn every_page_begins_with_what_the_reader_wants() {
    let index = fs::read_to_string(repository("docs/README.md")).unwrap();
    for (path, page) in pages().into_iter().filter(|(path, _)| path.file_name().unwrap() != "README.md") {
        let mut lines = page.lines().filter(|line| !line.is_empty());
        let (title, first) = (lines.next().unwrap(), lines.next().unwrap());
        assert!(title.starts_with("# ") && first.starts_with("To "), "{}: {first}", path.display());
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(index.contains(&format!("]({name})")), "docs/README.md has no link to {name}");
    }
}

/// All pages of the repository that people read.
fn all_pages(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let kept = entries.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        !name.starts_with('.') && !["target", "node_modules", "clients"].contains(&name)
    });
    let (directories, files): (Vec<_>, Vec<_>) = kept.partition(|path| path.is_dir());
    let pages = files.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "md"));
    pages.chain(directories.iter().flat_map(|directory| all_pages(directory))).collect()
}

#[test]
fn every_link_between_pages_leads_to_a_file() {
    for path in all_pages(&repository("")) {
        let page = fs::read_to_string(&path).unwrap();
        for link in page.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap();
            if link.contains("://") || target.is_empty() {
                continue;
            }
            let file = path.parent().unwrap().join(target);
            assert!(file.exists(), "{}: {link}", path.display());
        }
    }
}

/// Words of our own that a reader must translate.
#[test]
fn no_page_uses_private_words() {
    const PRIVATE: [&str; 12] = [
        "mend ",
        "mended",
        "whoever",
        "brings home",
        "seen to",
        "taken apart",
        "is over",
        "that is there",
        "at it all",
        "but for",
        "Read are",
        "told none",
    ];
    for path in all_pages(&repository("")) {
        let page = fs::read_to_string(&path).unwrap();
        for word in PRIVATE {
            assert!(!page.contains(word), "{}: {word}", path.display());
        }
    }
}
