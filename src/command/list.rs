//! Lists the profiles that calls can use.

use std::fmt::Write as _;

use clap::Arg;
use serde_json::{Map, Value as Json, json};

use super::{Command, switch};
use crate::call::Call;
use crate::clock::{self, rfc3339};
use crate::command_spec::CommandSpec;
use crate::error::{Error, printable, printable_json};
use crate::profile::{Profile, ProfileLocation, locate};
use crate::store::Record;
use crate::{error, lifecycle, profile_tokens, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("list", "List the profiles, with the default and cached tokens").with(options).taking(&[]),
    run,
};

fn options() -> Vec<Arg> {
    vec![
        switch("json", "Print one JSON object with all profiles"),
        switch("names", "Print the names only, one per line; shell completion uses it").conflicts_with("json"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    lifecycle::finish(call);
    if call.has("names") {
        return call.answer(&locate::all()?.keys().fold(String::new(), |text, name| text + name + "\n"));
    }
    // A whole profile in a variable comes before all others.
    let default = locate::choose(None, false).ok();
    let is_default = |place: &ProfileLocation| default.as_ref().is_some_and(|default| default.name() == place.name());
    let rows: Vec<Row> =
        locate::every_place()?.into_iter().map(|place| Row::of(&place, is_default(&place), call)).collect();
    let text = if call.has("json") {
        let profiles: Vec<Json> = rows.into_iter().map(|row| row.0.into()).collect();
        printable_json(&json!({"version": 1, "profiles": profiles})) + "\n"
    } else if rows.is_empty() {
        "no profiles found\n".into()
    } else {
        table(&rows)
    };
    call.answer(&text)
}

/// One profile, as `--json` prints it.
struct Row(Map<String, Json>);

impl Row {
    fn of(place: &ProfileLocation, is_default: bool, call: &Call) -> Self {
        let mut row = Self(Map::new());
        row.set("profile", place.name());
        row.set("default", is_default);
        if let Some(path) = place.file() {
            row.set("path", path.to_string_lossy());
        }
        let profile = provider::CATALOG.read(place.clone(), call.deadline.attempt_end());
        if let Err(error) = profile.and_then(|profile| row.add(&profile)) {
            row.set("error", error.text);
        }
        row
    }

    fn set(&mut self, key: &str, value: impl Into<Json>) {
        self.0.insert(key.to_owned(), value.into());
    }

    fn add(&mut self, profile: &Profile) -> Result<(), Error> {
        let mut shown = profile.redacted();
        self.set("provider", profile.schema.name);
        for key in ["client_id", "hosts"] {
            self.set(key, shown[key].take());
        }
        let store = profile_tokens::store_of(profile.identity()?)?;
        let (state, end) = store.map_or(("none", None), |store| token_state(&store.load()));
        self.set("token", state);
        if let Some(end) = end {
            self.set("expires_at", end);
        }
        Ok(())
    }

    fn text(&self, key: &str) -> String {
        match self.0.get(key) {
            Some(Json::String(text)) => printable(text),
            Some(Json::Array(items)) => {
                let items = items.iter().map(|item| item.as_str().map_or(item.to_string(), printable));
                items.collect::<Vec<_>>().join(" ")
            }
            None | Some(Json::Null) => "-".into(),
            Some(reference) => reference.to_string(),
        }
    }

    fn cells(&self) -> [String; 4] {
        if self.0.contains_key("error") {
            return [self.name(), format!("broken: {}", self.text("error")), String::new(), String::new()];
        }
        let token = match (self.text("token"), self.0.get("expires_at")) {
            (token, Some(_)) => format!("{token} until {}", self.text("expires_at")),
            (token, None) => token,
        };
        [self.name(), self.text("provider"), self.text("hosts"), token]
    }

    /// The name; the default profile has a star.
    fn name(&self) -> String {
        let mark = if self.0["default"] == true { "* " } else { "  " };
        mark.to_owned() + &self.text("profile")
    }
}

/// Whether the cached token can be used, and when it ends.
fn token_state(record: &Record) -> (&'static str, Option<String>) {
    let now = clock::now();
    match record.token.as_ref().filter(|token| !token.remaining(&now).is_zero()) {
        Some(token) => ("valid", token.expires_at(&now).map(rfc3339)),
        None if is_refused(record) => ("refused", None),
        None => ("none", None),
    }
}

/// Whether the endpoint rejected the last request.
fn is_refused(record: &Record) -> bool {
    let has_worked = |at| record.exchange.as_ref().is_some_and(|exchange| exchange.at.is_since(at));
    record.failures.first().is_some_and(|last| last.kind == error::Kind::Refused && !has_worked(&last.at))
}

fn table(rows: &[Row]) -> String {
    let header = ["  NAME", "PROVIDER", "HOSTS", "TOKEN"].map(str::to_owned);
    let lines: Vec<[String; 4]> = std::iter::once(header).chain(rows.iter().map(Row::cells)).collect();
    // What is wrong with a profile may run across the other columns.
    let is_whole = |line: &&[String; 4]| !line[3].is_empty();
    let width = |column: usize| {
        let cells = lines.iter().filter(|line| column == 0 || is_whole(line)).map(|line| line[column].chars().count());
        cells.max().unwrap_or(0)
    };
    let [name, provider, hosts] = [0, 1, 2].map(width);
    let mut text = String::new();
    for [first, second, third, last] in &lines {
        let line = format!("{first:<name$}  {second:<provider$}  {third:<hosts$}  {last}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    text
}
