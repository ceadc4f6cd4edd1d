//! Variables for a shell: the token and its expiry.

use clap::Arg;

use super::{Protocol, credential};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::command_spec::{CommandSpec, Example, example};
use crate::error::{Error, Kind, shell_word};
use crate::tokens::{Credential, Tokens, Want};

pub(super) static PROTOCOL: Protocol = Protocol::plain(
    CommandSpec::new("env", "Print a shell command that sets ACCESS_TOKEN").with(options).showing(EXAMPLES),
    serve,
);

const EXAMPLES: &[Example] = &[
    example("In sh, bash and zsh", "token_env=$(jwt-credential env) && eval \"$token_env\""),
    example("In fish", "jwt-credential env --shell fish | source"),
];

/// How a shell sets and unsets a variable. A token's alphabet has no quote and no backslash, so that a quoted word needs
/// no escaping in any of them.
struct Shell {
    name: &'static str,
    set: fn(&str, &str) -> String,
    unset: fn(&str) -> String,
}

const SHELLS: [Shell; 4] = [
    Shell {
        name: "sh",
        set: |name, value| format!("export {name}={}\n", shell_word(value)),
        unset: |name| format!("unset {name}\n"),
    },
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
    Shell { name: "dotenv", set: |name, value| format!("{name}={}\n", dotenv_word(value)), unset: |_| String::new() },
];

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
    let lines = variables(name, &credential)?.into_iter().map(|(name, value)| match value {
        Some(value) => (shell.set)(&name, &value),
        // An earlier token's expiry would be taken for this one's.
        None => (shell.unset)(&name),
    });
    call.answer(&lines.collect::<String>())
}

/// The variables' names and values. A variable without a value is unset.
pub(super) fn variables(name: &str, credential: &Credential) -> Result<Vec<(String, Option<String>)>, Error> {
    if !credential.environment.is_empty() {
        let own = credential.environment.iter().cloned();
        return Ok(own.map(|(name, value)| (name.to_owned(), value)).collect());
    }
    let token = credential.access_token()?.to_owned();
    Ok(vec![(name.to_owned(), Some(token)), (format!("{name}_EXPIRES_AT"), credential.expires_at.map(rfc3339))])
}

/// `--name`, if it is a valid name in every shell.
pub(super) fn variable_name(call: &Call) -> Result<&str, Error> {
    let name = call.value("name").unwrap_or("ACCESS_TOKEN");
    let letter = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let fits = name.bytes().next().is_some_and(letter) && name.bytes().all(|b| letter(b) || b.is_ascii_digit());
    if fits {
        Ok(name)
    } else {
        Err(Error::new(Kind::Usage, "--name is no name of a variable: letters, digits and '_', no digit first"))
    }
}
