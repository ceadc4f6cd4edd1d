//! Lists the profiles that calls can use.

use std::fmt::Write as _;

use clap::Arg;
use serde_json::{Map, Value as Json, json};

use super::{Command, switch};
use crate::call::Call;
use crate::clock::{self, Timestamp, rfc3339};
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, printable, printable_json};
use crate::local_time::when;
use crate::profile::{Profile, ProfileLocation, locate};
use crate::store::Record;
use crate::{error, lifecycle, profile_tokens, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("list", "List the profiles, with the default and cached tokens")
        .with(options)
        .taking(&[])
        .showing(&[example("For scripts", "jwt-credential list --json")]),
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
        let profiles: Vec<Json> = rows.into_iter().map(|row| row.json.into()).collect();
        printable_json(&json!({"version": 1, "profiles": profiles})) + "\n"
    } else if rows.is_empty() {
        locate::no_profiles()
    } else {
        table(&rows)
    };
    call.answer(&text)
}

/// One profile.
struct Row {
    /// As `--json` prints it.
    json: Map<String, Json>,
    /// When its token expires, for people.
    end: Option<String>,
}

impl Row {
    fn of(place: &ProfileLocation, is_default: bool, call: &Call) -> Self {
        let mut row = Self { json: Map::new(), end: None };
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
        self.json.insert(key.to_owned(), value.into());
    }

    fn add(&mut self, profile: &Profile) -> Result<(), Error> {
        let mut shown = profile.redacted();
        self.set("provider", profile.schema.name);
        for key in ["client_id", "hosts"] {
            self.set(key, shown[key].take());
        }
        let store = profile_tokens::store_of(profile.identity()?)?;
        let now = clock::now();
        let (state, end) = store.map_or(("none", None), |store| token_state(&store.load(), profile, &now));
        self.set("token", state);
        if let Some(end) = end {
            self.set("expires_at", rfc3339(end));
            self.end = Some(when(end, now.wall_ms));
        }
        Ok(())
    }

    fn text(&self, key: &str) -> String {
        match self.json.get(key) {
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
        if self.json.contains_key("error") {
            return [self.name(), format!("broken: {}", self.text("error")), String::new(), String::new()];
        }
        let token = match (self.text("token"), &self.end) {
            (token, Some(end)) => format!("{token} until {end}"),
            (token, None) => token,
        };
        [self.name(), self.text("provider"), self.text("hosts"), token]
    }

    /// The name; the default profile has a star.
    fn name(&self) -> String {
        let mark = if self.json["default"] == true { "* " } else { "  " };
        mark.to_owned() + &self.text("profile")
    }
}

/// Whether the cached token can be used, and when it ends.
fn token_state(record: &Record, profile: &Profile, now: &Timestamp) -> (&'static str, Option<u64>) {
    match record.token.as_ref().filter(|token| !token.remaining(now).is_zero()) {
        Some(token) => ("valid", token.expires_at(now)),
        None if is_refused(record, profile) => ("refused", None),
        None => ("none", None),
    }
}

/// Whether the endpoint rejected the last request with this profile's secrets. Other profiles may have the same account.
fn is_refused(record: &Record, profile: &Profile) -> bool {
    let has_worked = |at| record.exchange.as_ref().is_some_and(|exchange| exchange.at.is_since(at));
    let last = record.last_failure_of(&profile.sent(&record.salt));
    last.is_some_and(|last| last.kind == error::Kind::Refused && !has_worked(&last.at))
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
