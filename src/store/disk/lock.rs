//! Which process may request a token: an advisory lock on an empty file that is never removed.
//!
//! There are two slots. A waiter takes the second one if the holder of the first is overdue: that process was stopped, and
//! saves nothing when it wakes. The holder itself sets the time at which it will be overdue, as the lock file's
//! modification time (the mark): it knows how long its attempt may take, and a waiter may have come later.
//!
//! At most one holder is not overdue. Each sets its mark before it checks the other slot, so that of two processes that
//! lock at the same time one sees the other.

use std::fs::File;
use std::io;
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::clock::{self, Timestamp};
use crate::random;
use crate::sys::{PrivateDir, try_lock};
use crate::text::hex;

/// How long a waiter must have seen a mark before it counts: longer than a busy machine delays a holder between locking
/// and setting its mark.
const NOTICE: Duration = Duration::from_millis(500);

/// A lock that is held until this is dropped.
pub(super) struct Held {
    /// `None` in a process that goes on without a lock.
    pub(super) file: Option<File>,
    /// A file name that no other process uses while the lock is held.
    pub(super) temporary: String,
    /// The name that the holder of the other slot uses.
    pub(super) others_temporary: Option<String>,
    /// When it was locked.
    pub(super) since: Timestamp,
}

impl Held {
    /// Without a lock, and with a unique file name.
    pub(super) fn unlocked(stem: &str) -> Self {
        let temporary = format!("{stem}.tmp-{}", hex(&random::bytes::<8>()));
        Self { file: None, temporary, others_temporary: None, since: clock::now() }
    }

    /// Sets the mark as if it had been locked now.
    pub(super) fn renew(&self, due: Duration) {
        if let Some(file) = &self.file {
            set_mark(file, clock::now().wall_ms.saturating_add(clock::millis(due)));
        }
    }
}

/// The two slots of an identity.
pub(super) struct Slots {
    first: Slot,
    second: Slot,
}

impl Slots {
    pub(super) fn new(stem: &str) -> Self {
        Self { first: Slot::new(stem, 1), second: Slot::new(stem, 2) }
    }

    /// Tries once to get the first slot, which this process may hold for the time `due`. `Ok(None)`: another process holds
    /// it. An error: the file system cannot lock (ENOLCK on NFS).
    pub(super) fn attempt(&mut self, directory: &PrivateDir, due: Duration) -> io::Result<Option<Held>> {
        let held = self.first.attempt(directory, due)?;
        // The process that took over from the previous holder may still be requesting a token.
        Ok(held.filter(|_| !self.second.is_held_in_time(directory)))
    }

    /// Tries once to get the first slot, or the second one if the holder of the first is overdue.
    pub(super) fn attempt_either(&mut self, directory: &PrivateDir, due: Duration) -> io::Result<Option<Held>> {
        let held = self.attempt(directory, due)?;
        if held.is_some() || !self.first.is_overdue() {
            return Ok(held);
        }
        // This file system has locks, since the first slot is held: an error is temporary.
        let held = self.second.attempt(directory, due).unwrap_or(None);
        // The holder may have set its mark meanwhile.
        Ok(held.filter(|_| self.first.is_overdue()))
    }
}

struct Slot {
    name: String,
    temporary: String,
    others_temporary: String,
    file: Option<File>,
    /// The holder's mark, and since when this process has seen it.
    seen: Option<(u64, Instant)>,
}

impl Slot {
    /// The slots are numbered 1 and 2.
    fn new(stem: &str, number: u8) -> Self {
        let temporary = |number| format!("{stem}.tmp{number}");
        let name = format!("{stem}.lock{number}");
        Self { name, temporary: temporary(number), others_temporary: temporary(3 - number), file: None, seen: None }
    }

    fn attempt(&mut self, directory: &PrivateDir, due: Duration) -> io::Result<Option<Held>> {
        let file = self.file.take().map_or_else(|| directory.lock_file(&self.name), Ok)?;
        if !try_lock(&file)? {
            self.file = Some(file);
            return Ok(None);
        }
        let since = clock::now();
        set_mark(&file, since.wall_ms.saturating_add(clock::millis(due)));
        let (temporary, others_temporary) = (self.temporary.clone(), Some(self.others_temporary.clone()));
        Ok(Some(Held { file: Some(file), temporary, others_temporary, since }))
    }

    /// Whether the holder's mark has passed. A process that has just locked has not set its mark yet, so that only a mark
    /// which this process has seen for a while counts.
    fn is_overdue(&mut self) -> bool {
        let Some(mark) = self.file.as_ref().and_then(mark) else { return false };
        match self.seen {
            Some((seen, since)) if seen == mark => since.elapsed() >= NOTICE && clock::now().wall_ms >= mark,
            _ => {
                self.seen = Some((mark, Instant::now()));
                false
            }
        }
    }

    /// Whether another process holds it and is not overdue.
    fn is_held_in_time(&self, directory: &PrivateDir) -> bool {
        let Ok(file) = directory.existing_lock_file(&self.name) else { return false };
        let is_in_time = mark(&file).is_some_and(|mark| clock::now().wall_ms < mark);
        is_in_time && matches!(try_lock(&file), Ok(false))
    }
}

fn set_mark(file: &File, wall_ms: u64) {
    let _ = file.set_modified(UNIX_EPOCH + Duration::from_millis(wall_ms));
}

fn mark(file: &File) -> Option<u64> {
    let modified = file.metadata().ok()?.modified().ok()?;
    modified.duration_since(UNIX_EPOCH).ok().map(clock::millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn directory() -> (tempfile::TempDir, PrivateDir) {
        let home = tempfile::tempdir().unwrap();
        let directory = PrivateDir::create(&home.path().join("cache")).unwrap();
        (home, directory)
    }

    fn slot(number: u8) -> Slot {
        Slot::new("stem", number)
    }

    fn mark_of(home: &tempfile::TempDir) -> u64 {
        mark(&File::open(home.path().join("cache/stem.lock1")).unwrap()).unwrap()
    }

    #[test]
    fn a_slot_is_busy_until_its_holder_drops_it() {
        let (home, directory) = directory();
        let (mut one, mut two) = (slot(1), slot(1));
        let before = clock::now().wall_ms;
        let held = one.attempt(&directory, LONG).unwrap().unwrap();
        assert_eq!(held.temporary, "stem.tmp1");
        let set = mark_of(&home).abs_diff(before + 600_000);
        assert!(set < 60_000, "the holder says by when it will be overdue: {set}");
        for _ in 0..3 {
            assert!(two.attempt(&directory, LONG).unwrap().is_none());
        }
        assert!(slot(2).attempt(&directory, LONG).unwrap().is_some(), "the other slot is free");
        drop(held);
        assert!(two.attempt(&directory, LONG).unwrap().is_some());
    }

    #[test]
    fn a_mark_that_has_passed_counts_once_it_was_seen_for_a_while() {
        let (_home, directory) = directory();
        let (mut holder, mut waiter) = (slot(1), slot(1));
        assert!(!waiter.is_overdue(), "nothing is known of it yet");
        let _held = holder.attempt(&directory, LONG).unwrap().unwrap();
        let file = directory.lock_file("stem.lock1").unwrap();
        assert!(waiter.attempt(&directory, LONG).unwrap().is_none());
        let wait = || std::thread::sleep(NOTICE + Duration::from_millis(20));
        assert!(!waiter.is_overdue());
        wait();
        assert!(!waiter.is_overdue(), "its mark has not passed");
        set_mark(&file, clock::now().wall_ms - 1_000);
        assert!(!waiter.is_overdue(), "the mark is new");
        assert!(!waiter.is_overdue(), "and has not been seen for long");
        wait();
        assert!(waiter.is_overdue());
        set_mark(&file, clock::now().wall_ms - 500);
        assert!(!waiter.is_overdue(), "another holder's mark");
    }

    #[test]
    fn a_second_slot_that_fails_is_tried_again() {
        let (home, directory) = directory();
        let _overdue = slot(1).attempt(&directory, Duration::ZERO).unwrap().unwrap();
        let second = home.path().join("cache/stem.lock2");
        std::fs::create_dir(&second).unwrap();
        let mut slots = Slots::new("stem");
        for _ in 0..3 {
            assert!(slots.attempt_either(&directory, LONG).unwrap().is_none(), "no process goes on without a lock");
            std::thread::sleep(NOTICE);
        }
        std::fs::remove_dir(second).unwrap();
        assert!(slots.attempt_either(&directory, LONG).unwrap().is_some());
    }

    #[test]
    fn without_a_lock_file_the_temporary_name_is_unique() {
        let (home, directory) = directory();
        std::fs::create_dir(home.path().join("cache/stem.lock1")).unwrap();
        assert!(slot(1).attempt(&directory, LONG).is_err());
        let (one, two) = (Held::unlocked("stem").temporary, Held::unlocked("stem").temporary);
        assert!(one.starts_with("stem.tmp-") && one.len() == "stem.tmp-".len() + 16 && one != two, "{one} {two}");
    }
}
