//! What a call does in a shared cache: it looks for an answer, locks, and keeps the outcome of its attempt.

use std::time::Duration;

use super::line::Line;
use super::sealed::{Keys, Offer};
use super::session::{Seen, Stored};
use crate::profile::Profile;
use crate::random;
use crate::store::{CachedToken, Record};
use crate::text::hex;

pub(super) struct Link<'a> {
    pub(super) line: Line<'a>,
    pub(super) keys: Keys,
    profile: &'a Profile,
    /// The value of this process's lock.
    ticket: String,
}

impl<'a> Link<'a> {
    pub(super) fn new(line: Line<'a>, keys: Keys, profile: &'a Profile) -> Self {
        Self { line, keys, profile, ticket: hex(&random::bytes::<16>()) }
    }

    pub(super) fn look(&mut self) -> Option<Seen> {
        self.line.say("looking for a token");
        let names = self.keys.names();
        self.line.talk(|session| session.look(&names))
    }

    /// Tries to lock for this time, and looks. Whether this process has the lock.
    pub(super) fn lock(&mut self, life: Duration) -> Option<(bool, Seen)> {
        let names = self.keys.names();
        self.line.talk(|session| session.lock((&self.keys.lock, &self.ticket), life, &names))
    }

    pub(super) fn offer(&self, seen: &Seen, record: &Record) -> Offer {
        self.keys.offer(seen, record, self.profile)
    }

    /// Keeps a record, and releases the lock.
    pub(super) fn put(&mut self, entry: &Stored) {
        self.line.talk(|session| session.put(entry, (&self.keys.lock, &self.ticket)));
    }

    /// Where an ACL denies scripts, the lock ends by itself: that is no failure.
    pub(super) fn release(&mut self) {
        self.line.talk(|session| {
            let _ = session.remove_if(&self.keys.lock, self.ticket.as_bytes());
            Ok(())
        });
    }

    /// Removes all records of the profile. Whether there was a token.
    pub(super) fn remove(&mut self) -> bool {
        let had_token = self.line.remove(&self.keys.tokens());
        self.line.remove(std::slice::from_ref(&self.keys.refusal));
        had_token
    }

    /// Removes the records of these tokens.
    pub(super) fn remove_tokens(&mut self, is_meant: &dyn Fn(&CachedToken) -> bool) {
        for copy in self.look().iter().flat_map(|seen| self.keys.copies(seen, is_meant)).collect::<Vec<_>>() {
            self.line.remove_copy(&copy);
        }
    }
}
