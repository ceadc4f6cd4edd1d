//! The files of `integrations/`, and what their READMEs quote.

use std::fs;
use std::path::PathBuf;

use super::repository;

/// A file or folder of `integrations/`.
pub(crate) fn integration(path: &str) -> PathBuf {
    repository("integrations").join(path)
}

/// A fenced block of a page.
pub(crate) struct Block {
    pub(crate) language: String,
    pub(crate) text: String,
}

pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut fences = page.split("\n```");
    fences.next();
    let mut blocks = Vec::new();
    // Each opening fence is followed by a closing one.
    while let (Some(opened), Some(_)) = (fences.next(), fences.next()) {
        let (language, text) = opened.split_once('\n').unwrap_or((opened, ""));
        blocks.push(Block { language: language.to_owned(), text: format!("{text}\n") });
    }
    blocks
}

/// The fenced blocks of this kind, such as `text`, in a page.
pub(crate) fn fenced(page: &str, kind: &str) -> Vec<String> {
    let of_kind = blocks(page).into_iter().filter(|block| block.language == kind);
    of_kind.map(|block| block.text).collect()
}

/// The n-th block (from 0) of this kind in a tool's README.
pub(crate) fn readme_block(tool: &str, kind: &str, number: usize) -> String {
    let readme = fs::read_to_string(integration(tool).join("README.md")).unwrap();
    let block = fenced(&readme, kind).into_iter().nth(number);
    block.unwrap_or_else(|| panic!("{tool}'s README has no block {kind} {number}"))
}

/// The same for a page by its path.
#[track_caller]
pub(crate) fn shows_as(page: &str, number: usize, seen: &str) {
    let text = fs::read_to_string(integration(page)).unwrap();
    shows(page, &fenced(&text, "text")[number], seen);
}

/// Asserts that the user sees all lines of the n-th block `text` of the tool's README, in order. In the README, `…`
/// matches any text.
#[track_caller]
pub(crate) fn shows_as_in_readme(tool: &str, number: usize, seen: &str) {
    shows(tool, &readme_block(tool, "text", number), seen);
}

#[track_caller]
fn shows(tool: &str, block: &str, seen: &str) {
    let mut lines = seen.lines();
    for quoted in block.lines().filter(|line| !line.is_empty()) {
        assert!(
            lines.any(|line| matches(quoted, line.trim())),
            "{tool} does not show {quoted:?} in its place:\n{seen}"
        );
    }
}

fn matches(quoted: &str, line: &str) -> bool {
    let mut pieces = quoted.trim().split('…');
    let Some(mut rest) = pieces.next().and_then(|first| line.strip_prefix(first)) else { return false };
    for piece in pieces {
        let Some((_, after)) = rest.split_once(piece) else { return false };
        rest = after;
    }
    rest.is_empty() || quoted.ends_with('…')
}
