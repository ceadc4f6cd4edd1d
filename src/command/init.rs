//! Makes a profile from answers, for users who have no file to import. Scripts give all answers as options, because
//! without a terminal nothing is asked.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use clap::Arg;

use super::{Command, profile_options, text};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, Kind, printable};
use crate::lifecycle;
use crate::onboarding::answers::{self, Answers};
use crate::onboarding::install::{self, Source, Test};
use crate::onboarding::key_material::{KeyFile, KeyMaterial};
use crate::onboarding::{key_pair, write};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Question, Schema, ValueKind};
use crate::profile::{locate, meaning};
use crate::provider::{self, KeyUpload, Provider};
use crate::sys::Terminal;

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("init", "Make a profile by answering questions, and test it").with(options).taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    let all: Vec<&str> = provider::ALL.iter().map(|provider| provider.schema.name).collect();
    let usual = provider::USUAL.schema.name;
    let kind = Arg::new("provider").value_name("PROVIDER").value_parser(all);
    let own = [
        kind.help(format!("What kind of credential it is (default: {usual})")),
        profile_options::name("the provider"),
        profile_options::force(),
        profile_options::no_check(),
    ];
    let questions = provider::questions().into_iter().map(question);
    let mut values: Vec<(usize, Arg)> = questions.chain(profile_options::shared()).map(under_heading).collect();
    values.sort_by_key(|(place, _)| *place);
    own.into_iter().chain(values.into_iter().map(|(_, arg)| arg)).collect()
}

/// The option that answers a question.
fn question((field, question): (&Field, Question)) -> Arg {
    let (value, how) = match field.kind {
        ValueKind::Secret => ("WHERE", format!(": {}", answers::reference_forms(field))),
        _ => ("TEXT", String::new()),
    };
    let texts = takers(question.option).into_iter().filter_map(|(_, field)| Some(field.question?.text));
    // Providers call it by different names.
    let is_one = texts.collect::<BTreeSet<_>>().len() == 1;
    let what = if is_one { question.text } else { meaning::of(field.name) };
    text(question.option, value).help(format!("{}{how}", capitalised(what)))
}

/// The providers that an option is for, with their keys.
fn takers(option: &str) -> Vec<(&'static Provider, &'static Field)> {
    let of = |row: &'static Provider| Some((row, row.schema.all().find(|field| answers::has_option(field, option))?));
    provider::ALL.into_iter().filter_map(of).collect()
}

/// An option under the heading of the providers that it is for, and the heading's place.
fn under_heading(arg: Arg) -> (usize, Arg) {
    let takers = takers(arg.get_id().as_str());
    let is_of = |owner: &str| takers.iter().all(|(row, _)| row.schema.owner == owner);
    let arg = match takers.first() {
        // An option of `import`, whose help is about a file.
        Some((_, field)) if field.question.is_none() => arg.help(capitalised(field.meaning())),
        _ => arg,
    };
    let (place, heading) = match takers.first() {
        // The key's own options are no values of a profile.
        None => (1, "Private key"),
        Some(_) if takers.len() == provider::ALL.len() => (0, "Every provider"),
        Some((row, _)) if is_of(row.schema.owner) => {
            let first = provider::ALL.iter().position(|other| other.schema.owner == row.schema.owner);
            // A row for servers of many owners has only its own name.
            (3 + first.unwrap_or_default(), if row.schema.has_owner() { row.schema.owner } else { row.schema.name })
        }
        Some(_) => (2, "Several providers"),
    };
    (place, arg.help_heading(heading))
}

/// The text as a sentence begins. A URL stays as it is.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn run(call: &Call) -> Result<u8, Error> {
    lifecycle::finish(call);
    let terminal = std::io::stdin().is_terminal().then(Terminal::open).flatten();
    // Before anything is asked.
    call.value("as").map(|name| write::check_name(name, call.has("force"))).transpose()?;
    let keys = KeyMaterial::from_options(call)?;
    keys.check("", None)?;
    let answers = Answers::from_options(call, terminal.as_ref())?;
    let provider = answers.provider()?;
    answers.check(provider, keys.private_key.is_some())?;
    let name = name(call, provider, terminal.as_ref())?;
    let (keys, is_new) = find_or_make_keys(call, provider, &name, keys, terminal.as_ref())?;
    if !is_new {
        return install(call, &answers, provider, &name, keys, Test::asked(call));
    }
    answers
        .wait_for_upload(&key_pair::to_upload(&keys, &provider.key_upload))
        .inspect_err(|_| key_pair::remove(&keys))?;
    let is_uploaded = terminal.is_some();
    // Without a terminal the certificate is not uploaded yet, so that there is no token.
    let test = if is_uploaded { Test::asked(call) } else { Test::Later("once the certificate is uploaded: ") };
    install(call, &answers, provider, &name, keys.clone(), test).map_err(|error| {
        if is_uploaded {
            let stays = keys.options();
            // The line for the next try names the key already.
            if error.hints.iter().any(|hint| hint.contains(&stays)) {
                return error;
            }
            return error.hint(format!("the new key stays: {stays} takes it the next time"));
        }
        if !write::exists(&name) {
            key_pair::remove(&keys);
        }
        error
    })
}

/// The new profile's name: that of an option, or the one that `import` gives. It is asked for if that is taken.
fn name(call: &Call, provider: &Provider, terminal: Option<&Terminal>) -> Result<String, Error> {
    if let Some(name) = call.value("as") {
        return Ok(name.to_owned());
    }
    let (usual, replace) = (Draft::new(provider.schema).usual_name(), call.has("force"));
    let Some(terminal) = terminal.filter(|_| !replace && write::exists(&usual)) else {
        return write::check_name(&usual, replace).map(|()| usual);
    };
    let others = locate::all()?.into_keys().collect::<Vec<_>>().join(", ");
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
    let (draft, typed) = answers.draft(provider)?;
    let mut repeated = Vec::new();
    let is_asked = answers.terminal.is_some();
    if is_asked && call.value("provider").is_none() {
        repeated.push(provider.schema.name.to_owned());
    }
    if is_asked && call.value("as").is_none() {
        repeated.push(format!("--as {name}"));
    }
    if call.path("private-key")?.is_none() && keys.private_key.is_some() {
        repeated.push(keys.options());
    }
    repeated.extend(typed);
    let from = "your answers";
    let source = Source { place: from.into(), name: from.into(), draft, keys, typed: repeated };
    // The user's answers took time.
    install::install(name, source, call, &call.deadline.anew(), test)
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
    let keys = match terminal.filter(|_| keys.private_key.is_none()) {
        Some(terminal) => ask_for_key(call, terminal, provider)?,
        None => keys,
    };
    if keys.private_key.is_some() || !provider.schema.needs_key() {
        return Ok((keys, false));
    }
    if matches!(provider.key_upload, KeyUpload::None) {
        return Err(no_new_key(provider));
    }
    if terminal.is_none() && call.has("force") && write::exists(name) {
        return Err(Error::new(Kind::Usage, "a new key cannot be tried before its certificate is uploaded")
            .hint("make it under another name with --as NAME, or give a key with --private-key"));
    }
    key_pair::make(name).map(|keys| (keys, true))
}

/// The error for a key that only the provider can make.
fn no_new_key(provider: &Provider) -> Error {
    let Schema { name, owner, .. } = provider.schema;
    Error::new(Kind::Usage, format!("{name} requires a private key"))
        .hint(format!("download the key that {owner} made, and name it with --private-key PATH"))
}

/// Asks for an existing key, and for its certificate if the provider wants one and the key's file has none. There is no
/// key in the result if the user wants a new one.
fn ask_for_key(call: &Call, terminal: &Terminal, provider: &Provider) -> Result<KeyMaterial, Error> {
    let without = match (provider.schema.needs_key(), &provider.key_upload) {
        (true, KeyUpload::None) => None,
        (true, _) => Some("Enter to make a new one with openssl"),
        (false, _) => Some("Enter for none"),
    };
    let question =
        format!("private key: its path{}", without.map_or_else(String::new, |other| format!(", or {other}")));
    let read = |file: KeyFile| KeyMaterial { private_key: Some(file), certificate: None }.with_own_certificate();
    let keys = ask_for_file(call, terminal, &question, without.map(|_| KeyMaterial::default()), &read)?;
    if keys.private_key.is_none() || keys.certificate.is_some() || !provider.key_upload.takes_certificate() {
        return Ok(keys);
    }
    let question = "certificate of the key: its path, or Enter for none";
    let read = |file: KeyFile| KeyMaterial { certificate: Some(file), ..keys.clone() };
    ask_for_file(call, terminal, question, Some(keys.clone()), &read)
}

/// Asks for a path until its file is right. `without`: the result if the user just presses Enter, if that is allowed.
fn ask_for_file(
    call: &Call,
    terminal: &Terminal,
    question: &str,
    without: Option<KeyMaterial>,
    with: &dyn Fn(KeyFile) -> KeyMaterial,
) -> Result<KeyMaterial, Error> {
    loop {
        let answer = terminal.ask(&format!("{question}\n  > "))?;
        let path = answer.ok_or_else(answers::ended)?;
        if path.is_empty() {
            let Some(keys) = without else {
                terminal.say("  that is empty\n")?;
                continue;
            };
            return Ok(keys);
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
