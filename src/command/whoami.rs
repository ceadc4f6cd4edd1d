//! Whom a token is for: the claims of a JWT, else what the profile says of its account.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Read as _;
use std::time::{Duration, Instant};

use clap::Arg;
use serde_json::{Map, Value as Json, json};
use zeroize::Zeroizing;

use super::{Command, switch};
use crate::call::Call;
use crate::clock;
use crate::command_spec::{CommandSpec, example};
use crate::error::{Error, Kind, printable, printable_json};
use crate::jwt::{ClaimKind, Jwt, ShownClaim, without_tokens};
use crate::local_time::{rough, when};
use crate::profile::Profile;
use crate::token::ACCESS_TOKEN;
use crate::tokens::Want;
use crate::{profile_tokens, provider, secret, selection, sys};

pub(super) static COMMAND: Command = Command {
    spec: CommandSpec::new("whoami", "Show whom the token is for")
        .with(options)
        .taking(&["profile", "min-ttl", "refresh", "no-cache", "scope"])
        .about_profile()
        .showing(&[example(
            "Read a token from standard input, and send nothing",
            "jwt-credential token | jwt-credential whoami -",
        )]),
    run,
};

/// The argument, in place of a profile's name, that stands for a token on standard input.
const STDIN: &str = "-";

/// Claims of access tokens (RFC 7519, section 4.1; RFC 9068, section 2.2; `OpenID` Connect Core, section 2).
const STANDARD: &[ShownClaim] = &[
    ShownClaim::text("iss", "issuer"),
    ShownClaim::text("sub", "subject"),
    ShownClaim::text("email", "email"),
    ShownClaim::text("client_id", "client"),
    ShownClaim::text("azp", "client"),
    ShownClaim::text("aud", "audience"),
    ShownClaim::text("scope", "scope"),
    ShownClaim::text("scp", "scope"),
    ShownClaim::text("jti", "token id"),
    ShownClaim::of("iat", "issued", ClaimKind::Seconds),
    ShownClaim::of("nbf", "not before", ClaimKind::Seconds),
    ShownClaim::of("exp", "expires", ClaimKind::Seconds),
];

fn options() -> Vec<Arg> {
    vec![switch("json", "A JSON object with all claims")]
}

fn run(call: &Call) -> Result<u8, Error> {
    let answer =
        if call.options.profile.as_deref() == Some(OsStr::new(STDIN)) { of_stdin(call)? } else { of_profile(call)? };
    let text = if call.has("json") { printable_json(&answer.json()) + "\n" } else { answer.text() };
    call.answer(&text)
}

struct Whoami {
    /// `None` for a token on standard input.
    profile: Option<Profile>,
    source: Evidence,
    /// When the token expires, by the server's answer.
    expires_at: Option<u64>,
}

enum Evidence {
    Claims(Jwt),
    /// The profile's values that decide which token it gets.
    Identity(Map<String, Json>),
}

fn of_profile(call: &Call) -> Result<Whoami, Error> {
    let profile = selection::selected(call)?;
    let credential = profile_tokens::credential(call, &profile, &Want::default())?;
    let jwt = credential.fields.get(ACCESS_TOKEN).and_then(Jwt::parse);
    let source = match jwt {
        Some(jwt) => Evidence::Claims(jwt),
        None => Evidence::Identity(serde_json::from_str(&profile.identity()?).unwrap_or_default()),
    };
    Ok(Whoami { profile: Some(profile), source, expires_at: credential.expires_at })
}

fn of_stdin(call: &Call) -> Result<Whoami, Error> {
    const LARGEST: u64 = 64 * 1024;
    let unread = |what: &str| Error::new(Kind::Usage, format!("the token on standard input {what}"));
    let mut text: Zeroizing<Vec<u8>> = secret::buffer(LARGEST + 1);
    let end = Instant::now() + call.deadline.remaining();
    sys::stdin_until(end)
        .take(LARGEST + 1)
        .read_to_end(&mut text)
        .map_err(|error| unread(&format!("cannot be read: {error}")))?;
    if text.len() as u64 > LARGEST {
        return Err(unread("is larger than 64 KiB"));
    }
    // People paste a whole header.
    let word = std::str::from_utf8(&text).ok().and_then(|text| text.split_whitespace().next_back());
    let jwt = word
        .and_then(Jwt::parse)
        .ok_or_else(|| unread("is not a JWT").hint("give a JWT: an opaque token can be read by its issuer alone"))?;
    Ok(Whoami { profile: None, source: Evidence::Claims(jwt), expires_at: None })
}

impl Whoami {
    fn json(&self) -> Json {
        let mut json = json!({"version": 1, "verified": false});
        if let Some(profile) = &self.profile {
            json["profile"] = profile.place.name().into();
            json["provider"] = profile.schema.name.into();
        }
        if let Some(end) = self.expires_at {
            json["expires_at"] = clock::rfc3339(end).into();
        }
        match &self.source {
            Evidence::Claims(jwt) => {
                json["source"] = "token".into();
                json["header"] = without_tokens(jwt.header.clone().into());
                json["claims"] = without_tokens(jwt.claims.clone().into());
            }
            Evidence::Identity(identity) => {
                json["source"] = "profile".into();
                json["identity"] = identity.clone().into();
            }
        }
        json
    }

    fn text(&self) -> String {
        let mut text = String::new();
        let mut line = |label: &str, value: &str| {
            let _ = writeln!(text, "{label:<22} {}", printable(value));
        };
        if let Some(profile) = &self.profile {
            line("profile", &format!("{} ({})", profile.place.name(), profile.schema.name));
        }
        match &self.source {
            Evidence::Claims(jwt) => {
                let algorithm = jwt.header.get("alg").and_then(Json::as_str).unwrap_or("no algorithm");
                line("source", &format!("claims of the token (JWT, {algorithm}; its signature was not verified)"));
                for (label, value) in self.shown(jwt) {
                    line(label, &value);
                }
            }
            Evidence::Identity(identity) => {
                line("source", "the profile: the token is not a JWT, so that only its issuer can read it");
                for (key, value) in identity {
                    line(key, &plain(value));
                }
            }
        }
        if let Some(end) = self.expires_at.filter(|end| !self.claims_end(*end)) {
            line("token expires", &when(end, clock::now().wall_ms));
        }
        text
    }

    /// Whether the claim `exp`, in whole seconds, is this time: a token that is signed here has no other.
    fn claims_end(&self, end: u64) -> bool {
        const ROUNDING_MS: u64 = 2_000;
        let Evidence::Claims(jwt) = &self.source else { return false };
        let claimed = jwt.claims.get("exp").and_then(Json::as_u64);
        claimed.is_some_and(|seconds| seconds.saturating_mul(1000).abs_diff(end) < ROUNDING_MS)
    }

    /// The claims that are known by name, in the order of the tables.
    fn shown(&self, jwt: &Jwt) -> Vec<(&'static str, String)> {
        let own: Vec<&ShownClaim> = match &self.profile {
            Some(profile) => provider::of(profile).map(|row| row.claims.iter().collect()).unwrap_or_default(),
            // The provider of a bare token is not known.
            None => provider::claims(),
        };
        let known = STANDARD.iter().chain(own);
        known.filter_map(|claim| Some((claim.label, shown(claim, jwt.claims.get(claim.name)?)))).collect()
    }
}

fn shown(claim: &ShownClaim, value: &Json) -> String {
    let value = without_tokens(value.clone());
    let number = match &value {
        Json::Number(number) => number.as_u64(),
        Json::String(text) => text.parse::<u64>().ok(),
        _ => None,
    };
    let at = |ms: u64| when(ms, clock::now().wall_ms);
    match (claim.kind, number) {
        (ClaimKind::Seconds, Some(seconds)) => at(seconds.saturating_mul(1000)),
        (ClaimKind::Milliseconds, Some(ms)) => at(ms),
        (ClaimKind::Lifetime, Some(ms)) => rough(Duration::from_millis(ms)).unwrap_or_else(|| "0 s".into()),
        _ => plain(&value),
    }
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
