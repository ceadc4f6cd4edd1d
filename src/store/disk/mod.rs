//! The store on disk: one record and two lock files for each identity, in a directory that only its owner can write to.

mod guard;
mod lock;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{SHA256, digest};

use super::record::Record;
use super::{Claim, Guard, Store};
use crate::deadline::Deadline;
use crate::random;
use crate::sys::{self, PrivateDir};
use crate::text::hex;
use guard::DiskGuard;
use lock::{Attempt, Held, Slots};

/// The pauses between two looks while another process requests a token.
const PAUSE: (Duration, Duration) = (Duration::from_millis(3), Duration::from_millis(60));

/// The record of one identity.
pub(super) struct Disk {
    directory: PathBuf,
    key: Key,
}

/// An identity, and the common stem of its files: the identity's SHA-256.
#[derive(Clone)]
struct Key {
    identity: String,
    stem: String,
}

impl Key {
    fn record_name(&self) -> String {
        format!("{}.json", self.stem)
    }

    fn load(&self, directory: &PrivateDir) -> Record {
        let bytes = directory.read(&self.record_name()).ok().flatten().unwrap_or_default();
        // A corrupt record, or one of another version or identity, is a miss: it costs one exchange.
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.is_for(&self.identity) => record,
            _ => Record::empty(&self.identity),
        }
    }
}

impl Disk {
    /// The store of this identity in a directory, which need not exist yet.
    pub(super) fn new(directory: &Path, identity: String) -> Self {
        let stem = hex(digest(&SHA256, identity.as_bytes()).as_ref());
        Self { directory: directory.into(), key: Key { identity, stem } }
    }

    /// The lock is held. Is a token still needed, and is there time for an attempt?
    fn settle(
        &self,
        directory: PrivateDir,
        held: Held,
        deadline: &Deadline,
        is_answer: &mut dyn FnMut(&Record) -> bool,
    ) -> Claim {
        // Another process may have saved an answer between the look and the lock.
        if is_answer(&self.key.load(&directory)) {
            Claim::Answered
        } else if deadline.remaining() < deadline.least_attempt() {
            Claim::TooLate
        } else {
            Claim::Mine(Box::new(DiskGuard::new(&self.key, directory, held, deadline)))
        }
    }
}

impl Store for Disk {
    fn digest(&self) -> &str {
        &self.key.stem
    }

    fn load(&self) -> Record {
        match PrivateDir::open(&self.directory) {
            Ok(directory) => self.key.load(&directory),
            Err(_) => Record::empty(&self.key.identity),
        }
    }

    fn trouble(&self) -> Option<String> {
        let error = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => sys::check_can_create(&self.directory).err(),
            opened => opened.err(),
        };
        error.map(|error| format!("{} cannot be used as a cache: {error}", self.directory.display()))
    }

    fn claim(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Claim {
        let directory = match PrivateDir::create(&self.directory) {
            Ok(directory) => directory,
            Err(error) => return Claim::Mine(Box::new(DiskGuard::without_store(error, deadline))),
        };
        let mut slots = Slots::new(&self.key.stem);
        let mut pause = PAUSE.0;
        loop {
            if is_answer(&self.key.load(&directory)) {
                return Claim::Answered;
            }
            match slots.attempt_either(&directory, deadline.takeover()) {
                Attempt::Got(held) => return self.settle(directory, held, deadline, is_answer),
                Attempt::Refused => {
                    return self.settle(directory, Held::unlocked(&self.key.stem), deadline, is_answer);
                }
                Attempt::Busy if deadline.remaining().is_zero() => return Claim::TooLate,
                Attempt::Busy => {}
            }
            std::thread::sleep(random::between(pause / 2, pause).min(deadline.remaining()));
            pause = (pause * 3 / 2).min(PAUSE.1);
        }
    }

    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard>> {
        let directory = PrivateDir::create(&self.directory).ok()?;
        match Slots::new(&self.key.stem).attempt(&directory, deadline.takeover()) {
            Attempt::Got(held) => Some(Box::new(DiskGuard::new(&self.key, directory, held, deadline))),
            Attempt::Busy | Attempt::Refused => None,
        }
    }

    fn forget(&self, deadline: &Deadline) -> io::Result<bool> {
        let directory = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            opened => opened?,
        };
        // With the lock held, so that a token that is being requested now is removed as well.
        let Claim::Mine(_guard) = self.claim(deadline, &mut |_| false) else { return Ok(false) };
        for name in directory.names()? {
            // The record, and what killed processes left beside it.
            if name.strip_prefix(&self.key.stem).is_some_and(|end| end == ".json" || end.starts_with(".tmp")) {
                directory.remove(&name)?;
            }
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests;
