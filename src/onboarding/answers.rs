//! The answers that `init` makes a profile from: options, or what the user types at the terminal.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::install::supplied;
use crate::call::Call;
use crate::error::{Error, Kind, printable};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Need, Question, ValueKind};
use crate::provider::{self, Provider};
use crate::sys::Terminal;

pub struct Answers<'a> {
    call: &'a Call,
    terminal: Option<&'a Terminal>,
    /// The values of options, by the profile's keys.
    given: Map<String, Json>,
}

/// The fields of all providers that have a question.
pub fn asked() -> Vec<(&'static Field, Question)> {
    with_question(provider::fields()).collect()
}

fn with_question(fields: impl IntoIterator<Item = &'static Field>) -> impl Iterator<Item = (&'static Field, Question)> {
    fields.into_iter().filter_map(|field| field.question.map(|question| (field, question)))
}

impl<'a> Answers<'a> {
    /// Reads the options, before anything is asked or created.
    pub fn given(call: &'a Call, terminal: Option<&'a Terminal>) -> Result<Self, Error> {
        let mut given = Map::new();
        let asked = asked().into_iter().map(|(field, question)| (field, question.option));
        let unasked = supplied().into_iter().filter(|(field, _)| field.question.is_none());
        for (field, option) in asked.chain(unasked.map(|(field, supply)| (field, supply.option))) {
            if let Some(text) = call.value(option) {
                given.insert(field.name.into(), by_option(field, option, text)?);
            }
        }
        Ok(Self { call, terminal, given })
    }

    pub fn grant(&self) -> Result<&'static Provider, Error> {
        let mut all = provider::ALL;
        all.sort_by_key(|grant| !std::ptr::eq(*grant, provider::USUAL));
        if let Some(name) = self.call.value("grant") {
            return all.into_iter().find(|grant| grant.schema.grant == name).ok_or_else(ended);
        }
        let Some(terminal) = self.terminal else { return Ok(all[0]) };
        let mut question = String::from(
            "A profile by question and answer. If a console let you download a file, jwt-credential import FILE is \
             quicker.\n\nWhat kind of credential is it?\n",
        );
        for (number, grant) in all.iter().enumerate() {
            let _ = writeln!(question, "  {}  {}: {}", number + 1, grant.schema.grant, grant.about);
        }
        question += "[1] > ";
        loop {
            let answer = terminal.ask(&question)?.ok_or_else(ended)?;
            let number = if answer.is_empty() { Ok(1) } else { answer.parse() };
            let by_number = number.ok().and_then(|number: usize| all.get(number.wrapping_sub(1)));
            if let Some(grant) = by_number.or_else(|| all.iter().find(|grant| grant.schema.grant == answer)) {
                return Ok(grant);
            }
            question = format!("a number from 1 to {} > ", all.len());
        }
    }

    /// Rejects options of another grant, and missing ones if there is no terminal.
    pub fn fit(&self, row: &Provider) -> Result<(), Error> {
        let name = row.schema.grant;
        let is_odd = |(field, _): &(&Field, Question)| {
            self.given.contains_key(field.name) && row.schema.field(field.name).is_none()
        };
        if let Some((_, odd)) = asked().into_iter().find(is_odd) {
            return Err(Error::new(Kind::Usage, format!("--{} is not for {name}", odd.option))
                .hint("--grant names another kind of credential"));
        }
        let is_missing =
            |(field, _): &(&Field, Question)| field.need == Need::Required && !self.given.contains_key(field.name);
        let missing: Vec<String> = with_question(row.schema.all())
            .filter(is_missing)
            .map(|(_, question)| format!("--{}", question.option))
            .collect();
        if self.terminal.is_some() || missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        Err(Error::new(Kind::Usage, format!("there is no terminal to ask at, and these are missing: {missing}"))
            .hint("jwt-credential init --help"))
    }

    /// Says what to do with a new certificate. At a terminal, waits until the user has done it.
    pub fn wait_for_upload(&self, text: &str) -> Result<(), Error> {
        let Some(terminal) = self.terminal else { return self.call.write(text) };
        terminal.say(text)?;
        terminal.ask("Enter, once it is there ")?.map(drop).ok_or_else(ended)
    }

    /// Sets the values of the options, and asks for the others.
    pub fn fill(&self, draft: &mut Draft, row: &Provider) -> Result<(), Error> {
        for (key, value) in &self.given {
            draft.set(key, value.clone());
        }
        let Some(terminal) = self.terminal else { return Ok(()) };
        for (field, question) in
            with_question(row.schema.all()).filter(|(field, _)| !self.given.contains_key(field.name))
        {
            if let Some(value) = from_person(terminal, field, question.text)? {
                draft.set(field.name, value);
            }
        }
        Ok(())
    }
}

/// The value of an option. A secret is given by reference, because every user of the machine can see a command line.
fn by_option(field: &Field, option: &str, text: &str) -> Result<Json, Error> {
    if field.kind != ValueKind::Secret {
        return field.accept(text).map_err(|what| Error::new(Kind::Usage, format!("--{option} {what}")));
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
fn from_person(terminal: &Terminal, field: &Field, question: &str) -> Result<Option<Json>, Error> {
    let is_optional = field.need != Need::Required;
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

pub fn ended() -> Error {
    Error::new(Kind::Other, "the answers ended before all was said: no profile was written")
}
