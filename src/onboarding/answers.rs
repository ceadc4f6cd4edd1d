//! The answers that make a profile: from options, else from the person at the terminal.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value as Json, json};

use super::install::supplied;
use crate::call::Call;
use crate::error::{Error, Kind, printable};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Need, Question, Supply, ValueKind};
use crate::provider::{self, Provider};
use crate::terminal::Terminal;

/// Where answers come from.
pub struct Answers<'a> {
    call: &'a Call,
    terminal: Option<&'a Terminal>,
    /// What options say, by the profile's keys.
    given: Map<String, Json>,
}

/// The fields of all providers that are asked for.
pub fn asked() -> Vec<(&'static Field, Question)> {
    provider::fields().into_iter().filter_map(|field| field.question.map(|question| (field, question))).collect()
}

fn asked_by(row: &Provider) -> impl Iterator<Item = (&'static Field, Question)> {
    row.schema.all().filter_map(|field| field.question.map(|question| (field, question)))
}

impl<'a> Answers<'a> {
    /// What the options say. A wrong one is told before anything is asked or made.
    pub fn given(call: &'a Call, terminal: Option<&'a Terminal>) -> Result<Self, Error> {
        let mut given = Map::new();
        for (field, question) in asked() {
            if let Some(text) = call.value(question.option) {
                given.insert(field.name.into(), by_option(field, question.option, text)?);
            }
        }
        for (field, Supply { option, .. }) in supplied().into_iter().filter(|(field, _)| field.question.is_none()) {
            if let Some(text) = call.value(option) {
                given.insert(field.name.into(), by_option(field, option, text)?);
            }
        }
        Ok(Self { call, terminal, given })
    }

    /// The grant.
    pub fn grant(&self) -> Result<&'static Provider, Error> {
        let mut all = provider::ALL;
        // The usual one first.
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

    /// Whether the options are the grant's, and nothing has to be asked where nobody is there to answer.
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
        let missing: Vec<String> =
            asked_by(row).filter(is_missing).map(|(_, question)| format!("--{}", question.option)).collect();
        if self.terminal.is_some() || missing.is_empty() {
            return Ok(());
        }
        let missing = missing.join(", ");
        Err(Error::new(Kind::Usage, format!("there is no terminal to ask at, and these are missing: {missing}"))
            .hint("jwt-credential init --help"))
    }

    /// Tells what to do with a new certificate, and waits until the person has done so, if there is one.
    pub fn wait_for_upload(&self, text: &str) -> Result<(), Error> {
        let Some(terminal) = self.terminal else { return self.call.write(text) };
        terminal.say(text)?;
        terminal.ask("Enter, once it is there ")?.map(drop).ok_or_else(ended)
    }

    /// Fills in what the grant wants to know.
    pub fn fill(&self, draft: &mut Draft, row: &Provider) -> Result<(), Error> {
        for (key, value) in &self.given {
            draft.set(key, value.clone());
        }
        let Some(terminal) = self.terminal else { return Ok(()) };
        for (field, question) in asked_by(row).filter(|(field, _)| !self.given.contains_key(field.name)) {
            if let Some(value) = from_person(terminal, field, question.text)? {
                draft.set(field.name, value);
            }
        }
        Ok(())
    }
}

/// An option's value. A secret is never one itself: every user of the machine sees it there.
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

/// Asks until the answer is one; nothing where an answer need not be given.
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
