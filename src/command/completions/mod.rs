//! Completion scripts, made from the command line's tree. `clap_complete` knows no profiles, so each script gets a
//! hook that asks `list --names`.

mod hooks;

use clap::{Arg, Command as Clap};
use clap_complete::shells::{Bash, Fish, PowerShell, Zsh};
use clap_complete::{Generator, generate};

use super::Command;
use crate::call::Call;
use crate::command_spec::{CommandSpec, Example, argument, example};
use crate::error::Error;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec {
        ignores_settings: true,
        ..CommandSpec::new("completions", "Print a completion script for a shell")
            .with(options)
            .taking(&[])
            .showing(EXAMPLES)
    },
    run,
};

const EXAMPLES: &[Example] = &[
    example("bash, in ~/.bashrc", "eval \"$(jwt-credential completions bash)\""),
    example("zsh, in ~/.zshrc after compinit", "source <(jwt-credential completions zsh)"),
    example("fish, in ~/.config/fish/config.fish", "jwt-credential completions fish | source"),
    example("PowerShell, in $PROFILE", "jwt-credential completions powershell | Out-String | iex"),
];

const PROGRAM: &str = env!("CARGO_PKG_NAME");

fn options() -> Vec<Arg> {
    let shell = argument("shell", "SHELL").required(true);
    vec![shell.value_parser(["bash", "zsh", "fish", "powershell"]).help("The shell that reads the script")]
}

fn run(call: &Call) -> Result<u8, Error> {
    let mut tree = (call.tree)();
    tree.set_bin_name(PROGRAM);
    // Without this the commands have no options yet.
    tree.build();
    call.answer(&match call.value("shell") {
        Some("bash") => hooks::bash(&generated(Bash, tree.clone()), &tree),
        Some("zsh") => hooks::zsh(&generated(Zsh, hooks::marked(tree))),
        Some("fish") => generated(Fish, tree.clone()) + &hooks::fish(&tree),
        _ => hooks::powershell(&generated(PowerShell, tree.clone()), &tree),
    })
}

fn generated(shell: impl Generator, mut tree: Clap) -> String {
    let mut script = Vec::new();
    generate(shell, &mut tree, PROGRAM, &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
