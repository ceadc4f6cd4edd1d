//! Variables for a shell: the token and its expiry.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use clap::Arg;

use super::{Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::{Error, Kind, shell_word};
use crate::tokens::{Credential, Tokens, Want};
use crate::{environment, sys};

/// The name and the value of a variable. Without a value it is unset.
pub(super) type Variable = (String, Option<String>);

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("env", "Print a shell command that sets ACCESS_TOKEN").with(options).showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[
    example("In sh, bash and zsh", "token_env=$(jwt-credential env) && eval \"$token_env\""),
    example("In fish", "set out (jwt-credential env --shell fish); and string join \\n $out | source"),
    example("For the later steps of a job in GitHub Actions", "jwt-credential env --shell github"),
];

/// How a shell sets and unsets a variable. A token's alphabet has no quote, backslash or percent sign, so that a quoted
/// word needs no escaping in any of them.
struct Shell {
    name: &'static str,
    set: fn(&str, &str) -> String,
    unset: fn(&str) -> String,
}

const SHELLS: [Shell; 8] = [
    posix("sh"),
    posix("bash"),
    posix("zsh"),
    Shell {
        name: "fish",
        set: |name, value| format!("set -gx {name} '{value}'\n"),
        unset: |name| format!("set -e {name}\n"),
    },
    Shell {
        name: "powershell",
        set: |name, value| format!("$env:{name} = '{value}'\n"),
        unset: |name| format!("$env:{name} = $null\n"),
    },
    // For `for /f "delims=" %i in ('…') do @%i`, which runs each line.
    Shell {
        name: "cmd",
        set: |name, value| format!("set \"{name}={value}\"\r\n"),
        unset: |name| format!("set \"{name}=\"\r\n"),
    },
    Shell { name: "dotenv", set: |name, value| format!("{name}={}\n", dotenv_word(value)), unset: |_| String::new() },
    // The file of $GITHUB_ENV, whose values are taken as they are.
    Shell { name: GITHUB, set: |name, value| format!("{name}={value}\n"), unset: |name| format!("{name}=\n") },
];

const GITHUB: &str = "github";
/// The file from which the runner takes variables for later steps.
const GITHUB_ENV: &str = "GITHUB_ENV";

const fn posix(name: &'static str) -> Shell {
    Shell {
        name,
        set: |name, value| format!("export {name}={}\n", shell_word(value)),
        unset: |name| format!("unset {name}\n"),
    }
}

/// Quoted only where a shell that reads the file would expand it: `docker run --env-file` takes quotes as part of the value.
fn dotenv_word(value: &str) -> String {
    if value.starts_with('~') { shell_word(value) } else { value.to_owned() }
}

fn options() -> Vec<Arg> {
    let shell = Arg::new("shell").long("shell").value_name("SHELL").default_value(SHELLS[0].name);
    vec![name_option(), shell.value_parser(SHELLS.map(|shell| shell.name)).help("The shell whose syntax is printed")]
}

/// The option that `env` and `exec` share.
pub(super) fn name_option() -> Arg {
    Arg::new("name")
        .long("name")
        .value_name("NAME")
        .default_value("ACCESS_TOKEN")
        .help("The variable for the token; NAME_EXPIRES_AT is for its expiry")
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<u8, Error> {
    let name = variable_name(call)?;
    let shell = call.value("shell").and_then(|asked| SHELLS.iter().find(|shell| shell.name == asked));
    let shell = shell.unwrap_or(&SHELLS[0]);
    let credential = credential(tokens, &Want::default())?;
    let variables = variables(name, &credential)?;
    let lines: String = variables
        .iter()
        .map(|(name, value)| match value {
            Some(value) => (shell.set)(name, value),
            // An earlier token's expiry would be taken for this one's.
            None => (shell.unset)(name),
        })
        .collect();
    if shell.name == GITHUB {
        let values = variables.iter().filter_map(|(_, value)| value.as_deref());
        return for_later_steps(call, &lines, values.filter(|value| credential.fields.hold(value)));
    }
    call.answer(&lines)
}

/// Sets variables for the later steps of a job in GitHub Actions, and has the runner mask the secret ones in the log.
/// <https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands>
fn for_later_steps<'a>(call: &Call, lines: &str, secrets: impl Iterator<Item = &'a str>) -> Result<u8, Error> {
    let file = environment::absolute_path(GITHUB_ENV)?.ok_or_else(|| {
        Error::new(Kind::Setup, format!("the variable {GITHUB_ENV} is not set or empty"))
            .hint("use --shell github in a step of GitHub Actions")
    })?;
    if sys::is_stdout_null() {
        return Err(Error::new(
            Kind::Output,
            "standard output is closed or /dev/null, so that the runner cannot mask the token",
        )
        .hint("remove the redirection of standard output"));
    }
    // The mask comes first: no later command may print the token before.
    let masks: String = secrets.flat_map(|secret| ["::add-mask::", secret, "\n"]).collect();
    call.write(&masks)?;
    // An earlier command of the step may not have ended its line.
    let start = if ends_within_line(&file).unwrap_or_default() { "\n" } else { "" };
    let lines = format!("{start}{lines}");
    let written = sys::open_to_append(&file).and_then(|mut file| file.write_all(lines.as_bytes()));
    let failed = |error| Error::new(Kind::Output, format!("cannot write to {}: {error}", file.display()));
    written.map(|()| 0).map_err(failed)
}

fn ends_within_line(path: &Path) -> io::Result<bool> {
    let mut last = [b'\n'];
    if path.metadata()?.is_file() {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
    }
    Ok(last != *b"\n")
}

/// The variables of a credential: its own, or those for a bearer token.
pub(super) fn variables(name: &str, credential: &Credential) -> Result<Vec<Variable>, Error> {
    if !credential.environment.is_empty() {
        let own = credential.environment.iter().cloned();
        return Ok(own.map(|(name, value)| (name.to_owned(), value)).collect());
    }
    let token = credential.access_token()?.to_owned();
    Ok(vec![(name.to_owned(), Some(token)), (format!("{name}_EXPIRES_AT"), credential.expires_at.map(rfc3339))])
}

/// `--name`, if it is a valid name in every shell.
pub(super) fn variable_name(call: &Call) -> Result<&str, Error> {
    valid_name("--name", call.value("name").unwrap_or("ACCESS_TOKEN"))
}

pub(super) fn valid_name<'a>(option: &str, name: &'a str) -> Result<&'a str, Error> {
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let fits = name.bytes().next().is_some_and(letter) && name.bytes().all(|b| letter(b) || b.is_ascii_digit());
    if fits {
        return Ok(name);
    }
    let text = format!("{option} must name a variable: letters, digits and '_', and no digit first");
    Err(Error::new(Kind::Usage, text))
}
