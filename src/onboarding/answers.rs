//! The answers that `init` makes a profile from: options, or what the user types at the terminal.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::call::Call;
use crate::error::{Error, Kind, printable};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Question, ValueKind};
use crate::provider::{self, Provider};
use crate::sys::Terminal;

pub struct Answers<'a> {
    call: &'a Call,
    pub terminal: Option<&'a Terminal>,
    /// The values of options, by the profile's keys.
    options: Map<String, Json>,
}

impl<'a> Answers<'a> {
    /// Reads the options, before anything is asked or created.
    pub fn from_options(call: &'a Call, terminal: Option<&'a Terminal>) -> Result<Self, Error> {
        let mut options = Map::new();
        let questions = provider::questions().into_iter().map(|(field, question)| (field, question.option));
        let supplied = provider::supplied().into_iter().map(|(field, supply)| (field, supply.option));
        for (field, option) in questions.chain(supplied) {
            if let Some(text) = call.value(option) {
                options.insert(field.name.into(), option_value(field, option, text)?);
            }
        }
        Ok(Self { call, terminal, options })
    }

    pub fn provider(&self) -> Result<&'static Provider, Error> {
        let mut all = provider::ALL;
        all.sort_by_key(|row| !std::ptr::eq(*row, provider::USUAL));
        if let Some(name) = self.call.value("provider") {
            return all.into_iter().find(|row| row.schema.name == name).ok_or_else(ended);
        }
        let Some(terminal) = self.terminal else { return Ok(all[0]) };
        let mut question = String::from(
            "A profile by question and answer. If a console let you download a file, jwt-credential import FILE is \
             quicker.\n\nWhat kind of credential is it?\n",
        );
        for (number, row) in all.iter().enumerate() {
            let _ = writeln!(question, "  {}  {}: {}", number + 1, row.schema.name, row.about);
        }
        question += "[1] > ";
        loop {
            let answer = terminal.ask(&question)?.ok_or_else(ended)?;
            let number = if answer.is_empty() { Ok(1) } else { answer.parse() };
            let by_number = number.ok().and_then(|number: usize| all.get(number.wrapping_sub(1)));
            if let Some(row) = by_number.or_else(|| all.iter().find(|row| row.schema.name == answer)) {
                return Ok(row);
            }
            question = format!("a number from 1 to {} > ", all.len());
        }
    }

    /// Rejects options of another provider, and missing ones if there is no terminal.
    pub fn check(&self, provider: &Provider) -> Result<(), Error> {
        let is_odd = |(field, _): &(&Field, Question)| {
            self.options.contains_key(field.name) && provider.schema.field(field.name).is_none()
        };
        if let Some((_, odd)) = provider::questions().into_iter().find(is_odd) {
            let what = format!("--{} is not for {}", odd.option, provider.schema.name);
            return Err(Error::new(Kind::Usage, what).hint("name another provider: jwt-credential init PROVIDER"));
        }
        let required = self.open_questions(provider).filter(|(field, _)| field.required);
        let missing = required.map(|(_, question)| format!("--{}", question.option)).collect::<Vec<_>>().join(", ");
        if self.terminal.is_some() || missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, format!("there is no terminal to ask at, and these are missing: {missing}"))
            .hint("jwt-credential init --help"))
    }

    fn open_questions(&self, provider: &Provider) -> impl Iterator<Item = (&'static Field, Question)> {
        let open = provider.schema.all().filter(|field| !self.options.contains_key(field.name));
        open.filter_map(|field| Some((field, field.question?)))
    }

    /// Says what to do with a new certificate. At a terminal, waits until the user has done it.
    pub fn wait_for_upload(&self, text: &str) -> Result<(), Error> {
        let Some(terminal) = self.terminal else { return self.call.write(text) };
        terminal.say(text)?;
        terminal.ask("Enter, once it is there ")?.map(drop).ok_or_else(ended)
    }

    /// A draft with the values of the options and the answers to the other questions.
    pub fn draft(&self, provider: &Provider) -> Result<Draft, Error> {
        let mut draft = Draft::new(provider.schema);
        for (key, value) in &self.options {
            draft.set(key, value.clone());
        }
        let Some(terminal) = self.terminal else { return Ok(draft) };
        for (field, question) in self.open_questions(provider) {
            draft = draft.with(field.name, answer(terminal, field, question.text)?);
        }
        Ok(draft)
    }
}

/// The value of an option. A secret must be a reference, because every user of the machine can see a command line.
fn option_value(field: &Field, option: &str, text: &str) -> Result<Json, Error> {
    if field.kind != ValueKind::Secret {
        return field.accept_option(option, text);
    }
    match text.split_once(':') {
        Some(("env", name)) => Ok(json!({"env": name})),
        Some(("file", path)) => {
            let path = std::path::absolute(Path::new(path)).unwrap_or_else(|_| path.into());
            Ok(json!({"file": path.to_string_lossy()}))
        }
        _ => Err(Error::new(Kind::Usage, format!("--{option} takes env:NAME or file:PATH, where the secret is")).hint(
            "a secret on a command line is seen by every user of the machine; without the option it is asked for",
        )),
    }
}

/// Asks until the answer is valid. `None` if the user skips an optional one.
fn answer(terminal: &Terminal, field: &Field, question: &str) -> Result<Option<Json>, Error> {
    let is_optional = !field.required;
    let hint = if is_optional { " (Enter for none)" } else { "" };
    loop {
        let answer = if field.kind == ValueKind::Secret {
            let secret = terminal.ask_hidden(&format!("{question} (not shown)\n  > "), None)?.ok_or_else(ended)?;
            secret.reveal().to_owned()
        } else {
            terminal.ask(&format!("{question}{hint}\n  > "))?.ok_or_else(ended)?
        };
        if answer.is_empty() && is_optional {
            return Ok(None);
        }
        match field.accept(&answer) {
            Ok(value) => return Ok(Some(value)),
            Err(what) => terminal.say(&format!("  that {}\n", printable(&what)))?,
        }
    }
}

/// A path that the user typed at a prompt, where no shell expands `~`.
pub fn typed_path(text: &str) -> PathBuf {
    let below_home = text.strip_prefix("~/").and_then(|rest| Some(dirs::home_dir()?.join(rest)));
    below_home.unwrap_or_else(|| text.into())
}

pub fn ended() -> Error {
    Error::new(Kind::Other, "the answers ended before all was said: no profile was written")
}
