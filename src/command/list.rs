//! Lists the profiles in the configuration directories.

use std::fmt::Write as _;

use clap::Arg;
use serde_json::{Value as Json, json};

use super::{Command, switch};
use crate::call::Call;
use crate::command_spec::CommandSpec;
use crate::error::{Error, printable, printable_json};
use crate::profile::{ProfileLocation, locate};
use crate::provider;

pub(super) static COMMAND: Command =
    Command { spec: CommandSpec::new("list", "List the profiles").with(options).taking(&[]), run };

fn options() -> Vec<Arg> {
    vec![
        switch("json", "Print a JSON array with an object for each profile"),
        switch("names", "Print the names only, one per line; shell completion uses it").conflicts_with("json"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    if call.has("names") {
        return call.answer(&locate::all()?.into_keys().map(|name| name + "\n").collect::<String>());
    }
    let rows: Vec<Json> = locate::all()?
        .into_iter()
        .map(|(name, path)| {
            let place = ProfileLocation::File { name: name.clone(), path: path.clone() };
            let mut row = json!({"profile": name, "path": path.to_string_lossy()});
            match provider::CATALOG.read(place, call.deadline.attempt_end()) {
                Ok(profile) => {
                    let mut shown = profile.redacted();
                    for key in ["provider", "client_id", "hosts"] {
                        row[key] = shown[key].take();
                    }
                }
                Err(error) => row["error"] = error.text.into(),
            }
            row
        })
        .collect();
    let text = if call.has("json") {
        printable_json(&Json::from(rows)) + "\n"
    } else if rows.is_empty() {
        "no profile is there yet\n".into()
    } else {
        table(&rows)
    };
    call.answer(&text)
}

fn table(rows: &[Json]) -> String {
    let cell = |row: &Json, key: &str| match &row[key] {
        Json::String(text) => printable(text),
        Json::Null => String::new(),
        Json::Array(items) => {
            items.iter().map(|item| item.as_str().map_or(item.to_string(), printable)).collect::<Vec<_>>().join(" ")
        }
        reference => reference.to_string(),
    };
    let width = |key: &str| rows.iter().map(|row| cell(row, key).chars().count()).max().unwrap_or(0);
    let (names, providers, clients) = (width("profile"), width("provider"), width("client_id"));
    let mut text = String::new();
    for row in rows {
        let rest = if row["error"].is_null() { cell(row, "hosts") } else { format!("broken: {}", cell(row, "error")) };
        let line = format!(
            "{:<names$}  {:<providers$}  {:<clients$}  {rest}",
            cell(row, "profile"),
            cell(row, "provider"),
            cell(row, "client_id")
        );
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
