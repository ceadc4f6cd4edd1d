//! What is known of one profile.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Value as Json, json};

use crate::call::Call;
use crate::clock::{self, Timestamp, rfc3339};
use crate::crypto::certificate::Certificate;
use crate::error::{Error, Kind, printable};
use crate::local_time::{rough, when};
use crate::profile::{Profile, ProfileLocation};
use crate::store::{CachedToken, Failure, Record, SharedState};
use crate::{profile_tokens, provider};

/// For programs and for people.
pub(super) struct Status {
    pub(super) json: Json,
    pub(super) text: String,
    /// Why `--within` exits with 8.
    pub(super) care: Vec<String>,
}

impl Status {
    pub(super) fn of(place: ProfileLocation, call: &Call, within: Option<Duration>) -> Self {
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
        if let Err(error) = profile.and_then(|profile| status.add_profile(&profile, call, within.unwrap_or_default())) {
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

    fn add_profile(&mut self, profile: &Profile, call: &Call, within: Duration) -> Result<(), Error> {
        let now = clock::now();
        let record = profile_tokens::store_of(profile.identity()?)?.map(|store| store.load());
        self.add_token(record.as_ref().and_then(|record| record.token.as_ref()), &now);
        self.add_certificate(profile, within, &now);
        self.add_credential(profile, within, &now)?;
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

    /// The certificate beside the key.
    fn add_certificate(&mut self, profile: &Profile, within: Duration, now: &Timestamp) {
        let pem = match profile.text("certificate") {
            Ok(None) => return,
            Ok(Some(pem)) => Ok(pem),
            Err(error) => Err(error.text),
        };
        let none = || "it holds no certificate in PEM".to_owned();
        match pem.and_then(|pem| Certificate::parse(&pem).ok_or_else(none)) {
            Ok(certificate) => {
                let day = certificate.last_day();
                self.set("certificate_expires", day.as_str());
                self.add_end("certificate", &day, certificate.remaining(now), within);
            }
            Err(what) => {
                self.line("certificate", &what);
                self.set("certificate_error", what);
                self.care.push("the certificate cannot be read".into());
            }
        }
    }

    /// The last day of the secret or the key, as the provider's console told it.
    fn add_credential(&mut self, profile: &Profile, within: Duration, now: &Timestamp) -> Result<(), Error> {
        let Some(day) = profile.text("credential_expires")? else { return Ok(()) };
        let end = clock::end_of_day(&day).unwrap_or_default();
        let left = Duration::from_millis(end.saturating_sub(now.wall_ms));
        self.set("credential_expires", day.as_str());
        self.add_end("credential", &day, left, within);
        Ok(())
    }

    fn add_end(&mut self, label: &str, day: &str, left: Duration, within: Duration) {
        let line = match rough(left) {
            None => format!("expired on {day}"),
            Some(rest) => format!("expires on {day} (in {rest})"),
        };
        self.line(label, &line);
        if left <= within {
            self.care.push(format!("the {label} {line}"));
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
            let line = format!("{}, took {took} ms", when(at, now.wall_ms));
            self.line("last exchange", &line);
            self.set("last_exchange", json!({"at": rfc3339(at), "took_ms": took}));
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
            (_, true) => " (of another profile of this account, or before this profile or its files changed)",
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
