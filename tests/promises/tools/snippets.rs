//! What is to be pasted stands twice, in a file and in the README beside it.

use std::fs;

use crate::support::pages::integration;

#[test]
fn a_readme_that_shows_a_snippet_shows_what_the_file_has() {
    for (tool, file) in
        [("bazel", "bazelrc"), ("pip", "pip.conf"), ("pnpm", "npmrc"), ("rclone", "rclone.conf"), ("uv", "uv.toml")]
    {
        let read = |file: &str| fs::read_to_string(integration(tool).join(file)).unwrap();
        assert!(read("README.md").contains(read(file).trim_end()), "{tool}/{file}");
    }
}
