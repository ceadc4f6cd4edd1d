//! Variables for a shell: the token and its end.

use clap::Arg;

use super::{Credential, Protocol, Tokens, Want};
use crate::call::Call;
use crate::clock::rfc3339;
use crate::error::{Error, Kind};
use crate::verb::Verb;

pub(super) static PROTOCOL: Protocol =
    Protocol { verb: Verb::new("env", "export ACCESS_TOKEN='…' for a shell to evaluate").with(options), serve };

/// A shell's name, and how it sets a variable. The token's alphabet needs no escaping in any of them.
type Shell = (&'static str, fn(&str, &str) -> String);

const SHELLS: [Shell; 4] = [
    ("sh", |name, value| format!("export {name}='{value}'\n")),
    ("fish", |name, value| format!("set -gx {name} '{value}'\n")),
    ("powershell", |name, value| format!("$env:{name} = '{value}'\n")),
    ("dotenv", |name, value| format!("{name}={value}\n")),
];

fn options() -> Vec<Arg> {
    let shell = Arg::new("shell").long("shell").value_name("SHELL").default_value(SHELLS[0].0);
    vec![name_option(), shell.value_parser(SHELLS.map(|(name, _)| name)).help("Whose syntax")]
}

/// The option that `env` and `exec` share.
pub(super) fn name_option() -> Arg {
    Arg::new("name")
        .long("name")
        .value_name("NAME")
        .default_value("ACCESS_TOKEN")
        .help("The variable; NAME_EXPIRES_AT holds the token's end")
}

fn serve(call: &Call, tokens: &dyn Tokens) -> Result<(), Error> {
    let name = variable_name(call)?;
    let shell = call.value("shell").and_then(|shell| SHELLS.iter().find(|(name, _)| *name == shell));
    let (_, line) = shell.unwrap_or(&SHELLS[0]);
    let credential = tokens.get(&Want::default())?;
    let lines: String = variables(name, &credential).iter().map(|(name, value)| line(name, value)).collect();
    call.write(&lines)
}

/// The variables' names and values.
pub(super) fn variables(name: &str, credential: &Credential) -> Vec<(String, String)> {
    let token = (name.to_owned(), credential.access_token.as_str().to_owned());
    let end = credential.expires_at.map(|end| (format!("{name}_EXPIRES_AT"), rfc3339(end)));
    std::iter::once(token).chain(end).collect()
}

/// `--name`, if a shell can have a variable of that name.
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
