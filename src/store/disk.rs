//! The store on disk: one record and two lock files for each identity, in a directory that is ours alone.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ring::digest::{SHA256, digest};

use super::Claim;
use super::lock::{Attempt, Slot};
use super::record::Record;
use crate::clock::{self, Moment};
use crate::deadline::Deadline;
use crate::hex::hex;
use crate::private_file::PrivateDir;
use crate::random;

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
        let record = serde_json::from_slice::<Record>(&bytes).ok().filter(|record| record.is_for(&self.identity));
        record.unwrap_or_else(|| Record::empty(&self.identity))
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
    pub fn stem(&self) -> &str {
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

    /// Waits until this process may mint, or somebody else has answered the call. `look` says whether a record
    /// is an answer; it sees every record that appears meanwhile.
    pub fn claim<T>(&self, deadline: &Deadline, look: impl Fn(&Record) -> Option<T>) -> Claim<T> {
        let Ok(directory) = PrivateDir::create(&self.directory) else {
            return Claim::Mine(Guard::without_store());
        };
        let mut first = Slot::new(format!("{}.lock", self.key.stem));
        let mut second = Slot::new(format!("{}.lock2", self.key.stem));
        let mut pause = PAUSE.0;
        loop {
            if let Some(answer) = look(&self.key.load(&directory)) {
                return Claim::Answered(answer);
            }
            let mut attempt = (first.attempt(&directory), 1);
            if matches!(attempt.0, Attempt::Busy) && first.is_silent(deadline.takeover(), deadline.takeover_notice()) {
                attempt = (second.attempt(&directory), 2);
            }
            let lock_file = match attempt.0 {
                Attempt::Got(file) => Some(file),
                Attempt::Refused => None,
                Attempt::Busy if deadline.remaining().is_zero() => return Claim::TooLate,
                Attempt::Busy => {
                    std::thread::sleep(random::between(pause / 2, pause).min(deadline.remaining()));
                    pause = (pause * 3 / 2).min(PAUSE.1);
                    continue;
                }
            };
            let guard = Guard::new(&self.key, directory, lock_file, attempt.1);
            // Somebody may have answered between the look and the lock.
            return match look(&guard.load()) {
                Some(answer) => Claim::Answered(answer),
                None if deadline.remaining() < deadline.least_attempt() => Claim::TooLate,
                None => Claim::Mine(guard),
            };
        }
    }

    /// Becomes the one that mints if nobody else is; never waits.
    #[must_use]
    pub fn try_claim(&self) -> Option<Guard> {
        let directory = PrivateDir::create(&self.directory).ok()?;
        let mut slot = Slot::new(format!("{}.lock", self.key.stem));
        match slot.attempt(&directory) {
            Attempt::Got(lock) => Some(Guard::new(&self.key, directory, Some(lock), 1)),
            Attempt::Busy | Attempt::Refused => None,
        }
    }
}

/// The right to mint, and to save what came of it. Given back when it is dropped.
pub struct Guard {
    at: Option<(PrivateDir, Key)>,
    _lock: Option<std::fs::File>,
    temporary: String,
    taken: Moment,
}

impl Guard {
    fn new(key: &Key, directory: PrivateDir, lock: Option<std::fs::File>, slot: u8) -> Self {
        // A slot's holder is alone with its temporary file, and clears away what a killed one left there.
        let owner = if lock.is_some() { slot.to_string() } else { hex(&random::bytes::<8>()) };
        let temporary = format!("{}.tmp{owner}", key.stem);
        Self { at: Some((directory, key.clone())), _lock: lock, temporary, taken: clock::now() }
    }

    /// There is no directory of ours to keep anything in: minting goes on all the same.
    fn without_store() -> Self {
        Self { at: None, _lock: None, temporary: String::new(), taken: clock::now() }
    }

    /// The record as it is now.
    #[must_use]
    pub fn load(&self) -> Record {
        match &self.at {
            Some((directory, key)) => key.load(directory),
            None => Record::empty(""),
        }
    }

    /// Changes the record, unless this process was stopped meanwhile and others went on without it: past the
    /// takeover age, or beside a newer token, nothing is saved. `Ok(false)` says so.
    pub fn save(&self, takeover: Duration, change: impl FnOnce(&mut Record)) -> io::Result<bool> {
        let Some((directory, key)) = &self.at else { return Ok(false) };
        let mut record = key.load(directory);
        let overtaken = self.taken.age(&clock::now()).is_none_or(|age| age >= takeover);
        let superseded = record.token.as_ref().is_some_and(|token| token.minted.is_since(&self.taken));
        if overtaken || superseded {
            return Ok(false);
        }
        change(&mut record);
        let bytes = serde_json::to_vec(&record)?;
        directory.replace(&key.record_name(), &self.temporary, &bytes).map(|()| true)
    }

    /// Removes the record: token, failure and back-off.
    pub fn forget(&self) -> io::Result<()> {
        match &self.at {
            Some((directory, key)) => directory.remove(&key.record_name()),
            None => Ok(()),
        }
    }
}
