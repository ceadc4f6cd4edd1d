//! Imports point one way: no cycle, and a module imports only modules that `lib.rs` lists below it.

use crate::support::repository;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The text of each file, by its module's path (`command::status`).
type Files = BTreeMap<String, String>;

fn source() -> Files {
    let mut files = Files::new();
    let root = repository("src");
    let mut directories = vec![root.clone()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
                continue;
            }
            let within = path.strip_prefix(&root).unwrap().with_extension("");
            let mut parts: Vec<&str> = within.iter().map(|part| part.to_str().unwrap()).collect();
            if parts.last() == Some(&"mod") {
                parts.pop();
            }
            // Unit tests may import anything; main is above all modules.
            if !["tests", "main"].contains(parts.last().unwrap()) {
                files.insert(parts.join("::"), fs::read_to_string(path).unwrap());
            }
        }
    }
    files
}

/// The code of a file without its unit tests and comments.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.map(|line| line.split(" // ").next().unwrap()).collect::<Vec<_>>().join("\n")
}

/// The paths of a use tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d` and `a::c::e`.
fn expand(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some((prefix, rest)) = tree.split_once('{') else {
        return vec![tree.split(" as ").next().unwrap().trim().to_owned()];
    };
    let (mut depth, mut branches) = (0, vec![String::new()]);
    for c in rest.trim_end().strip_suffix('}').unwrap().chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        match c {
            ',' if depth == 0 => branches.push(String::new()),
            c => branches.last_mut().unwrap().push(c),
        }
    }
    let branches = branches.iter().filter(|branch| !branch.trim().is_empty());
    branches.flat_map(|branch| expand(branch)).map(|path| format!("{prefix}{path}")).collect()
}

/// All paths that a file imports or names from the crate's root. A re-export does not count: it only passes a child's
/// name on.
fn paths(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for statement in code.split_inclusive(';') {
        let line = statement.rfind("\nuse ").map(|at| at + 5).or(statement.starts_with("use ").then_some(4));
        if let Some(tree) = line.map(|at| statement[at..].trim_end_matches(';')) {
            found.extend(expand(tree));
        }
    }
    let named = code.match_indices("crate::").map(|(at, _)| &code[at..]);
    let is_path = |c: char| c.is_alphanumeric() || "_:".contains(c);
    found.extend(named.map(|rest| rest.split(|c| !is_path(c)).next().unwrap().to_owned()));
    found
}

/// The file that a path in the file `from` leads to; `None` if it leads out of the crate.
fn target<'a>(files: &'a Files, from: &str, path: &str) -> Option<&'a str> {
    let mut at: Vec<&str> = from.split("::").collect();
    let mut parts = path.split("::").peekable();
    match parts.peek() {
        Some(&"crate") => {
            at.clear();
            parts.next();
        }
        Some(&"self") => drop(parts.next()),
        Some(&"super") => {
            while parts.next_if_eq(&"super").is_some() {
                at.pop();
            }
        }
        _ => {}
    }
    at.extend(parts);
    // What follows the file's own name is an item in that file.
    (1..=at.len()).rev().find_map(|end| files.get_key_value(&at[..end].join("::"))).map(|(file, _)| file.as_str())
}

fn arrows(files: &Files) -> BTreeMap<&str, BTreeSet<&str>> {
    let of = |(from, text): (&'_ String, &String)| -> BTreeSet<&str> {
        let paths = paths(&code(text));
        paths.iter().filter_map(|path| target(files, from, path)).filter(|to| to != from).collect()
    };
    files.iter().filter(|(from, _)| *from != "lib").map(|file| (file.0.as_str(), of(file))).collect()
}

/// For each cycle of imports, one path around it.
fn circles(arrows: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let mut found = Vec::new();
    let mut done = BTreeSet::new();
    for start in arrows.keys().copied() {
        // The shortest way back to the start.
        let mut ways = vec![vec![start]];
        let mut seen = BTreeSet::new();
        while let Some(way) = (!ways.is_empty()).then(|| ways.remove(0)) {
            for next in arrows.get(way[way.len() - 1]).into_iter().flatten().copied() {
                if next == start && !way.iter().any(|file| done.contains(file)) {
                    found.push([way.as_slice(), &[start]].concat().join(" → "));
                    done.extend(way.iter().copied());
                } else if seen.insert(next) {
                    ways.push([way.as_slice(), &[next]].concat());
                }
            }
        }
    }
    found
}

/// Imports that contradict the order of `lib.rs`.
fn against_the_order(files: &Files, arrows: &BTreeMap<&str, BTreeSet<&str>>) -> Vec<String> {
    let order: Vec<&str> =
        files["lib"].lines().filter_map(|line| line.strip_prefix("pub mod ")?.split(';').next()).collect();
    let place = |file: &str| {
        let module = file.split("::").next().unwrap();
        order.iter().position(|known| *known == module).unwrap_or_else(|| panic!("lib.rs does not list {module}"))
    };
    let all = arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, *to)));
    all.filter(|(from, to)| place(to) < place(from)).map(|(from, to)| format!("{from} imports {to}")).collect()
}

/// All violations in these files.
fn wrong(files: &Files) -> Vec<String> {
    let arrows = arrows(files);
    [circles(&arrows), against_the_order(files, &arrows)].concat()
}

#[test]
fn imports_point_one_way() {
    let files = source();
    assert!(files.len() > 80, "{:?}", files.keys());
    assert_eq!(wrong(&files), [""; 0]);
}

#[test]
fn an_import_that_points_back_is_found() {
    for (file, import) in [
        ("call", "use crate::cli::CommandLine;"),
        ("protocol::cargo", "use crate::cli::parse_late;"),
        ("protocol::cargo", "use crate::registry::Entry;"),
        ("command::link", "use crate::registry;"),
        ("error", "use crate::{\n    hex,\n    log::{Log, self},\n};"),
        ("tokens", "fn late() -> crate::registry::Entry {}"),
    ] {
        let mut files = source();
        files.get_mut(file).unwrap().insert_str(0, &format!("{import}\n"));
        assert!(wrong(&files).iter().any(|what| what.contains(file)), "{file}: {import}");
    }
    let files = [
        ("lib", "pub mod protocol;"),
        ("protocol::a", "use super::b::B;"),
        ("protocol::b", "use std::fs;\nuse super::{\n    a::{A, C as D},\n};"),
        ("protocol::c", "//! Like [`super::a`].\npub(super) use super::c::C;\n// use super::c::C;"),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned())).into();
    assert_eq!(wrong(&files), ["protocol::a → protocol::b → protocol::a"]);
}
