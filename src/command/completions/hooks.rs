//! What completes a profile's name, in each shell: after `-p` and `--profile`, and as an argument NAME.

use clap::{Arg, Command as Clap, ValueHint};

/// How `clap_complete` writes zsh's function for user names, which no option of ours takes. It marks the arguments
/// that name a profile.
const ZSH_MARK: &str = ":_users'";

/// The beginning of `clap_complete`'s function for `PowerShell`.
const POWERSHELL_START: &str = "    param($wordToComplete, $commandAst, $cursorPosition)\n";

/// A wrapper around `clap_complete`'s function, which is called last: `complete` keeps one function for each command.
pub(super) fn bash(generated: &str, tree: &Clap) -> String {
    // clap_complete 4.6.11 spells a program's name that has a hyphen in two ways, and so completes no subcommand.
    let generated = generated.replace("jwt__subcmd__credential", "jwt__credential");
    let name = super::PROGRAM;
    let commands = commands(tree, " ");
    format!(
        r#"{generated}
_jwt_credential_profiles() {{
    local generated=$1 word
    shift
    case $3 in
    -p | --profile)
        COMPREPLY=($(compgen -W "$("$1" list --names 2>/dev/null)" -- "$2") $(compgen -f -- "$2"))
        return
        ;;
    esac
    "$generated" "$@"
    [[ $2 != -* ]] || return
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        if [[ " {commands} " == *" $word "* ]]; then
            COMPREPLY+=($(compgen -W "$("$1" list --names 2>/dev/null)" -- "$2"))
            return
        fi
    done
}}
_jwt_credential_completion=$(complete -p {name})
_jwt_credential_completion=${{_jwt_credential_completion#*-F }}
eval "_jwt_credential_complete() {{ _jwt_credential_profiles ${{_jwt_credential_completion%% *}} \"\$@\"; }}"
unset _jwt_credential_completion
complete -F _jwt_credential_complete -o bashdefault -o default {name}
"#
    )
}

/// The tree for zsh, with the arguments that name a profile marked.
pub(super) fn marked(tree: Clap) -> Clap {
    let mark_one = |arg: Arg| if names_profile(&arg) { arg.value_hint(ValueHint::Username) } else { arg };
    let mark = |command: Clap| command.mut_args(mark_one);
    let names: Vec<String> = tree.get_subcommands().map(|command| command.get_name().to_owned()).collect();
    names.into_iter().fold(mark(tree), |tree, name| tree.mut_subcommand(name, mark))
}

pub(super) fn zsh(generated: &str) -> String {
    let (start, rest) = generated.split_once("\n_jwt-credential() {").unwrap_or((generated, ""));
    let rest = rest.replace(ZSH_MARK, ":_jwt_credential_profiles'");
    format!(
        r#"{start}
_jwt_credential_profiles() {{
    local -a names
    names=(${{(f)"$(jwt-credential list --names 2>/dev/null)"}})
    _alternative "profiles:profile:compadd -a names" "files:profile file:_files -g '*.json'"
}}

_jwt-credential() {{{rest}"#
    )
}

/// Further lines: fish adds up all that complete a command.
pub(super) fn fish(tree: &Clap) -> String {
    let (name, commands) = (super::PROGRAM, commands(tree, " "));
    let names = "'(jwt-credential list --names 2>/dev/null)'";
    format!(
        "complete -c {name} -s p -l profile -r -a {names}\n\
         complete -c {name} -n '__fish_seen_subcommand_from {commands}' -f -a {names}\n"
    )
}

pub(super) fn powershell(generated: &str, tree: &Clap) -> String {
    let hook = format!(
        r"
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object {{ $_.ToString() }})
    if ($wordToComplete -ne '') {{ $words = @($words | Select-Object -SkipLast 1) }}
    $namesProfile = ($words | Select-Object -Last 1) -cin '-p', '--profile'
    $takesName = $wordToComplete -notlike '-*' -and ($words | Where-Object {{ $_ -cin '{}' }})
    if ($namesProfile -or $takesName) {{
        jwt-credential list --names 2>$null | Where-Object {{ $_ -like ($wordToComplete + '*') }} |
            ForEach-Object {{ [CompletionResult]::new($_) }}
        return
    }}
",
        commands(tree, "', '")
    );
    generated.replacen(POWERSHELL_START, &format!("{POWERSHELL_START}{hook}"), 1)
}

/// Whether it is an existing profile's name. `--as` and the second name of `rename` are for new ones.
fn names_profile(arg: &Arg) -> bool {
    let value = arg.get_value_names().and_then(<[_]>::first);
    arg.get_id() == "profile" || (arg.is_positional() && value.is_some_and(|value| value == "NAME" || value == "OLD"))
}

/// The commands with an argument NAME, separated for the shell.
fn commands(tree: &Clap, separator: &str) -> String {
    let takes_name = |command: &&Clap| command.get_positionals().any(names_profile);
    tree.get_subcommands().filter(takes_name).map(Clap::get_name).collect::<Vec<_>>().join(separator)
}
