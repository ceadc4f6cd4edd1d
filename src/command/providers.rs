//! Lists the providers and the generic grants, and what a profile of one needs.

use std::fmt::Write as _;

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Command, switch};
use crate::call::Call;
use crate::command_spec::{CommandSpec, argument, example};
use crate::error::{Error, Kind, meant, printable_json};
use crate::profile::schema::{Field, NAMING, PROVIDER};
use crate::provider::{self, Provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("providers", "List the kinds of credential, or the fields of one")
        .with(options)
        .taking(&[])
        .showing(&[example("What the profile of a GitHub App has", "jwt-credential providers github-app")]),
    run,
};

fn options() -> Vec<Arg> {
    vec![argument("name", "NAME").help("Show the fields of this provider or grant"), switch("json", "One JSON object")]
}

fn run(call: &Call) -> Result<u8, Error> {
    let Some(name) = call.value("name") else {
        let rows: Vec<&Provider> = provider::every().collect();
        return call.answer(&if call.has("json") { list_json(&rows) } else { list(&rows) });
    };
    let row = provider::every().find(|row| row.schema.name == name).ok_or_else(|| {
        let failure = Error::new(Kind::Usage, format!("there is no provider \"{name}\""));
        let names: Vec<&str> = provider::every().map(|row| row.schema.name).collect();
        failure.hint(match meant(name, &names).as_slice() {
            [] => "list all: jwt-credential providers; for any other server, use a \"grant\"".into(),
            meant => format!("did you mean {}?", meant.join(" or ")),
        })
    })?;
    call.answer(&if call.has("json") { one_json(row) } else { one(row) })
}

fn list(rows: &[&Provider]) -> String {
    let width = rows.iter().map(|row| row.schema.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for key in NAMING {
        let what = if key == PROVIDER { "Providers" } else { "Grants, for a server that has no provider here" };
        let _ = writeln!(text, "{what} (\"{key}\" in a profile):");
        for row in rows.iter().filter(|row| row.schema.named_by == key) {
            let _ = writeln!(text, "  {:<width$}  {}", row.schema.name, row.about);
        }
    }
    text
}

fn list_json(rows: &[&Provider]) -> String {
    let of = |key: &str| {
        let rows = rows.iter().filter(|row| row.schema.named_by == key);
        rows.map(|row| json!({"name": row.schema.name, "about": row.about})).collect::<Vec<_>>()
    };
    printable_json(&json!({"version": 1, "providers": of(NAMING[0]), "grants": of(NAMING[1])})) + "\n"
}

/// The keys of a profile beside those that every profile has.
fn own_keys(row: &Provider) -> Vec<&'static Field> {
    row.schema
        .all()
        .filter(|field| row.schema.fields.iter().any(|group| group.iter().any(|own| own.name == field.name)))
        .collect()
}

fn one(row: &Provider) -> String {
    let keys = own_keys(row);
    let mut text = format!("{}: {}\n\nRequired:\n", row.schema.name, row.about);
    for field in keys.iter().filter(|field| field.required) {
        text += &line(field.name, &meaning(field));
    }
    text += "\nOptional:\n";
    for field in keys.iter().filter(|field| !field.required) {
        text += &line(field.name, &meaning(field));
    }
    if !row.schema.hosts.is_empty() {
        let _ = writeln!(text, "\nDefault \"hosts\": {}", row.schema.hosts.join(", "));
    }
    let _ = writeln!(text, "\nA profile:\n{}", row.example);
    text
}

/// What a key means, and its default.
fn meaning(field: &Field) -> String {
    let mut text = field.meaning().to_owned();
    if let Some(object) = field.replaced_by {
        let _ = write!(text, ", or \"{object}\" in its place");
    }
    if let Some(default) = field.default {
        let _ = write!(text, " (default: {default})");
    }
    text
}

/// A line of a list: what does not fit into it goes on below.
fn line(name: &str, text: &str) -> String {
    const INDENT: usize = 24;
    const LINE: usize = 79;
    let mut lines = format!("  {name:<0$}", INDENT - 2);
    let mut width = lines.len();
    for word in text.split(' ') {
        let length = 1 + word.chars().count();
        if width + length > LINE && width > INDENT {
            let _ = write!(lines, "\n{:INDENT$}", "");
            width = INDENT;
        }
        let _ = write!(lines, " {word}");
        width += length;
    }
    lines + "\n"
}

fn one_json(row: &Provider) -> String {
    let keys: Vec<Json> = own_keys(row)
        .into_iter()
        .map(|field| {
            json!({"name": field.name, "required": field.required, "default": field.default, "about": field.meaning()})
        })
        .collect();
    let example: Json = serde_json::from_str(row.example).unwrap_or_default();
    let answer = json!({
        "version": 1, row.schema.named_by: row.schema.name, "about": row.about, "keys": keys,
        "hosts": row.schema.hosts, "example": example,
    });
    printable_json(&answer) + "\n"
}
