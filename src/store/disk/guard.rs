//! The right to request a token: a lock, and the file in which the new record is written.

use std::io;
use std::time::Duration;

use super::lock::Held;
use super::record_file::RecordFile;
use crate::clock::{self, Timestamp};
use crate::deadline::Deadline;
use crate::store::{Guard, Record, Saved};
use crate::sys::PrivateDir;

/// What a record takes, with some to spare.
const ROOM: usize = 4096;

pub(super) struct DiskGuard {
    place: io::Result<Place>,
    taken: Timestamp,
    /// How long after that other processes may take over.
    takeover: Duration,
}

/// Where a guard saves.
struct Place {
    directory: PrivateDir,
    file: RecordFile,
    held: Held,
}

impl DiskGuard {
    pub(super) fn new(file: &RecordFile, directory: PrivateDir, held: Held, deadline: &Deadline) -> Self {
        let taken = held.since.clone();
        // If nothing can be saved, the lock would only make others wait for a token that they never see.
        let room = if held.is_lock() { directory.write_new(&held.temporary, &[b' '; ROOM]) } else { Ok(()) };
        let place = room.map(|()| Place { directory, file: file.clone(), held });
        Self { place, taken, takeover: deadline.takeover() }
    }

    /// For a call that has no directory to save in: it requests a token nevertheless.
    pub(super) fn without_store(error: io::Error, deadline: &Deadline) -> Self {
        Self { place: Err(error), taken: clock::now(), takeover: deadline.takeover() }
    }

    fn is_overtaken(&self, record: &Record) -> bool {
        let now = clock::now();
        let is_superseded = record.token.as_ref().is_some_and(|token| token.issued.is_between(&self.taken, &now));
        is_superseded || self.is_late()
    }
}

impl Guard for DiskGuard {
    fn load(&self) -> Record {
        match &self.place {
            Ok(place) => place.load(),
            Err(_) => Record::empty(""),
        }
    }

    fn is_late(&self) -> bool {
        // By the clock that no one can set: a jump of the wall clock makes no process late.
        self.taken.elapsed() >= self.takeover
    }

    /// Another process has taken over once the lock is older than the takeover age, or the record has a newer token.
    fn save(&self, change: &dyn Fn(&mut Record)) -> io::Result<Saved> {
        let place = self.place.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let mut record = place.load();
        if self.is_overtaken(&record) {
            return Ok(Saved::Overtaken);
        }
        change(&mut record);
        let bytes = serde_json::to_vec(&record)?;
        for _ in 0..2 {
            place.directory.write_new(&place.held.temporary, &bytes)?;
            // A process that takes over does the same to this one. If this one is stopped from here on, its file is gone
            // when it wakes, and it cannot replace a newer record.
            if let Some(of_other) = &place.held.of_other {
                place.directory.remove(of_other)?;
            }
            if self.is_overtaken(&place.load()) {
                break;
            }
            match place.directory.rename(&place.held.temporary, &place.file.name()) {
                // A process that had taken over from an earlier holder, and woke late itself, removed the file by mistake.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                renamed => return renamed.map(|()| Saved::Yes),
            }
        }
        Ok(Saved::Overtaken)
    }
}

impl Place {
    fn load(&self) -> Record {
        self.file.load(&self.directory)
    }
}

impl Drop for DiskGuard {
    fn drop(&mut self) {
        if let Ok(place) = &self.place {
            // It is gone already if a record was saved.
            let _ = place.directory.remove(&place.held.temporary);
        }
    }
}
