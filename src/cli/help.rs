//! The help: of the program, and of each command.

use std::fmt::Write as _;

use clap::Command as Clap;

use super::tree::{described, filled, root, shown};
use crate::command_spec::{CommandSpec, Example, example};
use crate::registry;

const GET_STARTED: [Example; 3] = [
    example("Try it without an account", "jwt-credential mock"),
    example("Make a profile from a credentials file", "jwt-credential import FILE"),
    example("Make a profile by answering questions", "jwt-credential init"),
];

/// A command's help, which its option `--help` prints too.
pub(super) fn help(spec: &CommandSpec) -> String {
    filled(Clap::new(spec.name), spec).render_help().to_string().trim_end().to_owned() + "\n"
}

/// The help of the program: all commands in their groups, then the common options.
pub(super) fn overview() -> String {
    let form = |spec: &CommandSpec| spec.rest.map_or(spec.name.to_owned(), |rest| format!("{} [-- {rest}]", spec.name));
    let widest = registry::all().map(|entry| form(entry.spec()).len()).max().unwrap_or(0);
    let mut text = String::new();
    for (heading, entries) in registry::groups() {
        let _ = writeln!(text, "{heading}:");
        for spec in entries.into_iter().map(registry::Entry::spec) {
            let _ = writeln!(text, "  {:<widest$}  {}", form(spec), spec.about);
        }
        text.push('\n');
    }
    let end = shown("Get started", &GET_STARTED);
    described(root())
        .help_template(format!(
            "{{about}}\n\nUsage: {{usage}}\n\n{text}{{all-args}}\n\n\
             Options and examples of a command: jwt-credential COMMAND --help\n\n{end}"
        ))
        .render_help()
        .to_string()
}
