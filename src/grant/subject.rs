//! A token of another issuer, which is read anew for each exchange: such tokens live short, and their file is replaced.

use std::fmt::Write as _;

use serde_json::Value as Json;

use super::Attempt;
use crate::clock;
use crate::environment;
use crate::error::{Error, Kind, SharedBy};
use crate::host::{Origin, split_path};
use crate::http::{Endpoint, Http, Request, percent_encoded};
use crate::jwt::Jwt;
use crate::secret::Secret;

/// The key with the token of another issuer that is exchanged.
pub(super) const SUBJECT_TOKEN: &str = "subject_token";

/// The token in a key of the profile, if it has not expired.
pub(super) fn token(attempt: &Attempt, key: &str) -> Result<Secret, Error> {
    let profile = attempt.profile;
    let token = match profile.job_audience(key) {
        Some(audience) => of_job(attempt, audience)?,
        None => profile.secret_at(key, 0, attempt.remaining())?,
    };
    let end = Jwt::parse(token.reveal()).and_then(|jwt| jwt.ends_ms());
    match end.filter(|end| *end <= clock::now().wall_ms) {
        None => Ok(token),
        Some(end) => {
            let file = profile.source_file(key, 0).map(|path| format!(" in {}", path.display())).unwrap_or_default();
            let text = format!("\"{key}\" of {}{file} expired at {}", profile.place, clock::rfc3339(end));
            // Another caller may have another variable, and another program replaces the file.
            let failure = Error::new(Kind::Setup, text).shared_by(SharedBy::NoOther);
            Err(failure.hint("renew it where it comes from, or set this machine's clock"))
        }
    }
}

static ACTIONS: Endpoint =
    Endpoint { retried: &[429, 500, 502, 503, 504], ..Endpoint::new(environment::ACTIONS_URL, "x-vss-e2eid") };

/// The token that names a job of GitHub Actions.
/// <https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token>
fn of_job(attempt: &Attempt, audience: Option<&str>) -> Result<Secret, Error> {
    let missing = |name: &str| {
        Error::new(Kind::Setup, format!("the variable {name} is not set: this job may not request a token"))
            .hint("give the job the permission id-token: write")
    };
    let variable = |name| environment::text(name)?.ok_or_else(|| missing(name));
    let url = variable(environment::ACTIONS_URL)?;
    let bearer = Secret::new(variable(environment::ACTIONS_TOKEN)?);
    let wrong = |what| Error::new(Kind::Setup, format!("the variable {} {what}", environment::ACTIONS_URL));
    let origin = Origin::of_url(&url).map_err(wrong)?;
    let mut path = split_path(&url).1.to_owned();
    if let Some(audience) = audience {
        let separator = if path.contains('?') { '&' } else { '?' };
        let _ = write!(path, "{separator}audience={}", &*percent_encoded(audience));
    }
    // Its URL is a variable, and no key of the profile.
    let http = Http { is_written: false, ..attempt.http(&origin, &ACTIONS) };
    let (_, reply) = http.send(&path, &|| Ok(Request::get().bearer(&bearer)))?;
    let failed = |what: String| {
        Error::new(Kind::Unavailable, format!("{origin} gave no token of this job: {what}"))
            .hint(format!("run this in a step of the job that {} belongs to, or try again", environment::ACTIONS_TOKEN))
    };
    if reply.status != 200 {
        return Err(failed(format!("it answered {}", reply.status)));
    }
    let json: Json = serde_json::from_slice(&reply.body).unwrap_or_default();
    let token = json.get("value").and_then(Json::as_str).map(|token| Secret::new(token.to_owned()));
    token.ok_or_else(|| failed("its answer has no \"value\"".into()))
}
