//! A cache that machines share, behind the one on disk: a Redis or Valkey server. The machines of one account share a token
//! through it as processes share it through the disk. It holds sealed records only, and it is never the reason of an
//! error: if it cannot be used, the call goes on without it.

mod address;
mod guard;
mod line;
mod link;
mod note;
mod sealed;
mod session;

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::{CachedToken, Claim, Disk, Guard, Record, Store, Taken, Turn};
use crate::deadline::Deadline;
use crate::log::Log;
use crate::profile::Profile;
use crate::random;
use crate::text::hex;
use address::Address;
use guard::SharedGuard;
use line::Line;
use link::Link;
pub use note::LastUse;
use sealed::Keys;
use session::{Entry, Seen, Session};

/// The shortest and longest pause before a waiter looks again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(250));

/// The life of the lock of a call with the usual limit of time.
const LONGEST_LOCK: Duration = Duration::from_millis(4_300);

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
        let mut session = Session::connect(&address, self.profile.source_file("ca_file", 0), budget)?;
        let (lock, name) = (format!("{}-probe", keys.lock), format!("{}-probe", keys.refusal));
        let ticket = hex(&random::bytes::<16>());
        session.lock((&lock, &ticket), budget, &keys.names())?;
        session
            .put(&Entry { name: name.clone(), value: ticket.clone().into_bytes(), life: budget }, (&lock, &ticket))?;
        session.remove_if(&lock, ticket.as_bytes())?;
        session.remove(&[name])
    }

    fn address(&self) -> Result<Address, String> {
        let url = self.profile.shared_cache().map_err(|error| error.text)?;
        Address::parse(url.reveal()).map_err(|what| format!("the URL of the shared cache {what}"))
    }

    /// The connection, unless it failed a short while ago.
    fn line(&self, deadline: &Deadline) -> Option<Line<'_>> {
        match self.address() {
            Ok(address) => {
                let ca_file = self.profile.source_file("ca_file", 0).map(Path::to_owned);
                Line::new(address, ca_file, self.directory.clone(), deadline.shared_cache(), self.log)
            }
            // A wrong URL stays wrong until its user corrects it.
            Err(trouble) => {
                self.log.warn(not_used(&trouble));
                None
            }
        }
    }

    fn link(&self, deadline: &Deadline) -> Option<Link<'_>> {
        let line = self.line(deadline)?;
        let secrets = self.profile.sealing_secrets(deadline.attempt().min(deadline.remaining()));
        match secrets.and_then(|secrets| Keys::derive(&secrets, &self.identity, line.prefix())) {
            Ok(keys) => Some(Link::new(line, keys, self.profile)),
            Err(trouble) => {
                self.log.say(not_used(&trouble));
                None
            }
        }
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
            Claim::Mine(disk) => match self.link(deadline) {
                Some(link) => claim(disk, link, deadline, is_answer),
                None => Claim::Mine(disk),
            },
            other => other,
        }
    }

    /// A user is not asked for what another machine makes unnecessary.
    fn claim_turn(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Option<Turn> {
        let turn = self.disk.claim_turn(deadline, is_answer)?;
        let is_answered = self.link(deadline).is_some_and(|mut link| {
            let seen = link.look();
            let disk = seen.as_ref().and_then(|_| self.disk.try_claim(deadline));
            seen.zip(disk).is_some_and(|(seen, disk)| is_answered(&*disk, &link, &seen, is_answer))
        });
        (!is_answered).then_some(turn)
    }

    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard + '_>> {
        let disk = self.disk.try_claim(deadline)?;
        let Some(mut link) = self.link(deadline) else { return Some(disk) };
        let Some((is_locked, seen)) = link.lock(lock_life(deadline)) else { return Some(disk) };
        let offer = link.offer(&seen, &disk.load());
        let is_newer = offer.has_token() && disk.save(&|record| offer.add_to(record)).is_ok();
        match (is_locked, is_newer) {
            (true, _) => Some(Box::new(SharedGuard::new(disk, link, seen))),
            (false, true) => Some(disk),
            (false, false) => None,
        }
    }

    /// The record on disk knows where its token is shared. Without one, the profile's secret tells it.
    fn forget(&self, deadline: &Deadline) -> io::Result<bool> {
        let copy = self.disk.load().shared;
        let is_forgotten = self.disk.forget(deadline)?;
        if let Some(copy) = copy {
            self.line(deadline)
                .into_iter()
                .for_each(|mut line| line.remove(&[copy.token.clone(), copy.refusal.clone()]));
        } else if let Some(Link { mut line, keys, .. }) = self.link(deadline) {
            line.remove(&keys.records());
        }
        Ok(is_forgotten)
    }

    /// Of the shared records only this token's is removed: a thousand machines that reject it late must not drop the next
    /// one.
    fn take_token(&self, deadline: &Deadline, is_meant: &dyn Fn(&CachedToken) -> bool) -> io::Result<Taken<'_>> {
        let record = self.disk.load();
        let copy = record.shared.filter(|_| record.token.as_ref().is_some_and(is_meant));
        let taken = self.disk.take_token(deadline, is_meant)?;
        if let Some((copy, mut line)) = copy.and_then(|copy| Some((copy, self.line(deadline)?))) {
            line.remove_copy(&copy);
        }
        Ok(taken)
    }
}

/// How long the lock lasts if its holder is killed. A call with a long limit of time must not lock all others out for as
/// long: two exchanges do no harm.
fn lock_life(deadline: &Deadline) -> Duration {
    deadline.takeover().min(LONGEST_LOCK)
}

/// The process that locked the shared cache, as another one sees it.
#[derive(Default)]
struct Holder {
    ticket: Option<Vec<u8>>,
    since: Option<Instant>,
}

impl Holder {
    fn see(&mut self, seen: &Seen) {
        let ticket = seen.values.last().cloned().flatten();
        if self.since.is_none() || self.ticket != ticket {
            *self = Self { ticket, since: Some(Instant::now()) };
        }
    }

    /// Whether a call goes on alone, so that it has the time for an attempt of its own. A holder that has just taken over
    /// from one that was killed gets a little more.
    fn is_waited_for_enough(&self, deadline: &Deadline) -> bool {
        let left = deadline.remaining();
        let has_had_its_time = self.since.is_none_or(|since| since.elapsed() >= deadline.attempt());
        left < deadline.refresh_attempt() || (left < deadline.attempt() && has_had_its_time)
    }
}

/// Claims for all machines, with the lock on disk held. Without the shared cache the latter is enough.
fn claim<'a>(
    mut disk: Box<dyn Guard + 'a>,
    mut link: Link<'a>,
    deadline: &Deadline,
    is_answer: &mut dyn FnMut(&Record) -> bool,
) -> Claim<'a> {
    let Some(seen) = link.look() else { return Claim::Mine(disk) };
    if is_answered(&*disk, &link, &seen, is_answer) {
        return Claim::Answered;
    }
    let mut holder = Holder::default();
    loop {
        let Some((is_locked, seen)) = link.lock(lock_life(deadline)) else { return Claim::Mine(disk) };
        // Another machine may have shared an answer just before.
        if is_answered(&*disk, &link, &seen, is_answer) {
            if is_locked {
                link.release();
            }
            return Claim::Answered;
        }
        if is_locked {
            return Claim::Mine(Box::new(SharedGuard::new(disk, link, seen)));
        }
        holder.see(&seen);
        if holder.is_waited_for_enough(deadline) {
            link.line.say("not waiting any longer for another machine");
            return Claim::Mine(disk);
        }
        std::thread::sleep(random::between(PAUSE.0, PAUSE.1));
        disk.renew(deadline);
        link.line.renew();
    }
}

/// Whether the shared cache answers the call. Then the answer is kept on disk for the next ones.
fn is_answered(disk: &dyn Guard, link: &Link, seen: &Seen, is_answer: &mut dyn FnMut(&Record) -> bool) -> bool {
    let mut record = disk.load();
    let offer = link.offer(seen, &record);
    offer.add_to(&mut record);
    let is_answered = !offer.is_empty() && is_answer(&record);
    if is_answered {
        link.line.say("taken from the shared cache");
        // Without the record the next call asks the shared cache again.
        let _ = disk.save(&|record| offer.add_to(record));
    }
    is_answered
}
