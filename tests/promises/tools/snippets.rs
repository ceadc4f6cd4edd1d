//! Each snippet is both in a file and in the README beside it.

use std::fs;

use crate::support::pages::integration;

#[test]
fn a_snippet_in_a_readme_equals_its_file() {
    for (tool, file) in [
        ("bazel", "bazelrc"),
        ("npm", "npmrc"),
        ("pip", "pip.conf"),
        ("pnpm", "npmrc"),
        ("rclone", "rclone.conf"),
        ("uv", "uv.toml"),
    ] {
        let read = |file: &str| fs::read_to_string(integration(tool).join(file)).unwrap();
        assert!(read("README.md").contains(read(file).trim_end()), "{tool}/{file}");
    }
}
