//! A cache that machines share, behind the one on disk: a Redis or Valkey server. The machines of one account share a token
//! through it as processes share it through the disk. It holds sealed records only, and it is never the reason of an
//! error: if it cannot be used, the call goes on without it.

mod address;
mod claim;
mod guard;
mod line;
mod link;
mod note;
mod sealed;
mod session;

use std::io;
use std::path::{Path, PathBuf};

use super::{CachedToken, Claim, Disk, Guard, Record, Store, Taken, Turn};
use crate::clock;
use crate::deadline::Deadline;
use crate::log::Log;
use crate::profile::Profile;
use crate::random;
use crate::text::hex;
use address::Address;
use claim::{claim, is_answered, lock_life};
use guard::SharedGuard;
use line::{Line, Purpose};
use link::Link;
pub use note::LastUse;
use sealed::Keys;
use session::{Session, Stored};

pub struct Shared<'a> {
    disk: Disk,
    directory: PathBuf,
    profile: &'a Profile,
    identity: String,
    log: &'a Log,
}

/// What is known of a profile's shared cache without asking it.
pub struct SharedState {
    /// Its URL without user and password; `None` if the profile's is no such URL.
    pub address: Option<String>,
    /// Why it is not used, if so. With an address: no record of the profile can be sealed.
    pub unusable: Option<String>,
    pub last: Option<LastUse>,
}

impl<'a> Shared<'a> {
    pub fn new(directory: &Path, identity: String, profile: &'a Profile, log: &'a Log) -> Self {
        let disk = Disk::new(directory, identity.clone());
        Self { disk, directory: directory.into(), profile, identity, log }
    }

    /// What is known of the shared cache without asking it. No command is run.
    pub fn state(&self) -> SharedState {
        let address = self.address();
        let unusable = address.as_ref().err().cloned().or_else(|| self.profile.cannot_seal());
        let address = address.ok().map(|address| address.to_string());
        let last = address.as_ref().and_then(|address| note::last_use(&self.directory, address));
        SharedState { address, unusable, last }
    }

    /// Does in the shared cache what a call that requests a token does, with records of its own. The error says what the
    /// server does not do.
    pub fn probe(&self, deadline: &Deadline) -> Result<(), String> {
        let address = self.address()?;
        let keys = Keys::derive(&self.profile.sealing_secrets(deadline.attempt())?, &self.identity, &address.prefix)?;
        let budget = deadline.shared_cache();
        let mut session = Session::connect(&address, self.profile.ca_file(), budget)?;
        let (lock, name) = (format!("{}-probe", keys.lock), format!("{}-probe", keys.refusal));
        let ticket = hex(&random::bytes::<16>());
        session.lock((&lock, &ticket), budget, &keys.names())?;
        session
            .put(&Stored { name: name.clone(), value: ticket.clone().into_bytes(), life: budget }, (&lock, &ticket))?;
        session.remove_if(&lock, ticket.as_bytes())?;
        session.remove(&[name]).map(drop)
    }

    fn address(&self) -> Result<Address, String> {
        let url = self.profile.shared_cache().map_err(|error| error.text)?;
        Address::parse(url.reveal()).map_err(|what| format!("the URL of the shared cache {what}"))
    }

    /// The connection, unless it failed a short while ago.
    fn line(&self, deadline: &Deadline, purpose: Purpose) -> Option<Line<'_>> {
        match self.address() {
            Ok(address) => {
                let ca_file = self.profile.ca_file().map(Path::to_owned);
                Line::new(address, ca_file, self.directory.clone(), deadline, purpose, self.log)
            }
            // A wrong URL stays wrong until its user corrects it.
            Err(trouble) => {
                self.log.warn(not_used(&trouble));
                None
            }
        }
    }

    fn link(&self, deadline: &Deadline, purpose: Purpose) -> Option<Link<'_>> {
        if let Some(why) = self.profile.cannot_seal() {
            self.log.say(not_used(&why));
            return None;
        }
        let line = self.line(deadline, purpose)?;
        let secrets = self.profile.sealing_secrets(deadline.attempt().min(deadline.remaining()));
        match secrets.and_then(|secrets| Keys::derive(&secrets, &self.identity, line.prefix())) {
            Ok(keys) => Some(Link::new(line, keys, self.profile)),
            Err(trouble) => {
                line.fail(&trouble);
                None
            }
        }
    }

    /// Whether the shared cache has what answers a call. That is kept on disk.
    fn look(&self, deadline: &Deadline, purpose: Purpose, is_answer: &mut dyn FnMut(&Record) -> bool) -> bool {
        self.link(deadline, purpose).is_some_and(|mut link| {
            let seen = link.look();
            let disk = seen.as_ref().and_then(|_| self.disk.try_claim(deadline));
            seen.zip(disk).is_some_and(|(seen, disk)| is_answered(&*disk, &link, &seen, is_answer))
        })
    }
}

fn not_used(trouble: &str) -> String {
    format!("the shared cache is not used: {trouble}")
}

impl Store for Shared<'_> {
    fn digest(&self) -> &str {
        self.disk.digest()
    }

    fn load(&self) -> Record {
        self.disk.load()
    }

    fn trouble(&self) -> Option<String> {
        self.disk.trouble()
    }

    fn claim(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Claim<'_> {
        match self.disk.claim(deadline, is_answer) {
            Claim::Mine(disk) => match self.link(deadline, Purpose::Use) {
                Some(link) => claim(disk, link, deadline, is_answer),
                None => Claim::Mine(disk),
            },
            other => other,
        }
    }

    /// A user is not asked for what another machine makes unnecessary.
    fn claim_turn(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Option<Turn> {
        let turn = self.disk.claim_turn(deadline, is_answer)?;
        (!self.look(deadline, Purpose::Use, is_answer)).then_some(turn)
    }

    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard + '_>> {
        let disk = self.disk.try_claim(deadline)?;
        let Some(mut link) = self.link(deadline, Purpose::Use) else { return Some(disk) };
        let Some((is_locked, seen)) = link.lock(lock_life(deadline)) else { return Some(disk) };
        let offer = link.offer(&seen, &disk.load());
        let is_newer = offer.has_token() && disk.save(&|record| offer.add_to(record)).is_ok();
        match (is_locked, is_newer) {
            (true, _) => Some(Box::new(SharedGuard::new(disk, link, seen))),
            (false, true) => Some(disk),
            (false, false) => None,
        }
    }

    fn fetch(&self, deadline: &Deadline) {
        if self.disk.load().token.is_none_or(|token| token.has_expired(&clock::now())) {
            self.look(deadline, Purpose::Remove, &mut |record| record.token.is_some());
        }
    }

    /// The record on disk knows the names of the shared ones. Without it, the profile's secrets tell them.
    fn forget(&self, deadline: &Deadline) -> io::Result<Option<bool>> {
        let copy = self.disk.load().shared;
        let had_token = self.disk.forget(deadline)?;
        let was_shared = match copy {
            Some(copy) => self.line(deadline, Purpose::Remove).is_some_and(|mut line| line.remove(&copy.records)),
            None => self.link(deadline, Purpose::Remove).is_some_and(|mut link| link.remove()),
        };
        Ok(had_token.map(|had_token| had_token || was_shared))
    }

    /// A machine with an empty disk may reject a token that an earlier one with the same work got.
    fn drop_token(&self, deadline: &Deadline, is_rejected: &dyn Fn(&CachedToken) -> bool) -> io::Result<bool> {
        let is_empty = self.disk.load().token.is_none();
        let taken = self.take_token(deadline, is_rejected)?;
        if is_empty && let Some(mut link) = self.link(deadline, Purpose::Remove) {
            link.remove_tokens(is_rejected);
        }
        Ok(!matches!(taken, Taken::Locked))
    }

    /// Of the shared records only this token's is removed: a thousand machines that reject it late must not drop the next
    /// one.
    fn take_token(&self, deadline: &Deadline, is_meant: &dyn Fn(&CachedToken) -> bool) -> io::Result<Taken<'_>> {
        let record = self.disk.load();
        let copy = record.shared.filter(|_| record.token.as_ref().is_some_and(is_meant));
        let taken = self.disk.take_token(deadline, is_meant)?;
        if let Some((copy, mut line)) = copy.and_then(|copy| Some((copy, self.line(deadline, Purpose::Remove)?))) {
            line.remove_copy(&copy);
        }
        Ok(taken)
    }
}
