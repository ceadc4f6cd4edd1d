//! Who may mint: an advisory lock on a file that is never unlinked and has no content.
//!
//! There are two slots. The second is for those who find the holder of the first silent for longer than any
//! attempt can last: it is stopped, and will not save anything when it wakes. Its age is the lock file's
//! modification time, which the holder sets, so that a waiter need not itself have waited that long.

use std::fs::File;
use std::time::{Duration, Instant};

use rustix::fs::{Timespec, Timestamps, UTIME_NOW};

use crate::clock::{self, Moment};
use crate::private_file::PrivateDir;

/// What became of an attempt to lock.
pub(super) enum Attempt {
    /// It is ours, until the file is dropped.
    Got(File),
    /// Another process has it.
    Busy,
    /// This file system or system has no locks for us (ENOLCK on NFS).
    Refused,
}

/// One of the two slots, as a waiter sees it.
pub(super) struct Slot {
    name: String,
    file: Option<File>,
    /// The holder's mark, and since when this process has seen it.
    seen: Option<(Mark, Instant)>,
}

type Mark = (i64, i64);

impl Slot {
    pub(super) fn new(name: String) -> Self {
        Self { name, file: None, seen: None }
    }

    /// Tries once; never waits, since a stopped holder would be waited for for ever.
    pub(super) fn attempt(&mut self, directory: &PrivateDir) -> Attempt {
        let Ok(file) = self.file.take().map_or_else(|| directory.lock_file(&self.name), Ok) else {
            return Attempt::Refused;
        };
        // By its full path: std's own `unlock` and `try_lock_shared` shadow fs2's methods of that name.
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) => {
                let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
                let _ = rustix::fs::futimens(&file, &Timestamps { last_access: now, last_modification: now });
                Attempt::Got(file)
            }
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {
                self.file = Some(file);
                Attempt::Busy
            }
            Err(_) => Attempt::Refused,
        }
    }

    /// Whether the holder has held for `takeover`, and this process has seen the same holder for `notice`: one
    /// that has just locked has not yet set its mark.
    pub(super) fn is_silent(&mut self, takeover: Duration, notice: Duration) -> bool {
        let Some(mark) = self.file.as_ref().and_then(mark) else { return false };
        let since = match self.seen {
            Some((seen, since)) if seen == mark => since,
            _ => {
                self.seen = Some((mark, Instant::now()));
                return false;
            }
        };
        let held = Moment { wall_ms: wall_ms(mark), boot_ms: 0, boot_id: String::new() }.age(&clock::now());
        since.elapsed() >= notice && held.is_some_and(|held| held >= takeover)
    }
}

fn mark(file: &File) -> Option<Mark> {
    let stat = rustix::fs::fstat(file).ok()?;
    Some((stat.st_mtime, i64::try_from(stat.st_mtime_nsec).ok()?))
}

fn wall_ms((seconds, nanos): Mark) -> u64 {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    seconds.saturating_mul(1000).saturating_add(u64::try_from(nanos).unwrap_or(0) / 1_000_000)
}
