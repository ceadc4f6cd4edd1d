//! The store on disk: one record and two lock files for each identity, in a directory that is ours alone.

mod forget;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{SHA256, digest};

use super::Claim;
use super::lock::{Attempt, Held, Slots};
use super::record::Record;
use crate::clock::{self, Moment};
use crate::deadline::Deadline;
use crate::random;
use crate::sys::{self, PrivateDir};
use crate::text::hex;

/// What a record takes, with some to spare.
const ROOM: usize = 4096;

/// The pauses between two looks while another process mints.
const PAUSE: (Duration, Duration) = (Duration::from_millis(3), Duration::from_millis(60));

/// The records of one identity.
pub struct Disk {
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
        // Corrupt, of another version or somebody else's: a miss, which costs one exchange.
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.is_for(&self.identity) => record,
            _ => Record::empty(&self.identity),
        }
    }
}

impl Disk {
    /// The place of this identity below a directory, which need not be there yet.
    #[must_use]
    pub fn new(directory: &Path, identity: String) -> Self {
        let stem = hex(digest(&SHA256, identity.as_bytes()).as_ref());
        Self { directory: directory.into(), key: Key { identity, stem } }
    }

    /// The identity's digest in hexadecimal.
    #[must_use]
    pub fn digest(&self) -> &str {
        &self.key.stem
    }

    /// The record, an empty one where there is none that can be used. Takes no lock and writes nothing.
    #[must_use]
    pub fn load(&self) -> Record {
        match PrivateDir::open(&self.directory) {
            Ok(directory) => self.key.load(&directory),
            Err(_) => Record::empty(&self.key.identity),
        }
    }

    /// Why nothing can be kept there; `None` where it can.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let error = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => sys::check_can_create(&self.directory).err(),
            opened => opened.err(),
        };
        error.map(|error| format!("{} cannot be used as a cache: {error}", self.directory.display()))
    }

    /// Waits until this process may mint, or somebody else has answered the call. `look` says whether a record
    /// is an answer; it sees every record that appears meanwhile.
    pub fn claim<T>(&self, deadline: &Deadline, look: impl Fn(&Record) -> Option<T>) -> Claim<T> {
        let directory = match PrivateDir::create(&self.directory) {
            Ok(directory) => directory,
            Err(error) => return Claim::Mine(Guard::without_store(error, deadline).into()),
        };
        let mut slots = Slots::new(&self.key.stem);
        let mut pause = PAUSE.0;
        loop {
            if let Some(answer) = look(&self.key.load(&directory)) {
                return Claim::Answered(answer);
            }
            match slots.attempt_either(&directory, deadline.takeover()) {
                Attempt::Got(held) => return self.settle(directory, held, deadline, look),
                Attempt::Refused => return self.settle(directory, Held::unlocked(&self.key.stem), deadline, look),
                Attempt::Busy if deadline.remaining().is_zero() => return Claim::TooLate,
                Attempt::Busy => {}
            }
            std::thread::sleep(random::between(pause / 2, pause).min(deadline.remaining()));
            pause = (pause * 3 / 2).min(PAUSE.1);
        }
    }

    /// The lock was got. Is there still something to do, and the time for it?
    fn settle<T>(
        &self,
        directory: PrivateDir,
        held: Held,
        deadline: &Deadline,
        look: impl Fn(&Record) -> Option<T>,
    ) -> Claim<T> {
        // Somebody may have answered between the look and the lock.
        match look(&self.key.load(&directory)) {
            Some(answer) => Claim::Answered(answer),
            None if deadline.remaining() < deadline.least_attempt() => Claim::TooLate,
            None => Claim::Mine(Guard::new(&self.key, directory, held, deadline).into()),
        }
    }

    /// Becomes the one that mints if nobody else is; never waits.
    #[must_use]
    pub fn try_claim(&self, deadline: &Deadline) -> Option<Guard> {
        let directory = PrivateDir::create(&self.directory).ok()?;
        match Slots::new(&self.key.stem).attempt(&directory, deadline.takeover()) {
            Attempt::Got(held) => Some(Guard::new(&self.key, directory, held, deadline)),
            Attempt::Busy | Attempt::Refused => None,
        }
    }
}

/// The right to mint, and to save what came of it. Given back when it is dropped.
pub struct Guard {
    at: io::Result<At>,
    taken: Moment,
    /// How long after that others may have gone on without this process.
    takeover: Duration,
}

/// Where a guard saves.
struct At {
    directory: PrivateDir,
    key: Key,
    held: Held,
}

/// What became of a record that was to be saved.
#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is there.
    Yes,
    /// Others went on without this process, which was stopped meanwhile: nothing was written.
    Overtaken,
}

impl Guard {
    fn new(key: &Key, directory: PrivateDir, held: Held, deadline: &Deadline) -> Self {
        let taken = held.since.clone();
        // Where nothing can be saved, the lock would only make everyone wait for a token that they never see.
        let room = if held.is_lock() { directory.write_new(&held.temporary, &[b' '; ROOM]) } else { Ok(()) };
        let at = room.map(|()| At { directory, key: key.clone(), held });
        Self { at, taken, takeover: deadline.takeover() }
    }

    /// There is no directory of ours to keep anything in: minting goes on all the same.
    fn without_store(error: io::Error, deadline: &Deadline) -> Self {
        Self { at: Err(error), taken: clock::now(), takeover: deadline.takeover() }
    }

    /// The record as it is now.
    #[must_use]
    pub fn load(&self) -> Record {
        match &self.at {
            Ok(at) => at.load(),
            Err(_) => Record::empty(""),
        }
    }

    /// Whether others may have gone on without this process, which was stopped meanwhile.
    #[must_use]
    pub fn is_late(&self) -> bool {
        // By the clock that nobody can set: where the other one jumps, nobody is late.
        self.taken.elapsed() >= self.takeover
    }

    /// Changes the record, unless others went on meanwhile: past the takeover age, or beside a newer token.
    pub fn save(&self, change: impl FnOnce(&mut Record)) -> io::Result<Saved> {
        let at = self.at.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let mut record = at.load();
        if self.is_overtaken(&record) {
            return Ok(Saved::Overtaken);
        }
        change(&mut record);
        let bytes = serde_json::to_vec(&record)?;
        for _ in 0..2 {
            at.directory.write_new(&at.held.temporary, &bytes)?;
            // Should this process be stopped from here on, whoever takes over does the same to it: its file is gone,
            // and it puts no older record over a newer one when it wakes.
            if let Some(of_other) = &at.held.of_other {
                at.directory.remove(of_other)?;
            }
            if self.is_overtaken(&at.load()) {
                break;
            }
            match at.directory.rename(&at.held.temporary, &at.key.record_name()) {
                // One that had taken over from another holder, and woke late itself, meant that one's file.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                renamed => return renamed.map(|()| Saved::Yes),
            }
        }
        Ok(Saved::Overtaken)
    }

    fn is_overtaken(&self, record: &Record) -> bool {
        let now = clock::now();
        let is_superseded = record.token.as_ref().is_some_and(|token| token.minted.is_between(&self.taken, &now));
        is_superseded || self.is_late()
    }
}

impl At {
    fn load(&self) -> Record {
        self.key.load(&self.directory)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Ok(at) = &self.at {
            // Gone already where a record was saved.
            let _ = at.directory.remove(&at.held.temporary);
        }
    }
}

#[cfg(test)]
mod tests;
