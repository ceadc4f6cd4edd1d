//! The right to request a token: a lock, and the file in which the new record is written.

use std::io;
use std::time::Duration;

use zeroize::Zeroizing;

use super::lock::Held;
use super::record_file::RecordFile;
use crate::clock::{self, Timestamp};
use crate::deadline::Deadline;
use crate::store::{Guard, Record, Saved};
use crate::sys::PrivateDir;

/// More bytes than a record usually has.
const ROOM: usize = 4096;

pub(super) struct DiskGuard {
    target: io::Result<Target>,
    taken: Timestamp,
    /// After this time other processes may take over.
    takeover: Duration,
}

/// The files of a guard that can save.
struct Target {
    directory: PrivateDir,
    file: RecordFile,
    held: Held,
}

impl DiskGuard {
    pub(super) fn new(file: &RecordFile, directory: PrivateDir, held: Held, deadline: &Deadline) -> Self {
        let taken = held.since.clone();
        // If nothing can be saved, the lock would only make others wait for a token that is never cached.
        let room = if held.file.is_some() { directory.write_new(&held.temporary, &[b' '; ROOM]) } else { Ok(()) };
        let target = room.map(|()| Target { directory, file: file.clone(), held });
        Self { target, taken, takeover: deadline.takeover() }
    }

    /// For a call without a directory to save in, which requests a token nevertheless.
    pub(super) fn without_store(error: io::Error, deadline: &Deadline) -> Self {
        Self { target: Err(error), taken: clock::now(), takeover: deadline.takeover() }
    }

    fn is_overtaken(&self, record: &Record) -> bool {
        let now = clock::now();
        // A token of the millisecond in which this process locked is the previous holder's.
        let is_superseded = record.token.as_ref().is_some_and(|token| token.issued.is_after(&self.taken, &now));
        is_superseded || self.is_late()
    }
}

impl Guard for DiskGuard {
    fn load(&self) -> Record {
        match &self.target {
            Ok(target) => target.load(),
            Err(_) => Record::empty(""),
        }
    }

    fn is_late(&self) -> bool {
        // By the boot clock, if there is one: then a jump of the wall clock makes no process late.
        self.taken.elapsed() >= self.takeover
    }

    fn renew(&mut self, deadline: &Deadline) {
        if self.is_late() {
            return;
        }
        self.taken = clock::now();
        if let Ok(target) = &self.target {
            target.held.renew(deadline.takeover());
        }
    }

    /// Another process has taken over once the lock is older than the takeover age, or the record has a newer token.
    fn save(&self, change: &dyn Fn(&mut Record)) -> io::Result<Saved> {
        let target = self.target.as_ref().map_err(|error| io::Error::new(error.kind(), error.to_string()))?;
        let mut record = target.load();
        if self.is_overtaken(&record) {
            return Ok(Saved::Overtaken);
        }
        change(&mut record);
        let bytes = Zeroizing::new(serde_json::to_vec(&record)?);
        for _ in 0..2 {
            target.directory.write_new(&target.held.temporary, &bytes)?;
            // A process that takes over removes the file of this one in the same way: if this one is stopped here and
            // wakes later, it cannot replace a newer record.
            if let Some(others_temporary) = &target.held.others_temporary {
                target.directory.remove(others_temporary)?;
            }
            if self.is_overtaken(&target.load()) {
                break;
            }
            match target.directory.rename(&target.held.temporary, &target.file.name()) {
                // A process that took over from an earlier holder and woke late has removed this file by mistake.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                renamed => return renamed.map(|()| Saved::Yes),
            }
        }
        Ok(Saved::Overtaken)
    }
}

impl Target {
    fn load(&self) -> Record {
        self.file.load(&self.directory)
    }
}

impl Drop for DiskGuard {
    fn drop(&mut self) {
        if let Ok(target) = &self.target {
            // If a record was saved, the file is already gone.
            let _ = target.directory.remove(&target.held.temporary);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::store::disk::tests::cached_token;

    #[test]
    fn the_previous_holders_token_of_the_same_millisecond_is_no_newer_one() {
        let deadline = Deadline::new(Instant::now(), Duration::from_secs(9));
        let guard = DiskGuard::without_store(io::ErrorKind::Other.into(), &deadline);
        let mut record = Record::empty("");
        let mut token = cached_token("one");
        token.issued = guard.taken.clone();
        record.token = Some(token);
        assert!(!guard.is_overtaken(&record));
        std::thread::sleep(Duration::from_millis(2));
        record.token = Some(cached_token("two"));
        assert!(guard.is_overtaken(&record));
    }
}
