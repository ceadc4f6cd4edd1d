//! The store on disk: one record and its lock files for each identity, in a directory that only its owner can write to.

mod guard;
mod lock;
mod record_file;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Claim, Guard, Record, Store, Turn};
use crate::deadline::Deadline;
use crate::random;
use crate::sys::{self, PrivateDir, try_lock};
use guard::DiskGuard;
use lock::{Held, Slots};
use record_file::RecordFile;

/// The shortest and longest pause of a waiter before it looks again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(8), Duration::from_millis(100));

pub struct Disk {
    directory: PathBuf,
    record: RecordFile,
}

impl Disk {
    /// The directory need not exist yet.
    pub fn new(directory: &Path, identity: String) -> Self {
        Self { directory: directory.into(), record: RecordFile::new(identity) }
    }

    /// The identities that have a record in this directory.
    pub fn identities(directory: &Path) -> io::Result<Vec<String>> {
        match PrivateDir::open(directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            opened => RecordFile::identities(&opened?),
        }
    }
}

impl Store for Disk {
    fn digest(&self) -> &str {
        &self.record.stem
    }

    fn load(&self) -> Record {
        match PrivateDir::open(&self.directory) {
            Ok(directory) => self.record.load(&directory),
            Err(_) => self.record.empty(),
        }
    }

    fn trouble(&self) -> Option<String> {
        let error = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => sys::check_can_create(&self.directory).err(),
            opened => opened.err(),
        };
        error.map(|error| format!("{} cannot be used as a cache: {error}", self.directory.display()))
    }

    fn claim(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Claim<'_> {
        let without_store = |error| Claim::Mine(Box::new(DiskGuard::without_store(error, deadline)));
        let mut directory = match PrivateDir::create(&self.directory) {
            Ok(directory) => directory,
            Err(error) => return without_store(error),
        };
        let mut slots = Slots::new(&self.record.stem);
        let mut pause = PAUSE.0;
        let held = loop {
            if is_answer(&self.record.load(&directory)) {
                return Claim::Answered;
            }
            let held = slots.attempt_either(&directory, deadline.takeover());
            let is_there = directory.is_at(&self.directory);
            match held {
                Ok(Some(held)) if is_there => break held,
                Err(_) if is_there => break Held::unlocked(&self.record.stem),
                _ if deadline.remaining().is_zero() => return Claim::Locked,
                Ok(None) if is_there => {}
                // Another process removed the cache, and with it the lock files.
                _ => match PrivateDir::create(&self.directory) {
                    Ok(new) => (directory, slots) = (new, Slots::new(&self.record.stem)),
                    Err(error) => return without_store(error),
                },
            }
            std::thread::sleep(random::between(pause / 2, pause).min(deadline.remaining()));
            pause = (pause * 2).min(PAUSE.1);
        };
        // Another process may have saved an answer just before this one got the lock.
        if is_answer(&self.record.load(&directory)) {
            Claim::Answered
        } else if deadline.remaining() < deadline.least_attempt() {
            Claim::TooLate
        } else {
            Claim::Mine(Box::new(DiskGuard::new(&self.record, directory, held, deadline)))
        }
    }

    fn claim_turn(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Option<Turn> {
        let Ok(directory) = PrivateDir::create(&self.directory) else { return Some(Turn { _lock: None }) };
        let Ok(lock) = directory.lock_file(&self.record.turn()) else { return Some(Turn { _lock: None }) };
        while !deadline.remaining().is_zero() && !is_answer(&self.record.load(&directory)) {
            // A file system without locks lets every process ask.
            if try_lock(&lock).unwrap_or(true) {
                // Another process may have saved an answer just before.
                return (!is_answer(&self.record.load(&directory))).then_some(Turn { _lock: Some(lock) });
            }
            std::thread::sleep(PAUSE.1.min(deadline.remaining()));
        }
        None
    }

    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard + '_>> {
        let directory = PrivateDir::create(&self.directory).ok()?;
        let held = Slots::new(&self.record.stem).attempt(&directory, deadline.takeover()).ok()??;
        Some(Box::new(DiskGuard::new(&self.record, directory, held, deadline)))
    }

    fn forget(&self, deadline: &Deadline) -> io::Result<Option<bool>> {
        let directory = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(false)),
            opened => opened?,
        };
        // With the lock held, so that a token that another process is requesting is removed as well.
        let Claim::Mine(_guard) = self.claim(deadline, &mut |_| false) else { return Ok(None) };
        let had_token = self.record.load(&directory).token.is_some();
        for name in directory.names()? {
            // The record, and what killed processes left beside it.
            if name.strip_prefix(&self.record.stem).is_some_and(|end| end == ".json" || end.starts_with(".tmp")) {
                directory.remove(&name)?;
            }
        }
        Ok(Some(had_token))
    }
}

#[cfg(test)]
mod tests;
