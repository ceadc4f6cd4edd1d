//! One key that a profile may have, as a row describes it.

use serde_json::Value as Json;

use crate::error::{Error, Kind};

/// One key of a profile.
#[expect(clippy::struct_excessive_bools, reason = "a table of facts that have nothing to do with each other")]
pub struct Field {
    pub name: &'static str,
    pub kind: ValueKind,
    pub required: bool,
    /// The object that may stand in place of a required key.
    pub replaced_by: Option<&'static str>,
    /// The value if the profile has none.
    pub default: Option<&'static str>,
    /// Whether another value yields another token. True unless the row says otherwise, and for no secret.
    pub identity: bool,
    /// Whether a secret may be a list, whose next value is tried when one is rejected (rotation).
    pub rotates: bool,
    /// Whether the user made this secret up, so that it can be guessed.
    pub guessable: bool,
    /// Whether this secret is a token of another issuer. Its issuer and subject are part of the identity. It may also come
    /// from another profile, or from GitHub Actions.
    pub principal: bool,
    /// The option (without the two dashes) by which a call may ask for a part of this list.
    pub narrowed_by: Option<&'static str>,
    /// What `init` asks.
    pub question: Option<Question>,
    /// How `import` is told what a file lacks.
    pub supply: Option<Supply>,
    /// What a user whose file lacks it should know.
    pub explanation: Option<&'static str>,
    /// Whether a new profile without a value inherits that of the profile that it replaces.
    pub inherited: bool,
    /// The usual name of the file that holds the value. `import` takes such a file, and copies it beside the profile.
    pub copied_from: Option<&'static str>,
    /// A sentence about a value of a list that is allowed but may be a mistake.
    pub note: fn(&str) -> Option<String>,
    /// Normalises a value, or says what is wrong with it.
    pub normal: fn(&str) -> Result<String, String>,
}

#[derive(Clone, Copy)]
pub struct Question {
    /// The option that answers it, without the two dashes.
    pub option: &'static str,
    /// What is asked for, in a few words.
    pub text: &'static str,
}

/// An option of `import`. `init` also has it if the key has no question.
#[derive(Clone, Copy)]
pub struct Supply {
    /// Without the two dashes.
    pub option: &'static str,
    /// The placeholder of its value in help.
    pub value: &'static str,
    pub help: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueKind {
    Text,
    /// Text that must not be printed.
    Secret,
    /// Several values, in any order; a string is split at commas.
    List,
    /// The path of a file, relative to the profile.
    Path,
    /// An object of header names and values; null removes a header.
    Headers,
    /// Any JSON object that holds no secret.
    Object,
    /// A number, or text that stands for one.
    Number,
    /// `true` or `false`.
    Switch,
    /// A program and its arguments.
    Command,
}

impl Field {
    /// Converts what a user typed to the profile's JSON, or says what is wrong with it. A list is split at commas
    /// and spaces.
    pub fn accept(&self, text: &str) -> Result<Json, String> {
        let text = text.trim();
        if text.is_empty() {
            return Err("is empty".into());
        }
        if self.kind != ValueKind::List {
            return (self.normal)(text).map(Json::from);
        }
        let items = text.split([',', ' ', '\t', '\n']).filter(|item| !item.is_empty());
        let items = items.map(self.normal).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() { Err("is empty".into()) } else { Ok(items.into()) }
    }

    /// The same for the value of an option.
    pub fn accept_option(&self, option: &str, text: &str) -> Result<Json, Error> {
        self.accept(text).map_err(|what| Error::new(Kind::Usage, format!("--{option} {what}")))
    }

    /// Whether it is a key of this object, as `jwt.aud` is one of `jwt`.
    pub(super) fn is_member_of(&self, object: &str) -> bool {
        self.name.strip_prefix(object).is_some_and(|rest| rest.starts_with('.'))
    }

    pub const fn required(name: &'static str, kind: ValueKind) -> Self {
        Self { required: true, ..Self::optional(name, kind) }
    }

    pub const fn optional(name: &'static str, kind: ValueKind) -> Self {
        let identity = !matches!(kind, ValueKind::Secret);
        Self {
            name,
            kind,
            required: false,
            replaced_by: None,
            default: None,
            identity,
            rotates: false,
            guessable: false,
            principal: false,
            narrowed_by: None,
            question: None,
            supply: None,
            explanation: None,
            inherited: false,
            copied_from: None,
            note: |_| None,
            normal: unchanged,
        }
    }

    pub const fn or(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    pub const fn replaced_by(self, object: &'static str) -> Self {
        Self { replaced_by: Some(object), ..self }
    }

    pub const fn no_identity(self) -> Self {
        Self { identity: false, ..self }
    }

    pub const fn rotated(self) -> Self {
        Self { rotates: true, ..self }
    }

    pub const fn narrowed_by(self, option: &'static str) -> Self {
        Self { narrowed_by: Some(option), ..self }
    }

    pub const fn principal(self) -> Self {
        Self { principal: true, identity: true, ..self }
    }

    pub const fn guessable(self) -> Self {
        Self { guessable: true, ..self }
    }

    pub const fn asked(self, option: &'static str, text: &'static str) -> Self {
        Self { question: Some(Question { option, text }), ..self }
    }

    pub const fn supplied(self, option: &'static str, value: &'static str, help: &'static str) -> Self {
        Self { supply: Some(Supply { option, value, help }), ..self }
    }

    pub const fn explained(self, explanation: &'static str) -> Self {
        Self { explanation: Some(explanation), ..self }
    }

    pub const fn noted(self, note: fn(&str) -> Option<String>) -> Self {
        Self { note, ..self }
    }

    pub const fn inherited(self) -> Self {
        Self { inherited: true, ..self }
    }

    pub const fn copied_from(self, file: &'static str) -> Self {
        Self { copied_from: Some(file), ..self }
    }

    pub const fn spelled(self, normal: fn(&str) -> Result<String, String>) -> Self {
        Self { normal, ..self }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "one of several rules, and most can refuse")]
fn unchanged(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}
