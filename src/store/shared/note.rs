//! What came of the last use of each shared cache, on this machine's disk: one that failed is not asked for a while, and
//! `status` shows why.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{self, Timestamp};
use crate::store::recent::Recent;
use crate::sys::PrivateDir;

const FILE: Recent = Recent("shared-caches.v1");
/// A shared cache that failed is not asked again within this time.
pub(super) const PAUSE: Duration = Duration::from_secs(10);

/// The last use of a shared cache.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LastUse {
    /// Its URL without user, password and parameters.
    address: String,
    pub at: Timestamp,
    /// Why it could not be used, if so.
    pub trouble: Option<String>,
}

impl LastUse {
    /// Whether it failed so lately that it is not asked.
    pub fn is_pausing(&self, now: &Timestamp) -> bool {
        self.has_failed_within(PAUSE, now)
    }

    pub(super) fn has_failed_within(&self, time: Duration, now: &Timestamp) -> bool {
        self.trouble.is_some() && self.at.age(now).is_some_and(|age| age < time)
    }
}

pub(super) fn last_use(directory: &Path, address: &str) -> Option<LastUse> {
    let uses: Vec<LastUse> = FILE.load(&PrivateDir::open(directory).ok()?);
    uses.into_iter().find(|last| last.address == address)
}

/// An error costs a later call its pause and `status` a line, so that the caller may ignore it.
pub(super) fn note(directory: &Path, address: &str, trouble: Option<&str>) -> io::Result<()> {
    let directory = PrivateDir::create(directory)?;
    let mut uses: Vec<LastUse> = FILE.load(&directory);
    uses.retain(|last| last.address != address);
    let last = LastUse { address: address.into(), at: clock::now(), trouble: trouble.map(str::to_owned) };
    FILE.add(&directory, uses, last)
}
