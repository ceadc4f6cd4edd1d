//! How it stands with each profile: what is cached, and how the last exchanges went. Callers swallow standard
//! error; here it can be read again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction};
use serde::Serialize;

use super::Command;
use crate::call::Call;
use crate::clock::{self, Timestamp, rfc3339, spoken};
use crate::command_spec::CommandSpec;
use crate::crypto::certificate::Certificate;
use crate::error::{Error, Kind, printable};
use crate::profile::{Profile, ProfileLocation, locate};
use crate::store::Record;
use crate::token::Choice;
use crate::{profile_tokens, provider};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("status", "what is cached of each profile, and how its last exchanges went")
        .with(options)
        .taking(&["profile"]),
    run,
};

fn options() -> Vec<Arg> {
    let within = Arg::new("within").long("within").value_name("DURATION").value_parser(clock::parse_duration);
    vec![
        within.help("Exit code 1 if a certificate ends within this time (30d), or a profile is broken"),
        Arg::new("json").long("json").action(ArgAction::SetTrue).help("A JSON array with an object for each profile"),
    ]
}

/// How it stands with one profile. What is not known is absent.
#[derive(Default, Serialize)]
struct Standing {
    profile: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant: Option<&'static str>,
    /// Whether a token that is still good is cached.
    cached: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remaining_seconds: Option<u64>,
    /// The last day of the certificate beside the key, and how long that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_ends: Option<String>,
    #[serde(skip)]
    certificate_remaining: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_error: Option<String>,
    /// What is allowed and still looks like a mistake.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Of the keys with several values, those that the endpoint refused (from 1).
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    refused: BTreeMap<String, Vec<usize>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_exchange: Option<LastExchange>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_failure: Option<LastFailure>,
    /// Why nothing is cached: the directory is not ours.
    #[serde(skip_serializing_if = "Option::is_none")]
    cache_error: Option<String>,
    /// Why nothing can be said of it: the profile is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Serialize)]
struct LastExchange {
    at: String,
    took_ms: u64,
}

#[derive(Serialize)]
struct LastFailure {
    at: String,
    /// Whether an exchange has brought a token since.
    over: bool,
    /// Whether it was of another profile with the same account, or of this one before it was changed.
    of_another: bool,
    exit_code: u8,
    error: String,
    hints: Vec<String>,
}

fn run(call: &Call) -> Result<u8, Error> {
    // A wrong variable is no profile's fault.
    locate::cache_directory()?;
    let all: Vec<Standing> =
        places(call)?.into_iter().map(|place| standing(place, call.deadline.attempt_end())).collect();
    let text = if call.has("json") {
        serde_json::to_string_pretty(&all).map_err(|error| Error::new(Kind::Other, error.to_string()))? + "\n"
    } else if all.is_empty() {
        "no profile is there yet\n".into()
    } else {
        all.iter().map(describe).collect()
    };
    call.write(&text)?;
    let within = call.one::<Duration>("within");
    // Where no profile is found, nobody can say that all is well.
    let needs_care = |within: &Duration| all.is_empty() || all.iter().any(|standing| standing.needs_care(*within));
    Ok(u8::from(within.is_some_and(needs_care)))
}

impl Standing {
    fn needs_care(&self, within: Duration) -> bool {
        let ends = self.certificate_remaining.is_some_and(|remaining| remaining <= within);
        let refused = self
            .last_failure
            .as_ref()
            .is_some_and(|failure| !failure.over && !failure.of_another && matches!(failure.exit_code, 3 | 4));
        ends || refused || self.error.is_some() || self.certificate_error.is_some()
    }
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

fn standing(place: ProfileLocation, until: Instant) -> Standing {
    let path = match &place {
        ProfileLocation::File { path, .. } => Some(path.display().to_string()),
        ProfileLocation::Environment(_) => None,
    };
    let name = match &place {
        ProfileLocation::File { name, .. } => name.clone(),
        ProfileLocation::Environment(_) => "JWT_CREDENTIAL_PROFILE_JSON".into(),
    };
    let mut standing = Standing { profile: name, path, ..Standing::default() };
    if let Err(error) = provider::CATALOG.read(place, until).and_then(|profile| fill(&mut standing, &profile)) {
        standing.error = Some(error.text);
    }
    standing
}

fn fill(standing: &mut Standing, profile: &Profile) -> Result<(), Error> {
    let now = clock::now();
    standing.grant = Some(profile.schema.grant);
    standing.notes = profile.notes();
    match profile.text("certificate").map(|pem| pem.map(|pem| Certificate::parse(&pem))) {
        Ok(None) => {
            let day = profile.text("certificate_ends")?;
            let end = day.as_deref().and_then(clock::end_of_day);
            standing.certificate_remaining = end.map(|end| Duration::from_millis(end.saturating_sub(now.wall_ms)));
            standing.certificate_ends = day;
        }
        Ok(Some(Some(certificate))) => {
            standing.certificate_ends = Some(certificate.last_day());
            standing.certificate_remaining = Some(certificate.remaining(&now));
        }
        Ok(Some(None)) => standing.certificate_error = Some("it holds no certificate in PEM".into()),
        Err(error) => standing.certificate_error = Some(error.text),
    }
    if let Some(store) = profile_tokens::store_of(profile)? {
        standing.cache_error = store.trouble();
        let record = store.load();
        let choices = record.token.as_ref().map(|token| token.choices.as_slice()).unwrap_or_default();
        standing.refused = choices.iter().filter_map(|choice| refused_of(profile, choice)).collect();
        fill_from(standing, record, profile, &now);
    }
    Ok(())
}

/// Where the refused values stand in the profile now, if they still do.
fn refused_of(profile: &Profile, choice: &Choice) -> Option<(String, Vec<usize>)> {
    let digests = profile.value_digests(&choice.key);
    let refused = |index: &usize| choice.refused.contains(&digests[index - 1]);
    let numbers: Vec<usize> = (1..=digests.len()).filter(refused).collect();
    (!numbers.is_empty()).then(|| (choice.key.clone(), numbers))
}

fn fill_from(standing: &mut Standing, record: Record, profile: &Profile, now: &Timestamp) {
    if let Some(token) = record.token {
        let remaining = token.remaining(now);
        standing.cached = !remaining.is_zero();
        standing.expires_at = token.expires_at(now).map(rfc3339);
        standing.remaining_seconds = Some(remaining.as_secs());
    }
    let succeeded = record.exchange.as_ref().map(|exchange| exchange.at.clone());
    standing.last_exchange =
        record.exchange.map(|exchange| LastExchange { at: rfc3339(exchange.at.wall_ms), took_ms: exchange.took_ms });
    standing.last_failure = record.failure.map(|failure| LastFailure {
        of_another: profile.stamp(&failure.salt) != failure.stamp,
        over: succeeded.as_ref().is_some_and(|at| at.is_since(&failure.at)),
        at: rfc3339(failure.at.wall_ms),
        exit_code: failure.kind.exit_code(),
        error: failure.text,
        hints: failure.hints,
    });
}

fn describe(standing: &Standing) -> String {
    let mut text = printable(&standing.profile);
    if let Some(grant) = standing.grant {
        let _ = write!(text, "  {grant}");
    }
    if let Some(path) = &standing.path {
        let _ = write!(text, "  {}", printable(path));
    }
    text.push('\n');
    if let Some(error) = &standing.error {
        let _ = writeln!(text, "  broken         {}", printable(error));
        return text;
    }
    let left = spoken(Duration::from_secs(standing.remaining_seconds.unwrap_or(0)));
    let _ = match (standing.cached, &standing.expires_at) {
        (true, Some(end)) => writeln!(text, "  cached         valid until {end}, {left} left"),
        (true, None) => writeln!(text, "  cached         the server told no end; kept for another {left}"),
        (false, Some(end)) => writeln!(text, "  not cached     the last token ended {end}"),
        (false, None) => writeln!(text, "  not cached"),
    };
    if let Some(trouble) = &standing.cache_error {
        let _ = writeln!(text, "  no cache       {}", printable(trouble));
    }
    if let (Some(day), Some(remaining)) = (&standing.certificate_ends, standing.certificate_remaining) {
        let days = remaining.as_secs() / (24 * 60 * 60);
        let left = if remaining.is_zero() { "has expired".to_owned() } else { format!("{days} days left") };
        let _ = writeln!(text, "  certificate    ends {day}, {left}");
    }
    if let Some(error) = &standing.certificate_error {
        let _ = writeln!(text, "  certificate    {}", printable(error));
    }
    for note in &standing.notes {
        let _ = writeln!(text, "  note           {}", printable(note));
    }
    for (key, numbers) in &standing.refused {
        let numbers = numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "  {key}: value {numbers} is dead, another one works: take it out");
    }
    if let Some(exchange) = &standing.last_exchange {
        let _ = writeln!(text, "  last exchange  {}, took {} ms", exchange.at, exchange.took_ms);
    }
    if let Some(failure) = &standing.last_failure {
        describe_failure(&mut text, failure);
    }
    text
}

fn describe_failure(text: &mut String, failure: &LastFailure) {
    let over = match failure {
        LastFailure { over: true, .. } => " (over: an exchange has worked since)",
        LastFailure { of_another: true, .. } => {
            " (of another profile of this account, or of this one before it or its files were changed)"
        }
        _ => "",
    };
    let _ = writeln!(text, "  last failure   {}: {}{over}", failure.at, printable(&failure.error));
    for hint in failure.hints.iter().filter(|_| !failure.over && !failure.of_another) {
        let _ = writeln!(text, "                 hint: {}", printable(hint));
    }
}
