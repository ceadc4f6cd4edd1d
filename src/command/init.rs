//! Makes a profile from answers, for users who have no file to import. Scripts give all answers as options, because
//! without a terminal nothing is asked.

use std::io::IsTerminal as _;
use std::time::Instant;

use clap::Arg;

use super::{Command, profile_options, text};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::command_spec::CommandSpec;
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind, printable};
use crate::onboarding::answers::{self, Answers};
use crate::onboarding::install::{self, Source, line_to_try, profile_option};
use crate::onboarding::key_material::{KeyFile, KeyMaterial};
use crate::onboarding::{key_pair, write};
use crate::profile::Profile;
use crate::profile::schema::ValueKind;
use crate::profile_tokens;
use crate::provider::{self, Provider};
use crate::store::CachedToken;
use crate::sys::Terminal;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("init", "makes a profile by question and answer, and tries it").with(options).taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let grants: Vec<&str> = provider::ALL.iter().map(|provider| provider.schema.grant).collect();
    let usual = provider::USUAL.schema.grant;
    let grant = text("grant", "GRANT").value_parser(grants);
    let questions = provider::questions().into_iter().map(|(field, question)| {
        let (value, how) = match field.kind {
            ValueKind::Secret => ("WHERE", ": env:NAME or file:PATH"),
            _ => ("TEXT", ""),
        };
        text(question.option, value).help(format!("The {}{how}", question.text))
    });
    [grant.help(format!("What kind of credential it is; {usual} unless given")), profile_options::force()]
        .into_iter()
        .chain(questions)
        .chain(profile_options::shared())
        .collect()
}

fn run(call: &Call) -> Result<u8, Error> {
    let name = write::new_name(call.value("as"), call.has("force"))?;
    let terminal = std::io::stdin().is_terminal().then(Terminal::open).flatten();
    let keys = KeyMaterial::from_options(call)?;
    keys.check(None)?;
    let answers = Answers::from_options(call, terminal.as_ref())?;
    let provider = answers.provider()?;
    answers.check(provider)?;
    let (keys, is_new) = find_or_make_keys(call, provider, &name, keys, terminal.as_ref())?;
    let to_reuse = is_new.then(|| format!("the new key stays: {} takes it the next time", keys.options()));
    let (profile, token) = install(call, &answers, provider, &name, keys, is_new)
        .map_err(|error| to_reuse.into_iter().fold(error, Error::hint))?;
    let to_try = line_to_try(call, &name);
    let token = match token {
        Some(token) => token,
        None if is_new && terminal.is_none() => {
            return call.answer(&format!("once the certificate is uploaded: {to_try}\n"));
        }
        None => profile_tokens::try_out(&profile, call, &deadline(call)).map_err(|error| {
            error.hint(format!("the profile is written: mend it, or the credential, and try it: {to_try}"))
        })?,
    };
    let until = token.expires_at(&clock::now()).map(|end| format!(", until {}", rfc3339(end))).unwrap_or_default();
    let option = profile_option(call, &name);
    call.answer(&format!(
        "it works: there is a token{until}\n\
         to call an API:                jwt-credential{option} curl -- https://…\n\
         as an exec credential helper:  jwt-credential{option} json\n"
    ))
}

/// Asks the remaining questions, and writes the profile.
fn install(
    call: &Call,
    answers: &Answers,
    provider: &Provider,
    name: &str,
    keys: KeyMaterial,
    is_new: bool,
) -> Result<(Profile, Option<CachedToken>), Error> {
    if is_new {
        answers.wait_for_upload(&key_pair::to_upload(&keys, provider.new_certificate))?;
    }
    let draft = answers.draft(provider)?;
    install::install(name, Source { name: "your answers".into(), draft, keys }, call, &deadline(call))
}

/// A deadline that begins now, because the user's answers took time.
fn deadline(call: &Call) -> Deadline {
    Deadline::new(Instant::now(), call.options.timeout.unwrap_or(deadline::DEFAULT))
}

/// The key pair, if the grant signs: from options, from an answer, or a new one. And whether it is new.
fn find_or_make_keys(
    call: &Call,
    provider: &Provider,
    name: &str,
    keys: KeyMaterial,
    terminal: Option<&Terminal>,
) -> Result<(KeyMaterial, bool), Error> {
    if !provider.schema.takes_key() {
        let Some((_, file)) = keys.files().next() else { return Ok((keys, false)) };
        let failure = Error::new(Kind::Usage, format!("{} takes no key: {}", provider.schema.grant, file.place));
        let signing = provider::ALL.iter().find(|row| row.schema.takes_key());
        let hint = signing.map(|row| format!("--grant {} signs with one", row.schema.grant));
        return Err(hint.into_iter().fold(failure, Error::hint));
    }
    if keys.private_key.is_some() {
        return Ok((keys, false));
    }
    if keys.certificate.is_some() {
        return Err(Error::new(Kind::Usage, "--certificate goes with --private-key"));
    }
    while let Some(terminal) = terminal {
        let answer = terminal.ask("private key: its path, or Enter to make a new one with openssl\n  > ")?;
        let path = answer.ok_or_else(answers::ended)?;
        if path.is_empty() {
            break;
        }
        let read = KeyFile::read(path.as_ref(), call.deadline.total()).and_then(|key| {
            let keys = KeyMaterial { private_key: Some(key), certificate: None };
            keys.check(None).map(|()| keys)
        });
        match read {
            Ok(keys) => return Ok((keys, false)),
            Err(error) => terminal.say(&format!("  {}\n", printable(&error.text)))?,
        }
    }
    if terminal.is_none() && call.has("force") && write::exists(name) {
        return Err(Error::new(Kind::Usage, "a new key cannot be tried before its certificate is uploaded")
            .hint("make it under another name with --as NAME, or give a key with --private-key"));
    }
    key_pair::make(name).map(|keys| (keys, true))
}
