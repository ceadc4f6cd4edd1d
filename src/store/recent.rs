//! The latest events of a kind, for `status`: a file in the cache directory.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::sys::PrivateDir;

/// The format of the files. A file of another format counts as empty.
const VERSION: u32 = 1;
/// How many events are kept.
const MOST: usize = 10;

/// A file of events, by its name.
pub(super) struct Recent(pub(super) &'static str);

#[derive(Serialize, Deserialize)]
struct Contents<T> {
    version: u32,
    /// The latest first.
    entries: Vec<T>,
}

impl Recent {
    pub(super) fn load<T: DeserializeOwned>(&self, directory: &PrivateDir) -> Vec<T> {
        let bytes = directory.read(self.0).unwrap_or_default();
        match serde_json::from_slice::<Contents<T>>(&bytes) {
            Ok(contents) if contents.version == VERSION => contents.entries,
            _ => Vec::new(),
        }
    }

    /// Puts an event first. Of two processes that write at the same time, one loses its event.
    pub(super) fn add<T: Serialize>(&self, directory: &PrivateDir, mut others: Vec<T>, entry: T) -> io::Result<()> {
        others.insert(0, entry);
        others.truncate(MOST);
        let temporary = format!("{}.tmp", self.0);
        directory.write_new(&temporary, &serde_json::to_vec(&Contents { version: VERSION, entries: others })?)?;
        directory.rename(&temporary, self.0)
    }
}
