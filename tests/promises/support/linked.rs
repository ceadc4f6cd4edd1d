//! Tools that find the binary under the names by which they call it, and what their READMEs say that they show.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Home;

/// A tool in this home, with a directory of links first on its path.
pub(crate) fn tool(home: &Home, program: impl AsRef<OsStr>) -> Command {
    let links = home.path("bin");
    if !links.exists() {
        fs::create_dir(&links).unwrap();
        home.run([OsStr::new("link"), links.as_os_str()]).succeeds();
    }
    let mut command = home.program(program);
    let path = command.get_envs().find(|(name, _)| *name == "PATH").and_then(|(_, value)| value).unwrap().to_owned();
    let mut with_links = links.into_os_string();
    with_links.push(":");
    with_links.push(path);
    command.env("PATH", with_links);
    command
}

/// A file of `integrations/TOOL`.
pub(crate) fn snippet(tool: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations").join(tool).join(file)
}

/// The n-th block (from 0) of this kind, such as `text`, in a tool's README.
pub(crate) fn readme_block(tool: &str, kind: &str, number: usize) -> String {
    let readme = fs::read_to_string(snippet(tool, "README.md")).unwrap();
    let mut blocks = readme.split("\n```").skip(1).step_by(2).filter_map(|block| block.split_once('\n'));
    let block = blocks.by_ref().filter(|(of, _)| *of == kind).nth(number);
    block.unwrap_or_else(|| panic!("{tool}'s README has no block {kind} {number}")).1.to_owned()
}

/// The person sees what the n-th block `text` of the tool's README quotes: all its lines in their order, where `…`
/// stands for whatever differs from one run to the next.
#[track_caller]
pub(crate) fn shows_as_in_readme(tool: &str, number: usize, seen: &str) {
    let mut lines = seen.lines();
    for quoted in readme_block(tool, "text", number).lines() {
        assert!(lines.any(|line| is_like(line, quoted)), "{quoted:?} is not, or not there, in what is seen:\n{seen}");
    }
}

fn is_like(line: &str, quoted: &str) -> bool {
    let mut pieces = quoted.split('…');
    let Some(mut rest) = pieces.next().and_then(|first| line.strip_prefix(first)) else { return false };
    let mut last = None;
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
        last = Some(piece);
    }
    rest.is_empty() || last == Some("")
}
