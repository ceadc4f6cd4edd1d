//! When what a profile requests tokens with expires: its certificate, and the day that the provider's console told.

use std::time::Duration;

use crate::clock;
use crate::crypto::certificate::Certificate;
use crate::error::Error;
use crate::local_time::rough;
use crate::profile::Profile;

pub(super) struct Expiry {
    /// The last day.
    pub(super) day: String,
    /// Until its end; zero if that is past.
    pub(super) left: Duration,
}

impl Expiry {
    /// Of the profile's certificate. The error says why it cannot be read.
    pub(super) fn of_certificate(profile: &Profile) -> Result<Option<Self>, String> {
        let Some(pem) = profile.text("certificate").map_err(|error| error.text)? else { return Ok(None) };
        let certificate = Certificate::parse(&pem).ok_or("it holds no certificate in PEM")?;
        Ok(Some(Self::of(&certificate)))
    }

    pub(super) fn of(certificate: &Certificate) -> Self {
        Self { day: certificate.last_day(), left: certificate.remaining(&clock::now()) }
    }

    /// Of its secret or key, by `credential_expires`.
    pub(super) fn of_credential(profile: &Profile) -> Result<Option<Self>, Error> {
        let Some(day) = profile.text("credential_expires")? else { return Ok(None) };
        let end = clock::end_of_day(&day).unwrap_or_default();
        let left = Duration::from_millis(end.saturating_sub(clock::now().wall_ms));
        Ok(Some(Self { day, left }))
    }
}

pub(super) fn when_expired(day: &str, left: Duration) -> String {
    match rough(left) {
        None => format!("expired on {day}"),
        Some(rest) => format!("expires on {day} (in {rest})"),
    }
}
