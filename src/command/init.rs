//! Makes a profile from answers, for users who have no file to import. Scripts give all answers as options; without a
//! terminal nothing is asked.

use std::io::IsTerminal as _;
use std::time::Instant;

use clap::{Arg, ArgAction};

use super::Command;
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::command_spec::CommandSpec;
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind, printable};
use crate::onboarding::answers::{self, Answers};
use crate::onboarding::install::{self, Installed, New, line_to_try};
use crate::onboarding::key_material::{KeyMaterial, Piece};
use crate::onboarding::{key_pair, write};
use crate::profile::draft::Draft;
use crate::profile::schema::{Question, ValueKind};
use crate::profile_tokens;
use crate::provider::{self, Provider};
use crate::sys::Terminal;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("init", "makes a profile by question and answer, and tries it").with(options).taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let grants: Vec<&str> = provider::ALL.iter().map(|grant| grant.schema.grant).collect();
    let mut options = vec![
        install::text("grant", "GRANT")
            .value_parser(grants)
            .help(format!("What kind of credential it is; {} unless given", provider::USUAL.schema.grant)),
        Arg::new("force")
            .long("force")
            .action(ArgAction::SetTrue)
            .help("Replace a profile: shows what changes, mints once with the new one, keeps the old one as a backup"),
    ];
    for (field, Question { option, text }) in answers::asked() {
        let (value, how) = match field.kind {
            ValueKind::Secret => ("WHERE", ": env:NAME or file:PATH"),
            _ => ("TEXT", ""),
        };
        options.push(install::text(option, value).help(format!("The {text}{how}")));
    }
    options.extend(install::options());
    options
}

fn run(call: &Call) -> Result<u8, Error> {
    let name = write::new_name(call.value("as"), call.has("force"))?;
    let terminal = std::io::stdin().is_terminal().then(Terminal::open).flatten();
    let given = KeyMaterial::given(call)?;
    let answers = Answers::given(call, terminal.as_ref())?;
    let grant = answers.grant()?;
    answers.fit(grant)?;
    let (pair, is_new) = pair(call, grant, &name, given, terminal.as_ref())?;
    let stays = is_new.then(|| key_pair::options(&pair));
    let installed = install(call, &answers, grant, &name, pair, is_new).map_err(|error| match stays {
        Some(options) => error.hint(format!("the new key stays: {options} takes it the next time")),
        None => error,
    })?;
    let to_try = line_to_try(call, &name);
    let minted = match installed.minted {
        Some(minted) => minted,
        None if is_new && terminal.is_none() => {
            return call.write(&format!("once the certificate is uploaded: {to_try}\n")).map(|()| 0);
        }
        None => profile_tokens::try_out(&installed.profile, call, &deadline(call)).map_err(|error| {
            error.hint(format!("the profile is written: mend it, or the credential, and try it: {to_try}"))
        })?,
    };
    let until = minted.expires_at(&clock::now()).map(|end| format!(", until {}", rfc3339(end))).unwrap_or_default();
    call.write(&format!("it works: there is a token{until}\n{}", lines_to_paste(call, &name))).map(|()| 0)
}

/// Asks for what is left to ask, and writes the profile.
fn install(
    call: &Call,
    answers: &Answers,
    grant: &Provider,
    name: &str,
    pair: KeyMaterial,
    is_new: bool,
) -> Result<Installed, Error> {
    if is_new {
        answers.wait_for_upload(&key_pair::to_upload(&pair, grant.new_certificate))?;
    }
    let mut draft = Draft::new(grant.schema);
    answers.fill(&mut draft, grant)?;
    New { name, from: "your answers", draft, keys: pair, force: call.has("force") }.install(call, &deadline(call))
}

/// A deadline that begins now: the person's time is not the call's.
fn deadline(call: &Call) -> Deadline {
    Deadline::new(Instant::now(), call.options.timeout.unwrap_or(deadline::DEFAULT))
}

/// The key pair, where the grant signs: the one that was given, or is named now, or a new one; and whether it is new.
fn pair(
    call: &Call,
    grant: &Provider,
    name: &str,
    given: KeyMaterial,
    terminal: Option<&Terminal>,
) -> Result<(KeyMaterial, bool), Error> {
    if grant.schema.field("private_key").is_none() {
        return match given.private_key.or(given.certificate) {
            Some(piece) => {
                let failure = Error::new(Kind::Usage, format!("{} takes no key: {}", grant.schema.grant, piece.place));
                let mut signing = provider::ALL.iter().filter(|row| row.schema.field("private_key").is_some());
                let hint = signing.next().map(|row| format!("--grant {} signs with one", row.schema.grant));
                Err(hint.into_iter().fold(failure, Error::hint))
            }
            None => Ok((KeyMaterial::default(), false)),
        };
    }
    if given.private_key.is_some() {
        return Ok((given, false));
    }
    if given.certificate.is_some() {
        return Err(Error::new(Kind::Usage, "--certificate goes with --private-key"));
    }
    while let Some(terminal) = terminal {
        let answer = terminal.ask("private key: its path, or Enter to make a new one with openssl\n  > ")?;
        let path = answer.ok_or_else(answers::ended)?;
        if path.is_empty() {
            break;
        }
        match Piece::read(path.as_ref(), call.deadline.total()).and_then(KeyMaterial::of_key) {
            Ok(pair) => return Ok((pair, false)),
            Err(error) => terminal.say(&format!("  {}\n", printable(&error.text)))?,
        }
    }
    if terminal.is_none() && call.has("force") && write::is_there(name) {
        return Err(Error::new(Kind::Usage, "a new key cannot be tried before its certificate is uploaded")
            .hint("make it under another name with --as NAME, or give a key with --private-key"));
    }
    key_pair::make(name).map(|pair| (pair, true))
}

fn lines_to_paste(call: &Call, name: &str) -> String {
    let profile = install::option(call, name);
    format!(
        "to call an API:                jwt-credential{profile} curl -- https://…\n\
         as an exec credential helper:  jwt-credential{profile} json\n"
    )
}
