//! The answers that `init` makes a profile from: options, or what the user types at the terminal.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::command_line::plain_or_quoted;
use crate::call::Call;
use crate::error::{Error, Kind, printable};
use crate::profile::draft::Draft;
use crate::profile::schema::{Field, Question, ValueKind};
use crate::provider::{self, KeyUpload, Provider};
use crate::sys::Terminal;

pub struct Answers<'a> {
    call: &'a Call,
    pub terminal: Option<&'a Terminal>,
}

impl<'a> Answers<'a> {
    /// Rejects a value that no provider takes, before anything is asked or created.
    pub fn from_options(call: &'a Call, terminal: Option<&'a Terminal>) -> Result<Self, Error> {
        let named = call.value("provider");
        let rows = || provider::ALL.into_iter().filter(|row| named.is_none_or(|name| row.schema.name == name));
        for option in options() {
            let Some(text) = call.value(option) else { continue };
            let fields = rows().flat_map(|row| row.schema.all()).filter(|field| has_option(field, option));
            let mut outcomes = fields.map(|field| option_value(field, option, text));
            if let Some(Err(error)) = outcomes.next()
                && outcomes.all(|outcome| outcome.is_err())
            {
                return Err(error);
            }
        }
        Ok(Self { call, terminal })
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
            question = format!("a number from 1 to {}, or a name such as {} > ", all.len(), all[0].schema.name);
        }
    }

    /// Rejects options of another provider, and missing ones if there is no terminal.
    pub fn check(&self, provider: &Provider, has_key: bool) -> Result<(), Error> {
        let is_odd = |option: &&str| {
            self.call.value(option).is_some() && !provider.schema.all().any(|field| has_option(field, option))
        };
        if let Some(odd) = options().into_iter().find(is_odd) {
            let what = format!("--{odd} is not for {}", provider.schema.name);
            return Err(Error::new(Kind::Usage, what).hint("name another provider: jwt-credential init PROVIDER"));
        }
        let required = self.open_questions(provider).filter(|(field, _)| field.required);
        let mut missing: Vec<String> = required.map(|(_, question)| format!("--{}", question.option)).collect();
        if provider.schema.needs_key() && !has_key && matches!(provider.key_upload, KeyUpload::None) {
            missing.push("--private-key".into());
        }
        let missing = missing.join(", ");
        if self.terminal.is_some() || missing.is_empty() {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, format!("there is no terminal to ask at, and these are missing: {missing}"))
            .hint("jwt-credential init --help"))
    }

    /// The options that give a key its value.
    fn given(&self, field: &Field) -> Option<(&'static str, &str)> {
        let mut options = options().into_iter().filter(|option| has_option(field, option));
        options.find_map(|option| Some((option, self.call.value(option)?)))
    }

    fn open_questions(&self, provider: &Provider) -> impl Iterator<Item = (&'static Field, Question)> {
        let open = provider.schema.all().filter(|field| self.given(field).is_none());
        open.filter_map(|field| Some((field, field.question?)))
    }

    /// Says what to do with a new certificate. At a terminal, waits until the user has done it.
    pub fn wait_for_upload(&self, text: &str) -> Result<(), Error> {
        let Some(terminal) = self.terminal else { return self.call.write(text) };
        terminal.say(text)?;
        terminal.ask("Press Enter after uploading it ")?.map(drop).ok_or_else(ended)
    }

    /// A draft with the values of the options and the answers to the other questions, and the options that repeat
    /// these answers, without the secrets.
    pub fn draft(&self, provider: &Provider) -> Result<(Draft, Vec<String>), Error> {
        let mut draft = Draft::new(provider.schema);
        for field in provider.schema.all() {
            if let Some((option, text)) = self.given(field) {
                draft.set(field.name, option_value(field, option, text)?);
            }
        }
        let mut typed = Vec::new();
        let Some(terminal) = self.terminal else { return Ok((draft, typed)) };
        for (field, question) in self.open_questions(provider) {
            let answer = answer(terminal, field, question.text)?;
            let text = answer.as_ref().filter(|_| field.kind != ValueKind::Secret).map(option_text);
            typed.extend(text.map(|text| format!("--{} {}", question.option, plain_or_quoted(&text))));
            draft = draft.with(field.name, answer);
        }
        Ok((draft, typed))
    }
}

/// All options with values for a profile.
fn options() -> Vec<&'static str> {
    let questions = provider::questions().into_iter().map(|(_, question)| question.option);
    let mut all: Vec<_> = questions.chain(provider::supplied().into_iter().map(|(_, supply)| supply.option)).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether this option gives the key its value.
pub fn has_option(field: &Field, option: &str) -> bool {
    field.question.is_some_and(|question| question.option == option)
        || field.supply.is_some_and(|supply| supply.option == option)
}

/// The value of an option. A secret must be a reference, because every user of the machine can see a command line.
fn option_value(field: &Field, option: &str, text: &str) -> Result<Json, Error> {
    if field.kind != ValueKind::Secret {
        return field.accept_option(option, text);
    }
    reference(field, text).ok_or_else(|| {
        let what = format!("--{option} takes {}, where the secret is", reference_forms(field));
        Error::new(Kind::Usage, what)
            .hint("a secret on a command line is seen by every user of the machine; without the option it is asked for")
    })
}

/// A value as its option takes it.
fn option_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(option_text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// Where a secret is, as the profile has it. The words of a command are separated by spaces, and no shell runs it.
fn reference(field: &Field, text: &str) -> Option<Json> {
    match text.split_once(':').unwrap_or((text, "")) {
        ("env", name) if !name.is_empty() => Some(json!({"env": name})),
        ("file", path) if !path.is_empty() => {
            let path = typed_path(path);
            let path = std::path::absolute(&path).unwrap_or(path);
            Some(json!({"file": path.to_string_lossy()}))
        }
        ("command", words) if !words.trim().is_empty() => {
            Some(json!({"command": words.split_whitespace().collect::<Vec<_>>()}))
        }
        ("profile", name) if field.principal && !name.is_empty() => Some(json!({"profile": name})),
        ("github-actions", audience) if field.principal => Some(match audience {
            "" => json!({"github_actions": {}}),
            audience => json!({"github_actions": {"audience": audience}}),
        }),
        _ => None,
    }
}

/// The forms of a reference, for the user.
pub fn reference_forms(field: &Field) -> &'static str {
    if field.principal {
        "env:NAME, file:PATH, command:PROGRAM ARGS, profile:NAME or github-actions:AUDIENCE"
    } else {
        "env:NAME, file:PATH or command:PROGRAM ARGS"
    }
}

/// Asks until the answer is valid. `None` if the user skips an optional one.
fn answer(terminal: &Terminal, field: &Field, question: &str) -> Result<Option<Json>, Error> {
    let is_optional = !field.required;
    let hint = if is_optional { " (Enter for none)" } else { "" };
    loop {
        let answer = if field.kind == ValueKind::Secret {
            let forms = reference_forms(field);
            let question = format!("{question}{hint} (not shown), or {forms}\n  > ");
            let secret = terminal.ask_hidden(&question, None)?.ok_or_else(ended)?;
            if let Some(reference) = reference(field, secret.reveal()) {
                return Ok(Some(reference));
            }
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
    Error::new(Kind::Other, "the input ended before all questions were answered: no profile was written")
}
