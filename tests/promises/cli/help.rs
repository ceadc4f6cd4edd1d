//! The help: of the program and of each command, with its examples.

use std::fs;

use serde_json::json;

use crate::support::clients::{find, skip};
use crate::support::downloads::Account;
use crate::support::endpoint::{Answer, DAY, Endpoint};
use crate::support::{Home, Ran, has_client, oauth};

const API: &str = "https://api.example.com";

/// The commands that the overview lists.
pub(super) fn commands(home: &Home) -> Vec<String> {
    let overview = home.run(["--help"]).succeeds().stdout;
    let (groups, _) = overview.split_once("\nOptions:\n").unwrap();
    let lines = groups.lines().filter_map(|line| line.strip_prefix("  "));
    let names: Vec<String> = lines.map(|line| line.split(' ').next().unwrap().to_owned()).collect();
    assert!(names.len() > 20 && names.contains(&"json".into()), "{names:?}");
    names
}

#[test]
fn no_line_of_help_has_80_columns() {
    let home = Home::new();
    let mut helps = vec![home.run(["--help"]).succeeds().stdout];
    helps.extend(commands(&home).iter().map(|command| home.run([command, "--help"]).succeeds().stdout));
    for line in helps.iter().flat_map(|help| help.lines()) {
        assert!(line.chars().count() < 80, "{} columns: {line}", line.chars().count());
    }
}

#[test]
fn help_fits_a_narrow_terminal() {
    let home = Home::new();
    let help = Ran::of(home.command(["link", "--help"]).env("COLUMNS", "50")).succeeds().stdout;
    assert_ne!(help, home.run(["link", "--help"]).succeeds().stdout);
    let words = help.lines().filter(|line| line.trim_start().contains(' '));
    words.for_each(|line| assert!(line.chars().count() <= 50, "{line}"));
    for columns in ["0", "1", "20", "x"] {
        assert!(Ran::of(home.command(["link", "--help"]).env("COLUMNS", columns)).succeeds().stdout.contains("--only"));
    }
}

#[test]
fn help_of_a_command_is_what_its_option_help_prints() {
    let home = Home::new();
    for command in commands(&home) {
        let help = home.run([&command, "--help"]).succeeds().stdout;
        for args in [["help", &command], [&command, "-h"]] {
            assert_eq!(home.run(args).succeeds().stdout, help, "{args:?}");
        }
    }
    assert_eq!(home.run(["--help", "token"]).succeeds().stdout, home.run(["token", "--help"]).stdout);
    home.run(["help", "jsno"]).fails(2, &["unknown command \"jsno\"", "did you mean \"json\"?"]);
}

#[test]
fn the_usage_names_the_arguments() {
    let home = Home::new();
    for (command, usage) in [
        ("import", "import [OPTIONS] [FILE]..."),
        ("hosts", "hosts [OPTIONS] [add|remove] [HOST]..."),
        ("rename", "rename [OPTIONS] OLD NEW"),
        ("exec", "exec [OPTIONS] [-- CMD ARGS]"),
    ] {
        let help = home.run([command, "--help"]).succeeds().stdout;
        assert!(help.contains(&format!("\nUsage: jwt-credential {usage}\n")), "{help}");
    }
}

#[test]
fn own_options_come_first_and_examples_last() {
    let home = Home::new();
    for command in commands(&home) {
        let help = home.run([&command, "--help"]).succeeds().stdout;
        let mut headings: Vec<&str> =
            help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
        let order = ["Arguments:", "Options:", "Common options:", "Examples:"];
        if command == "init" {
            let groups = ["Every provider:", "Private key:", "Several providers:", "Adobe:", "GitHub:"];
            assert_eq!(headings[2..7], groups, "{help}");
            headings.retain(|heading| order.contains(heading));
        }
        let expected: Vec<&str> = order.into_iter().filter(|heading| headings.contains(heading)).collect();
        assert_eq!(headings, expected, "{help}");
        let (own, common) = help.split_once("Common options:\n").unwrap();
        assert!(common.contains("--timeout") && common.contains("--help"), "{help}");
        for option in ["--profile <", "--timeout", "--verbose", "--help"] {
            assert!(!own.contains(option), "{help}");
        }
    }
}

/// The examples of a command's help: what each does, and its line.
fn examples(help: &str) -> Vec<(String, String)> {
    let Some((_, examples)) = help.split_once("\nExamples:\n") else { return Vec::new() };
    let mut lines = examples.lines().map(|line| line.strip_prefix("  ").unwrap().to_owned());
    std::iter::from_fn(|| Some((lines.next()?.strip_prefix("# ").unwrap().to_owned(), lines.next().unwrap()))).collect()
}

/// A home in which the examples' files, servers and directories exist.
fn home_of_examples(tokens: &Endpoint, api: &Endpoint) -> Home {
    let home = Home::new();
    let mut profile = oauth(&tokens.origin());
    profile["hosts"] = json!([
        api.origin(),
        "git.example.com",
        "registry.example.com",
        "app.example.com",
        "pypi.example.com",
        "cache.example.com"
    ]);
    home.profile("default", &profile);
    home.profile("prod", &profile);
    home.profile("dev", &profile);
    home.profile("old", &profile);
    home.profile("unused", &profile);
    home.write("credentials.json", &Account::own().console_oauth().to_string(), 0o600);
    home.executable("deploy.sh", "#!/bin/sh\ntest \"$ACCESS_TOKEN\"\n");
    home.executable("copy.sh", "#!/bin/sh\ntest \"$ONE\" && test \"$TWO\"\n");
    fs::create_dir_all(home.path(".local/share/man/man1")).unwrap();
    fs::create_dir(home.path(".local/bin")).unwrap();
    home
}

#[test]
fn every_example_of_the_help_works() {
    // A JWT, for whoami.
    let tokens = Endpoint::always(Answer::token("e30.eyJzdWIiOiJtZSJ9.c2ln", DAY));
    let api = Endpoint::always(Answer::new(200, &[], "{}"));
    let mut count = 0;
    for command in commands(&Home::new()) {
        let home = home_of_examples(&tokens, &api);
        for (purpose, line) in examples(&home.run([&command, "--help"]).succeeds().stdout) {
            let shell = match purpose.split([',', ' ']).find(|word| ["zsh", "fish", "PowerShell"].contains(word)) {
                _ if purpose.contains("sh, bash") => "bash",
                Some("PowerShell") => "pwsh",
                other => other.unwrap_or("bash"),
            };
            if shell == "pwsh" && find(shell).is_none() {
                skip("pwsh");
                continue;
            }
            if !has_client(shell)
                || !["curl", "git", "go", "man"].iter().all(|tool| !runs(&line, tool) || has_client(tool))
            {
                continue;
            }
            let script = match shell {
                "zsh" => format!("autoload -Uz compinit; compinit -D -u; {line}"),
                _ => line.replace(API, &api.origin()),
            };
            let github = [("GITHUB_ENV", home.path("github_env"))];
            let mut shell = home.program(shell);
            let ran = Ran::of(shell.args(["-c", &script]).envs(github).current_dir(home.directory.path()));
            // curl shows its progress.
            assert!(ran.code == 0 && !ran.stderr.contains("jwt-credential: "), "{line}: {ran:?}");
            count += 1;
        }
    }
    assert!(count > 10 || !has_client("bash"), "{count}");
    eprintln!("{count} examples");
}

/// Whether the line runs this program, in any place of it.
fn runs(line: &str, program: &str) -> bool {
    line.split(' ').next() == Some(program)
        || line.contains(&format!("| {program} "))
        || line.contains(&format!("| {program}\n"))
}
