//! Who may mint: an advisory lock on a file that is never unlinked and has no content.
//!
//! There are two slots. The second is for those who find the holder of the first overdue: it is stopped, and
//! will not save anything when it wakes. When that is, the holder says itself, in the lock file's modification
//! time: it knows how long its own attempt may last, and a waiter need not itself have waited that long.

use std::fs::File;
use std::time::{Duration, Instant, UNIX_EPOCH};

use crate::clock;
use crate::hex::hex;
use crate::private_file::PrivateDir;
use crate::random;

/// How long a mark must have been seen before it counts: longer than a busy machine keeps a process between its lock
/// and its mark.
const NOTICE: Duration = Duration::from_millis(500);

/// What became of an attempt to lock.
pub(super) enum Attempt {
    /// It is ours.
    Got(Held),
    /// Another process has it.
    Busy,
    /// This file system or system has no locks for us (ENOLCK on NFS).
    Refused,
}

/// A lock that is held, until this is dropped, and the name of a file that its holder is alone with.
pub(super) struct Held {
    _file: Option<File>,
    pub(super) temporary: String,
}

impl Held {
    /// For one that goes on without a lock: nobody else has the same name.
    pub(super) fn unlocked(stem: &str) -> Self {
        Self { _file: None, temporary: format!("{stem}.tmp-{}", hex(&random::bytes::<8>())) }
    }
}

/// One of the two slots, as this process sees it.
pub(super) struct Slot {
    name: String,
    temporary: String,
    file: Option<File>,
    /// The holder's mark, and since when this process has seen it.
    seen: Option<(u64, Instant)>,
}

impl Slot {
    /// The slot of a file stem with this number.
    pub(super) fn new(stem: &str, number: u8) -> Self {
        Self { name: format!("{stem}.lock{number}"), temporary: format!("{stem}.tmp{number}"), file: None, seen: None }
    }

    /// Tries once; never waits, since a stopped holder would be waited for for ever. A holder is overdue after
    /// `due`.
    pub(super) fn attempt(&mut self, directory: &PrivateDir, due: Duration) -> Attempt {
        let Ok(file) = self.file.take().map_or_else(|| directory.lock_file(&self.name), Ok) else {
            return Attempt::Refused;
        };
        // By its full path: std's own `unlock` and `try_lock_shared` shadow fs2's methods of that name.
        match fs2::FileExt::try_lock_exclusive(&file) {
            Ok(()) => {
                set_mark(&file, clock::now().wall_ms.saturating_add(clock::millis(due)));
                Attempt::Got(Held { _file: Some(file), temporary: self.temporary.clone() })
            }
            Err(error) if error.raw_os_error() == fs2::lock_contended_error().raw_os_error() => {
                self.file = Some(file);
                Attempt::Busy
            }
            Err(_) => Attempt::Refused,
        }
    }

    /// Whether the holder's mark is past, and this process has seen the same mark for a while: one that has just
    /// locked has not yet set its own.
    pub(super) fn is_overdue(&mut self) -> bool {
        let Some(mark) = self.file.as_ref().and_then(mark) else { return false };
        match self.seen {
            Some((seen, since)) if seen == mark => since.elapsed() >= NOTICE && clock::now().wall_ms >= mark,
            _ => {
                self.seen = Some((mark, Instant::now()));
                false
            }
        }
    }
}

fn set_mark(file: &File, wall_ms: u64) {
    let _ = file.set_modified(UNIX_EPOCH + Duration::from_millis(wall_ms));
}

fn mark(file: &File) -> Option<u64> {
    let modified = file.metadata().ok()?.modified().ok()?;
    modified.duration_since(UNIX_EPOCH).ok().map(clock::millis)
}
