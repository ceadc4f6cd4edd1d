//! One attempt to get a token.

use std::time::{Duration, Instant};

use crate::error::Error;
use crate::host::Origin;
use crate::http::{Endpoint, Http};
use crate::log::Log;
use crate::profile::Profile;
use crate::token::Choice;

pub struct Attempt<'a> {
    pub profile: &'a Profile,
    /// When the attempt must end, including secret commands, signing and retries.
    pub end: Instant,
    /// The limit of the whole call, for messages.
    pub timeout: Duration,
    /// Whether a caller waits for the token: then requests are retried and the user may be asked.
    pub awaited: bool,
    /// Which value of each rotated key the endpoint accepted the last time.
    pub choices: &'a [Choice],
    /// The audience of a client's JWT, where it is not that of the profile.
    pub audience: Option<&'a str>,
    pub log: &'a Log,
}

impl Attempt<'_> {
    pub fn remaining(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    pub(super) fn text(&self, key: &str) -> Result<String, Error> {
        self.profile.required_text(key)
    }

    /// The client for requests of this attempt.
    pub(super) fn http<'b>(&'b self, origin: &'b Origin, endpoint: &'static Endpoint) -> Http<'b> {
        let Attempt { profile, end, timeout, awaited, log, .. } = *self;
        let ca_file = profile.ca_file().map(Into::into);
        Http { origin, endpoint, ca_file, end, timeout, retries: awaited, is_written: profile.place.is_written(), log }
    }
}
