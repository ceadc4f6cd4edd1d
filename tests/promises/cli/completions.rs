//! Completions and man pages, in real shells and in man(1).

use std::fs;
use std::time::Duration;

use crate::support::clients::{find, has_clients, skip};
use crate::support::endpoint::{DAY, Endpoint};
use crate::support::terminal::Person;
use crate::support::{Home, Ran, has_client, oauth};

use super::help::commands;

/// From the prompt until the shell reads keys: a Tab before that is lost.
const PROMPT: Duration = Duration::from_millis(200);

/// A home with the profiles `default` and `zebra`.
fn home_with_a_zebra(endpoint: &Endpoint) -> Home {
    let home = Home::with_oauth(&endpoint.origin());
    home.profile("zebra", &oauth(&endpoint.origin()));
    home
}

/// A user of this shell presses Tab in the middle of a command, an option and two profiles' names.
fn completes(shell: &[&str], setup: &str) {
    if !has_clients(&[shell[0], "env"]) {
        return;
    }
    let endpoint = Endpoint::tokens(DAY);
    let home = home_with_a_zebra(&endpoint);
    let Some(person) = Person::runs(&home, &[&["env", "TERM=xterm", "PS1=ready> "], shell].concat()) else { return };
    person
        .answers("ready> ", setup)
        .types_after("ready> ", PROMPT, "jwt-credential lis\t--na\t\r")
        .types("zebra\n", "")
        .types_after("ready> ", PROMPT, "jwt-credential token -p ze\t\r")
        .types("token-1", "")
        .types_after("ready> ", PROMPT, "jwt-credential -p ze\t tok\t --ref\t\r")
        .types("token-2", "")
        .types_after("ready> ", PROMPT, "jwt-credential use zeb\t\r")
        .types("zebra", "")
        .answers("ready> ", "exit")
        .leaves()
        .ends(0, &["default\nzebra\n"]);
}

#[test]
fn bash_completes_commands_options_and_profiles() {
    completes(&["bash", "--norc", "--noprofile", "-i"], "eval \"$(jwt-credential completions bash)\"");
}

#[test]
fn zsh_completes_commands_options_and_profiles() {
    completes(&["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source <(jwt-credential completions zsh)");
}

#[test]
fn fish_completes_commands_options_and_profiles() {
    completes(
        &["fish", "--no-config", "--init-command", "function fish_prompt; echo -n 'ready> '; end"],
        "jwt-credential completions fish | source",
    );
}

#[test]
fn powershell_completes_commands_options_and_profiles() {
    let endpoint = Endpoint::tokens(DAY);
    let home = home_with_a_zebra(&endpoint);
    let script = home.run(["completions", "powershell"]).succeeds().stdout;
    let (_, function) = script.split_once("$cursorPosition)\n").unwrap();
    let (hook, rest) = function.split_once("$commandElements = ").unwrap();
    assert!(hook.contains("jwt-credential list --names") && rest.contains("'--min-ttl'"), "{script}");
    if find("pwsh").is_none() {
        return skip("pwsh");
    }
    for (line, expected) in [
        ("jwt-credential lis", "list"),
        ("jwt-credential list --na", "--names"),
        ("jwt-credential token -p ze", "zebra"),
    ] {
        let ask = format!("(TabExpansion2 '{line}' {}).CompletionMatches.CompletionText", line.len());
        let script = format!("jwt-credential completions powershell | Out-String | iex; {ask}");
        let ran = Ran::of(home.program("pwsh").args(["-NoProfile", "-Command", &script])).succeeds();
        assert_eq!(ran.stdout.trim(), expected, "{line}");
    }
}

#[test]
fn a_wrong_environment_does_not_break_completions() {
    let home = Home::new();
    let mut command = home.command(["completions", "bash"]);
    command.env("JWT_CREDENTIAL_PROFILE", "absent").env("JWT_CREDENTIAL_TIMEOUT", "x");
    assert!(Ran::of(&mut command).succeeds().stdout.contains("complete -F"));
    home.run(["completions", "tcsh"]).fails(2, &["tcsh", "bash, zsh, fish, powershell"]);
    home.run(["completions"]).fails(2, &["SHELL"]);
}

#[test]
fn each_command_has_a_man_page_without_a_mistake() {
    let home = Home::new();
    let directory = home.path("man1");
    let write = || home.run(["man".as_ref(), directory.as_os_str()]);
    write().fails(6, &["man1", "mkdir -p"]);
    fs::create_dir(&directory).unwrap();
    assert_eq!(write().succeeds().stdout, "");
    let page = |name: &str| fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(page("jwt-credential.1"), home.run(["man"]).succeeds().stdout);
    let commands = commands(&home);
    for command in &commands {
        let (page, help) = (page(&format!("jwt-credential-{command}.1")), home.run([command, "--help"]).stdout);
        assert!(page.contains(&format!("jwt\\-credential\\-{} \\- ", command.replace('-', "\\-"))), "{page}");
        assert_eq!(page.contains(".SH EXAMPLES"), help.contains("\nExamples:\n"), "{page}");
    }
    assert_eq!(fs::read_dir(&directory).unwrap().count(), commands.len() + 1);
    assert_eq!(write().succeeds().stdout, "", "pages of an earlier version are replaced");
    if !has_client("man") {
        return;
    }
    for entry in fs::read_dir(&directory).unwrap() {
        let path = entry.unwrap().path();
        let mut man = home.program("man");
        man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(&path).env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8");
        let shown = Ran::of(&mut man).succeeds().stdout;
        assert!(shown.contains("SYNOPSIS") && shown.contains("--timeout"), "{}: {shown}", path.display());
    }
}
