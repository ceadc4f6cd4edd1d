//! What is cached of each profile, and how its last exchanges went. Callers may swallow standard error; here it can be
//! read again.

use std::fmt::Write as _;
use std::time::Duration;

use clap::Arg;
use serde_json::{Map, Value as Json, json};

use super::{Command, switch, text};
use crate::call::Call;
use crate::clock::{self, Timestamp, rfc3339, spoken};
use crate::command_spec::CommandSpec;
use crate::crypto::certificate::Certificate;
use crate::error::{Error, printable, printable_json};
use crate::profile::{Profile, ProfileLocation, locate};
use crate::store::{CachedToken, Failure, Record};
use crate::{profile_tokens, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("status", "Show the cached tokens and how the last exchanges went")
        .with(options)
        .taking(&["profile"])
        .about_profile(),
    run,
};

fn options() -> Vec<Arg> {
    let within = text("within", "DURATION").value_parser(clock::parse_duration);
    vec![
        within.help("Exit code 1 if a certificate ends within this time (30d), or a profile is broken"),
        switch("json", "A JSON array with an object for each profile"),
    ]
}

fn run(call: &Call) -> Result<u8, Error> {
    // A wrong variable is no profile's fault.
    locate::cache_directory()?;
    let all: Vec<Status> = places(call)?.into_iter().map(|place| Status::of(place, call)).collect();
    let text = if call.has("json") {
        printable_json(&all.iter().map(|status| status.json.clone()).collect::<Json>()) + "\n"
    } else if all.is_empty() {
        "no profile is there yet\n".into()
    } else {
        all.iter().map(|status| status.text.as_str()).collect()
    };
    call.write(&text)?;
    // If no profile is found, it is unknown whether all is well.
    let needs_care = all.is_empty() || all.iter().any(|status| status.needs_care);
    Ok(u8::from(needs_care && within(call).is_some()))
}

fn within(call: &Call) -> Option<Duration> {
    call.one("within").copied()
}

/// The profile that the user named; else the one in the environment, and those in the configuration directories.
fn places(call: &Call) -> Result<Vec<ProfileLocation>, Error> {
    let named = locate::named(call.options.profile.as_deref(), call.options.profile_by_option)?;
    if let Some(ProfileLocation::File { .. }) = named {
        return Ok(named.into_iter().collect());
    }
    let files = locate::all()?.into_iter().map(|(name, path)| ProfileLocation::File { name, path });
    Ok(named.into_iter().chain(files).collect())
}

/// What is known of one profile, for programs and for people.
struct Status {
    json: Map<String, Json>,
    text: String,
    needs_care: bool,
}

impl Status {
    fn of(place: ProfileLocation, call: &Call) -> Self {
        let mut status = Self { json: Map::new(), text: String::new(), needs_care: false };
        let mut title = printable(place.name());
        status.set("profile", place.name());
        status.set("cached", false);
        let path = match &place {
            ProfileLocation::File { path, .. } => Some(path.display().to_string()),
            ProfileLocation::Environment(_) => None,
        };
        let profile = provider::CATALOG.read(place, call.deadline.attempt_end());
        if let Ok(profile) = &profile {
            title = format!("{title}  {}", profile.schema.name);
            status.set("provider", profile.schema.name);
        }
        if let Some(path) = path {
            title = format!("{title}  {}", printable(&path));
            status.set("path", path);
        }
        if let Err(error) = profile.and_then(|profile| status.add_profile(&profile, call)) {
            status.text.clear();
            status.line("broken", &error.text);
            status.set("error", error.text);
            status.needs_care = true;
        }
        status.text.insert_str(0, &format!("{title}\n"));
        status
    }

    fn set(&mut self, key: &str, value: impl Into<Json>) {
        self.json.insert(key.to_owned(), value.into());
    }

    fn line(&mut self, label: &str, text: &str) {
        let line = format!("  {label:<15}{}", printable(text));
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn add_profile(&mut self, profile: &Profile, call: &Call) -> Result<(), Error> {
        let now = clock::now();
        let store = profile_tokens::store_of(profile.identity()?)?;
        let record = store.as_ref().map(|store| store.load());
        self.add_token(record.as_ref().and_then(|record| record.token.as_ref()), &now);
        let trouble = store.map_or_else(|| Some(profile_tokens::NO_CACHE.to_owned()), |store| store.trouble());
        if let Some(trouble) = trouble {
            self.line("no cache", &trouble);
            self.set("cache_error", trouble);
        }
        self.add_certificate(profile, within(call).unwrap_or_default(), &now)?;
        let notes = profile.notes();
        for note in &notes {
            self.line("note", note);
        }
        if !notes.is_empty() {
            self.set("notes", notes);
        }
        if let Some(record) = record {
            self.add_exchanges(&record, profile);
        }
        Ok(())
    }

    fn add_token(&mut self, token: Option<&CachedToken>, now: &Timestamp) {
        let Some(token) = token else { return self.line("not cached", "") };
        let (left, end) = (token.remaining(now), token.expires_at(now).map(rfc3339));
        self.set("cached", !left.is_zero());
        self.set("remaining_seconds", left.as_secs());
        let spoken = spoken(Duration::from_secs(left.as_secs()));
        match &end {
            Some(end) if left.is_zero() => self.line("not cached", &format!("the last token ended {end}")),
            Some(end) => self.line("cached", &format!("valid until {end}, {spoken} left")),
            None if left.is_zero() => self.line("not cached", ""),
            None => self.line("cached", &format!("the server told no end; kept for another {spoken}")),
        }
        if let Some(end) = end {
            self.set("expires_at", end);
        }
    }

    /// The certificate beside the key, or what the console's file said of it.
    fn add_certificate(&mut self, profile: &Profile, within: Duration, now: &Timestamp) -> Result<(), Error> {
        let certificate = match profile.text("certificate") {
            Ok(None) => profile.text("certificate_ends")?.map(|day| {
                let end = clock::end_of_day(&day).unwrap_or_default();
                Ok((day, Duration::from_millis(end.saturating_sub(now.wall_ms))))
            }),
            Ok(Some(pem)) => Some(match Certificate::parse(&pem) {
                Some(certificate) => Ok((certificate.last_day(), certificate.remaining(now))),
                None => Err("it holds no certificate in PEM".into()),
            }),
            Err(error) => Some(Err(error.text)),
        };
        match certificate {
            Some(Ok((day, left))) => {
                let days = left.as_secs() / (24 * 60 * 60);
                let rest = if left.is_zero() { "has expired".to_owned() } else { format!("{days} days left") };
                self.line("certificate", &format!("ends {day}, {rest}"));
                self.set("certificate_ends", day);
                self.needs_care |= left <= within;
            }
            Some(Err(what)) => {
                self.line("certificate", &what);
                self.set("certificate_error", what);
                self.needs_care = true;
            }
            None => {}
        }
        Ok(())
    }

    fn add_exchanges(&mut self, record: &Record, profile: &Profile) {
        let mut refused = Map::new();
        for choice in record.token.iter().flat_map(|token| &token.choices) {
            // The rejected values may have been moved or removed since. They are counted from 1.
            let digests = (1..).zip(profile.value_digests(&choice.key));
            let numbers: Vec<usize> =
                digests.filter(|(_, digest)| choice.refused.contains(digest)).map(|(number, _)| number).collect();
            if !numbers.is_empty() {
                let list = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                let key = &choice.key;
                let _ = writeln!(self.text, "  {key}: value {list} is dead, another one works: take it out");
                refused.insert(key.clone(), numbers.into());
            }
        }
        if !refused.is_empty() {
            self.set("refused", refused);
        }
        if let Some(exchange) = &record.exchange {
            let (at, took) = (rfc3339(exchange.at.wall_ms), exchange.took_ms);
            self.line("last exchange", &format!("{at}, took {took} ms"));
            self.set("last_exchange", json!({"at": at, "took_ms": took}));
        }
        let is_own = |failure: &&Failure| failure.stamp.sent == profile.sent(&record.salt);
        if let Some(failure) = record.failures.iter().find(is_own).or(record.failures.first()) {
            let has_worked = record.exchange.as_ref().is_some_and(|exchange| exchange.at.is_since(&failure.at));
            self.add_failure(failure, has_worked, !is_own(&failure));
        }
    }

    /// `has_worked`: a later exchange succeeded. `of_another`: the failure is of another profile with the same account,
    /// or of this one before it was changed.
    fn add_failure(&mut self, failure: &Failure, has_worked: bool, of_another: bool) {
        let (at, exit_code) = (rfc3339(failure.at.wall_ms), failure.kind.exit_code());
        let remark = match (has_worked, of_another) {
            (true, _) => " (over: an exchange has worked since)",
            (_, true) => " (of another profile of this account, or of this one before it or its files were changed)",
            _ => "",
        };
        self.line("last failure", &format!("{at}: {}{remark}", failure.text));
        if remark.is_empty() {
            self.needs_care |= matches!(exit_code, 3 | 4);
            for hint in &failure.hints {
                self.line("", &format!("hint: {hint}"));
            }
        }
        self.set(
            "last_failure",
            json!({
                "at": at,
                "over": has_worked,
                "of_another": of_another,
                "exit_code": exit_code,
                "error": failure.text,
                "hints": failure.hints,
            }),
        );
    }
}
