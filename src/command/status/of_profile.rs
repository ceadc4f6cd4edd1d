//! What is known of one profile.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::call::Call;
use crate::clock::{self, Timestamp, rfc3339};
use crate::command::expiry::{Expiry, when_expired};
use crate::error::{Error, Kind, printable};
use crate::local_time::{rough, when};
use crate::profile::{Profile, ProfileLocation};
use crate::store::{CachedToken, Failure, Record, SharedState};
use crate::{profile_tokens, provider};

/// The names of profiles, by the identity of their tokens.
pub(super) type Accounts = BTreeMap<String, Vec<String>>;

/// What the last exchange or failure has to do with a profile that would send something else.
const OF_ANOTHER: &str = " (with another secret or key than this profile's)";

/// For programs and for people.
pub(super) struct Status {
    pub(super) json: Json,
    pub(super) text: String,
    /// Why `--within` exits with 8.
    pub(super) care: Vec<String>,
}

impl Status {
    pub(super) fn of(place: ProfileLocation, accounts: &Accounts, call: &Call, within: Option<Duration>) -> Self {
        let mut status = Self { json: json!({}), text: String::new(), care: Vec::new() };
        let mut title = printable(place.name());
        status.set("profile", place.name());
        status.set("cached", false);
        let path = place.file().map(|path| path.display().to_string());
        let profile = provider::CATALOG.read(place, call.deadline.attempt_end());
        if let Ok(profile) = &profile {
            title = format!("{title}  {}", profile.schema.name);
            status.set("provider", profile.schema.name);
        }
        if let Some(path) = path {
            title = format!("{title}  {}", printable(&path));
            status.set("path", path);
        }
        let added =
            profile.and_then(|profile| status.add_profile(&profile, accounts, call, within.unwrap_or_default()));
        if let Err(error) = added {
            status.text.clear();
            status.line("broken", &error.text);
            for hint in &error.hints {
                status.line("", &format!("hint: {hint}"));
            }
            status.set("error", error.text);
            status.care = vec!["the profile is broken".into()];
        }
        if within.is_some() && !status.care.is_empty() {
            status.line("needs care", &status.care.join("; "));
            status.set("needs_care", status.care.clone());
        }
        status.text.insert_str(0, &format!("{title}\n"));
        status
    }

    fn set(&mut self, key: &str, value: impl Into<Json>) {
        self.json[key] = value.into();
    }

    fn line(&mut self, label: &str, text: &str) {
        let line = format!("  {label:<15}{}", printable(text));
        let _ = writeln!(self.text, "{}", line.trim_end());
    }

    fn add_profile(
        &mut self,
        profile: &Profile,
        accounts: &Accounts,
        call: &Call,
        within: Duration,
    ) -> Result<(), Error> {
        let now = clock::now();
        let identity = profile.identity()?;
        let sharing = accounts.get(&identity).map(Vec::as_slice).unwrap_or_default();
        let record = profile_tokens::store_of(identity)?.map(|store| store.load());
        self.add_token(record.as_ref().and_then(|record| record.token.as_ref()), &now);
        self.add_sharing(sharing, profile.place.name());
        self.add_end("certificate", Expiry::of_certificate(profile), within);
        self.add_end("credential", Ok(Expiry::of_credential(profile)?), within);
        let notes = profile.notes();
        for note in &notes {
            self.line("note", note);
        }
        if !notes.is_empty() {
            self.set("notes", notes);
        }
        if let Some(record) = record {
            self.add_exchanges(&record, profile, &now);
        }
        if let Some(shared) = profile_tokens::shared_cache(call, profile)? {
            self.add_shared_cache(shared.state(), &now);
        }
        Ok(())
    }

    fn add_token(&mut self, token: Option<&CachedToken>, now: &Timestamp) {
        let Some(token) = token else { return self.line("token", "not cached") };
        let (left, end) = (token.remaining(now), token.expires_at(now));
        self.set("cached", !left.is_zero());
        self.set("remaining_seconds", left.as_secs());
        let when = end.map(|end| when(end, now.wall_ms));
        let line = match when {
            Some(when) if left.is_zero() => format!("not cached; the last one expired {when}"),
            Some(when) => format!("cached, expires {when}"),
            None if left.is_zero() => "not cached".into(),
            None => format!(
                "cached for another {}; the server gave no expiry",
                rough(left).unwrap_or_else(|| "second".into())
            ),
        };
        self.line("token", &line);
        if let Some(end) = end {
            self.set("expires_at", rfc3339(end));
        }
    }

    /// The other profiles of the same account: they have one token, whichever of them requested it.
    fn add_sharing(&mut self, sharing: &[String], own: &str) {
        let others: Vec<&str> = sharing.iter().map(String::as_str).filter(|name| *name != own).collect();
        if !others.is_empty() {
            self.line("shared with", &format!("{}: the same account has one token", others.join(", ")));
            self.set("shared_with", others);
        }
    }

    fn add_end(&mut self, label: &str, expiry: Result<Option<Expiry>, String>, within: Duration) {
        match expiry {
            Ok(None) => {}
            Ok(Some(Expiry { day, left })) => {
                let line = when_expired(&day, left);
                self.set(&format!("{label}_expires"), day);
                self.line(label, &line);
                if left <= within {
                    self.care.push(format!("the {label} {line}"));
                }
            }
            Err(what) => {
                self.line(label, &what);
                self.set(&format!("{label}_error"), what);
                self.care.push(format!("the {label} cannot be read"));
            }
        }
    }

    fn add_exchanges(&mut self, record: &Record, profile: &Profile, now: &Timestamp) {
        let mut refused = json!({});
        for choice in record.token.iter().flat_map(|token| &token.choices) {
            // The rejected values may have been moved or removed since. They are counted from 1.
            let digests = (1..).zip(profile.value_digests(&choice.key));
            let numbers: Vec<usize> =
                digests.filter(|(_, digest)| choice.refused.contains(digest)).map(|(number, _)| number).collect();
            if !numbers.is_empty() {
                let list = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                let key = &choice.key;
                let _ = writeln!(self.text, "  {key}: value {list} was rejected and another one works; remove it");
                refused[key] = numbers.into();
            }
        }
        if refused.as_object().is_some_and(|refused| !refused.is_empty()) {
            self.set("refused", refused);
        }
        if let Some(exchange) = &record.exchange {
            let (at, took) = (exchange.at.wall_ms, exchange.took_ms);
            let of_another = exchange.sent.as_ref().is_some_and(|sent| *sent != profile.sent(&record.salt));
            let remark = if of_another { OF_ANOTHER } else { "" };
            self.line("last exchange", &format!("{}, took {took} ms{remark}", when(at, now.wall_ms)));
            self.set("last_exchange", json!({"at": rfc3339(at), "took_ms": took, "of_another": of_another}));
        }
        let own = record.last_failure_of(&profile.sent(&record.salt));
        if let Some(failure) = own.or(record.failures.first()) {
            let has_worked = record.exchange.as_ref().is_some_and(|exchange| exchange.at.is_since(&failure.at));
            let is_repeated = record.is_cooling_down(failure, now);
            let error = if is_repeated { failure.to_repeated_error() } else { failure.to_error() };
            self.add_failure(failure, &error.text, (has_worked, own.is_none()), now);
        }
    }

    fn add_shared_cache(&mut self, state: SharedState, now: &Timestamp) {
        let mut json = json!({"usable": state.unusable.is_none()});
        let mut line = state.address.clone().unwrap_or_default();
        if let Some(address) = state.address {
            json["address"] = address.into();
        }
        let mut trouble = state.unusable;
        if let Some(last) = state.last {
            let at = last.at.wall_ms;
            let word = if last.trouble.is_some() { "failed" } else { "last used" };
            let _ = write!(line, ", {word} {}", when(at, now.wall_ms));
            json["last_use"] = rfc3339(at).into();
            trouble = trouble.or(last.trouble);
        }
        if let Some(trouble) = trouble {
            line = if line.is_empty() { format!("not used: {trouble}") } else { format!("{line}: {trouble}") };
            json["error"] = trouble.into();
        }
        self.line("shared cache", &line);
        self.set("shared_cache", json);
    }

    /// `text`: what a call says now. `has_worked`: a later exchange succeeded. `of_another`: the failure is of another
    /// profile with the same account, or of this one before it was changed.
    fn add_failure(&mut self, failure: &Failure, text: &str, (has_worked, of_another): (bool, bool), now: &Timestamp) {
        let (at, exit_code) = (failure.at.wall_ms, failure.kind.exit_code());
        let remark = match (has_worked, of_another) {
            (true, _) => " (an exchange has succeeded since)",
            (_, true) => OF_ANOTHER,
            _ => "",
        };
        let when = when(at, now.wall_ms);
        self.line("last failure", &format!("{when}: {text}{remark}"));
        if remark.is_empty() {
            if matches!(failure.kind, Kind::Setup | Kind::Refused) {
                self.care.push("the last request failed".into());
            }
            for hint in &failure.hints {
                self.line("", &format!("hint: {hint}"));
            }
        }
        self.set(
            "last_failure",
            json!({
                "at": rfc3339(at),
                "has_succeeded_since": has_worked,
                "of_another": of_another,
                "exit_code": exit_code,
                "error": text,
                "hints": failure.hints,
            }),
        );
    }
}
