//! Makes a profile from answers, for users who have no file to import. Scripts give all answers as options, because
//! without a terminal nothing is asked.

use std::io::IsTerminal as _;
use std::time::Instant;

use clap::Arg;

use super::{Command, profile_options, text};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::deadline::{self, Deadline};
use crate::error::{Error, Kind, printable};
use crate::lifecycle;
use crate::onboarding::answers::{self, Answers};
use crate::onboarding::install::{self, Source, Test};
use crate::onboarding::key_material::{KeyFile, KeyMaterial};
use crate::onboarding::{key_pair, write};
use crate::profile::schema::ValueKind;
use crate::profile::{FIRST, locate};
use crate::provider::{self, Provider};
use crate::sys::Terminal;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("init", "Make a profile by answering questions, and test it").with(options).taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let all: Vec<&str> = provider::ALL.iter().map(|provider| provider.schema.name).collect();
    let usual = provider::USUAL.schema.name;
    let kind = Arg::new("provider").value_name("PROVIDER").value_parser(all);
    let questions = provider::questions().into_iter().map(|(field, question)| {
        let (value, how) = match field.kind {
            ValueKind::Secret => ("WHERE", format!(": {}", answers::reference_forms(field))),
            _ => ("TEXT", String::new()),
        };
        text(question.option, value).help(format!("The {}{how}", question.text))
    });
    [
        kind.help(format!("What kind of credential it is; {usual} unless given")),
        profile_options::name("\"default\" for the first one"),
        profile_options::force(),
        profile_options::no_check(),
    ]
    .into_iter()
    .chain(questions)
    .chain(profile_options::shared())
    .collect()
}

fn run(call: &Call) -> Result<u8, Error> {
    lifecycle::finish(call);
    let terminal = std::io::stdin().is_terminal().then(Terminal::open).flatten();
    let name = name(call, terminal.as_ref())?;
    let keys = KeyMaterial::from_options(call)?;
    keys.check("", None)?;
    let answers = Answers::from_options(call, terminal.as_ref())?;
    let provider = answers.provider()?;
    answers.check(provider)?;
    let (keys, is_new) = find_or_make_keys(call, provider, &name, keys, terminal.as_ref())?;
    if !is_new {
        return install(call, &answers, provider, &name, keys, Test::asked(call));
    }
    answers
        .wait_for_upload(&key_pair::to_upload(&keys, provider.new_certificate))
        .inspect_err(|_| key_pair::remove(&keys))?;
    let is_uploaded = terminal.is_some();
    // Without a terminal the certificate is not uploaded yet, so that there is no token.
    let test = if is_uploaded { Test::asked(call) } else { Test::Later("once the certificate is uploaded: ") };
    install(call, &answers, provider, &name, keys.clone(), test).map_err(|error| {
        if is_uploaded {
            return error.hint(format!("the new key stays: {} takes it the next time", keys.options()));
        }
        if !write::exists(&name) {
            key_pair::remove(&keys);
        }
        error
    })
}

/// The new profile's name. It is asked for if there are profiles and no option names the new one.
fn name(call: &Call, terminal: Option<&Terminal>) -> Result<String, Error> {
    let (asked, replace) = (call.value("as"), call.has("force"));
    let others = locate::all()?;
    let takes_first = others.is_empty() || (others.contains_key(FIRST) && (replace || terminal.is_none()));
    let is_open = asked.is_none() && !takes_first;
    if !is_open {
        let name = asked.unwrap_or(FIRST);
        return write::check_name(name, replace).map(|()| name.to_owned());
    }
    let others = others.into_keys().collect::<Vec<_>>().join(", ");
    let Some(terminal) = terminal.filter(|_| !replace) else {
        let text = format!("a further profile needs a name: there are {others}");
        return Err(Error::new(Kind::Usage, text).hint("--as NAME"));
    };
    loop {
        let question = format!("the new profile's name (names in use: {others})\n  > ");
        let answer = terminal.ask(&question)?.ok_or_else(answers::ended)?;
        match write::check_name(&answer, false) {
            Err(error) if error.kind == Kind::Usage => terminal.say(&format!("  {}\n", printable(&error.text)))?,
            checked => return checked.map(|()| answer),
        }
    }
}

/// Asks the remaining questions, tests the profile, and writes it.
fn install(
    call: &Call,
    answers: &Answers,
    provider: &Provider,
    name: &str,
    keys: KeyMaterial,
    test: Test,
) -> Result<u8, Error> {
    let draft = answers.draft(provider)?;
    let source = Source { name: "your answers".into(), draft, keys };
    install::install(name, source, call, &deadline(call), test)
}

/// A deadline that begins now, because the user's answers took time.
fn deadline(call: &Call) -> Deadline {
    Deadline::new(Instant::now(), call.options.timeout.unwrap_or(deadline::DEFAULT))
}

/// The key pair, if the provider wants a signature: from options, from an answer, or a new one. And whether it is new.
fn find_or_make_keys(
    call: &Call,
    provider: &Provider,
    name: &str,
    keys: KeyMaterial,
    terminal: Option<&Terminal>,
) -> Result<(KeyMaterial, bool), Error> {
    if !provider.schema.takes_key() {
        let Some((_, file)) = keys.files().next() else { return Ok((keys, false)) };
        let failure = Error::new(Kind::Usage, format!("{} takes no key: {}", provider.schema.name, file.place));
        let signing = provider::ALL.iter().find(|row| row.schema.takes_key());
        let hint = signing.map(|row| format!("jwt-credential init {} takes one", row.schema.name));
        return Err(hint.into_iter().fold(failure, Error::hint));
    }
    if keys.private_key.is_none() && keys.certificate.is_some() {
        return Err(Error::new(Kind::Usage, "--certificate goes with --private-key"));
    }
    // Another credential may take its place, such as a client secret.
    let needs_key = provider.schema.field("private_key").is_some_and(|field| field.required);
    let keys = match terminal.filter(|_| keys.private_key.is_none()) {
        Some(terminal) => ask_for_key(call, terminal, needs_key)?,
        None => keys,
    };
    if keys.private_key.is_some() || !needs_key {
        return Ok((keys, false));
    }
    if terminal.is_none() && call.has("force") && write::exists(name) {
        return Err(Error::new(Kind::Usage, "a new key cannot be tried before its certificate is uploaded")
            .hint("make it under another name with --as NAME, or give a key with --private-key"));
    }
    key_pair::make(name).map(|keys| (keys, true))
}

/// Asks for an existing key, and for its certificate if the key's file has none. There is no key in the result if the
/// user wants a new one.
fn ask_for_key(call: &Call, terminal: &Terminal, needs_key: bool) -> Result<KeyMaterial, Error> {
    let question = if needs_key {
        "private key: its path, or Enter to make a new one with openssl"
    } else {
        "private key: its path, or Enter for none"
    };
    let read = |file: KeyFile| KeyMaterial { private_key: Some(file), certificate: None }.with_own_certificate();
    let keys = ask_for_file(call, terminal, question, KeyMaterial::default(), &read)?;
    if keys.private_key.is_none() || keys.certificate.is_some() {
        return Ok(keys);
    }
    let question = "certificate of the key: its path, or Enter for none";
    let read = |file: KeyFile| KeyMaterial { certificate: Some(file), ..keys.clone() };
    ask_for_file(call, terminal, question, keys.clone(), &read)
}

/// Asks for a path until its file is right. `without`: the result if the user just presses Enter.
fn ask_for_file(
    call: &Call,
    terminal: &Terminal,
    question: &str,
    without: KeyMaterial,
    with: &dyn Fn(KeyFile) -> KeyMaterial,
) -> Result<KeyMaterial, Error> {
    loop {
        let answer = terminal.ask(&format!("{question}\n  > "))?;
        let path = answer.ok_or_else(answers::ended)?;
        if path.is_empty() {
            return Ok(without);
        }
        let read = KeyFile::read(&answers::typed_path(&path), call.deadline.total()).and_then(|file| {
            let keys = with(file);
            keys.check("", None).map(|()| keys)
        });
        match read {
            Ok(keys) => return Ok(keys),
            Err(error) => terminal.say(&format!("  {}\n", printable(&error.text)))?,
        }
    }
}
