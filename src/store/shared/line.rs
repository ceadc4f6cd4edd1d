//! The connection of a call to a shared cache. The first failure ends it, and is noted for the next calls.

use std::path::PathBuf;
use std::time::Duration;

use super::address::Address;
use super::note::{self, last_use};
use super::session::Session;
use crate::clock;
use crate::deadline::Deadline;
use crate::log::Log;
use crate::store::SharedCopy;

/// Why a call uses a shared cache.
#[derive(Clone, Copy)]
pub(super) enum Purpose {
    /// For a token. If it fails, the call goes on without it.
    Use,
    /// To remove a token. If it fails, the user is told, since other machines may still get the token.
    Remove,
}

pub(super) struct Line<'a> {
    address: Address,
    /// CAs that are trusted besides the system's.
    ca_file: Option<PathBuf>,
    /// Where its last use is noted.
    directory: PathBuf,
    budget: Duration,
    purpose: Purpose,
    log: &'a Log,
    state: State,
}

enum State {
    New,
    Connected(Session),
    Failed,
}

impl<'a> Line<'a> {
    /// `None`: it failed a short while ago, and is not asked.
    pub(super) fn new(
        address: Address,
        ca_file: Option<PathBuf>,
        directory: PathBuf,
        deadline: &Deadline,
        purpose: Purpose,
        log: &'a Log,
    ) -> Option<Self> {
        let pause = match purpose {
            Purpose::Use => note::PAUSE,
            // A removal ignores failures from before this call. After one in this call it is not tried again, so that the
            // user is told once.
            Purpose::Remove => deadline.elapsed(),
        };
        if last_use(&directory, &address.to_string()).is_some_and(|last| last.has_failed_within(pause, &clock::now())) {
            log.say(format!("{address} is not asked: it failed a short while ago"));
            return None;
        }
        let budget = deadline.shared_cache();
        Some(Self { address, ca_file, directory, budget, purpose, log, state: State::New })
    }

    /// What the names of its keys begin with.
    pub(super) fn prefix(&self) -> &str {
        &self.address.prefix
    }

    /// Talks to the server. `None`: that failed, now or before.
    pub(super) fn talk<T>(&mut self, conversation: impl FnOnce(&mut Session) -> Result<T, String>) -> Option<T> {
        let is_new = matches!(self.state, State::New);
        let session = match std::mem::replace(&mut self.state, State::Failed) {
            State::Failed => return None,
            State::Connected(session) => Ok(session),
            State::New => Session::connect(&self.address, self.ca_file.as_deref(), self.budget),
        };
        let outcome = session.and_then(|mut session| Ok((conversation(&mut session)?, session)));
        match outcome {
            Ok((answer, session)) => {
                self.state = State::Connected(session);
                if is_new {
                    self.note(None);
                }
                Some(answer)
            }
            Err(trouble) => {
                self.fail(&trouble);
                self.note(Some(&trouble));
                None
            }
        }
    }

    /// Says that it cannot be used.
    pub(super) fn fail(&self, trouble: &str) {
        match self.purpose {
            Purpose::Use => self.log.say(format!("{} is not used: {trouble}", self.address)),
            Purpose::Remove => {
                self.log.warn_always(format!("{} may still have the token: {trouble}", self.address));
            }
        }
    }

    fn note(&self, trouble: Option<&str>) {
        let _ = note::note(&self.directory, &self.address.to_string(), trouble);
    }

    /// Sets the time for the next answers, after a wait for another machine.
    pub(super) fn renew(&mut self, time: Duration) {
        if let State::Connected(session) = &mut self.state {
            session.renew(time);
        }
    }

    /// Removes the record of this token, unless another has replaced it.
    pub(super) fn remove_copy(&mut self, copy: &SharedCopy) {
        self.talk(|session| session.remove_if(&copy.token, &copy.mark));
    }

    /// Removes records. Whether there was one.
    pub(super) fn remove(&mut self, names: &[String]) -> bool {
        self.talk(|session| session.remove(names)).unwrap_or(false)
    }

    pub(super) fn say(&self, line: &str) {
        self.log.say(format!("{}: {line}", self.address));
    }
}
