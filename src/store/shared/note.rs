//! What came of the last use of each shared cache, on this machine's disk: one that failed is not asked for a while, and
//! `status` shows why.

use std::io;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::clock::{self, Timestamp};
use crate::sys::PrivateDir;

/// The format of the file. A file of another format counts as empty.
const VERSION: u32 = 1;
const NAME: &str = "shared-caches.v1";
/// Not unique: of two processes that write at the same time, one loses its entry.
const TEMPORARY: &str = "shared-caches.v1.tmp";
/// How many shared caches are kept.
const MOST: usize = 10;
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
        self.trouble.is_some() && self.at.age(now).is_some_and(|age| age < PAUSE)
    }
}

#[derive(Serialize, Deserialize)]
struct Notes {
    version: u32,
    /// The latest first.
    uses: Vec<LastUse>,
}

pub(super) fn last_use(directory: &Path, address: &str) -> Option<LastUse> {
    let directory = PrivateDir::open(directory).ok()?;
    load(&directory).into_iter().find(|last| last.address == address)
}

/// An error costs a later call its pause and `status` a line, so that the caller may ignore it.
pub(super) fn note(directory: &Path, address: &str, trouble: Option<&str>) -> io::Result<()> {
    let directory = PrivateDir::create(directory)?;
    let mut uses = load(&directory);
    uses.retain(|last| last.address != address);
    uses.insert(0, LastUse { address: address.into(), at: clock::now(), trouble: trouble.map(str::to_owned) });
    uses.truncate(MOST);
    directory.write_new(TEMPORARY, &serde_json::to_vec(&Notes { version: VERSION, uses })?)?;
    directory.rename(TEMPORARY, NAME)
}

fn load(directory: &PrivateDir) -> Vec<LastUse> {
    let bytes = directory.read(NAME).unwrap_or_default();
    match serde_json::from_slice::<Notes>(&bytes) {
        Ok(notes) if notes.version == VERSION => notes.uses,
        _ => Vec::new(),
    }
}
