//! The file of an identity's record. The names of this file and of the lock files begin with the identity's SHA-256.

use std::io;

use ring::digest::{SHA256, digest};

use crate::store::Record;
use crate::sys::PrivateDir;
use crate::text::hex;

#[derive(Clone)]
pub(super) struct RecordFile {
    identity: String,
    pub(super) stem: String,
}

impl RecordFile {
    pub(super) fn new(identity: String) -> Self {
        let stem = hex(digest(&SHA256, identity.as_bytes()).as_ref());
        Self { identity, stem }
    }

    pub(super) fn name(&self) -> String {
        format!("{}.json", self.stem)
    }

    /// The name of the lock of the process that asks its user.
    pub(super) fn turn(&self) -> String {
        format!("{}.ask", self.stem)
    }

    pub(super) fn load(&self, directory: &PrivateDir) -> Record {
        let bytes = directory.read(&self.name()).unwrap_or_default();
        // A corrupt record, or a record of another version or identity, is a cache miss: it costs one exchange.
        match serde_json::from_slice::<Record>(&bytes) {
            Ok(record) if record.is_for(&self.identity) => record,
            _ => self.empty(),
        }
    }

    /// The identities that have a record in this directory.
    pub(super) fn identities(directory: &PrivateDir) -> io::Result<Vec<String>> {
        let of = |name: &String| {
            let record: Record = serde_json::from_slice(&directory.read(name)?).ok()?;
            let identity = record.identity()?;
            // A copy under another name is not used.
            (Self::new(identity.to_owned()).name() == *name).then(|| identity.to_owned())
        };
        Ok(directory.names()?.iter().filter_map(of).collect())
    }

    pub(super) fn empty(&self) -> Record {
        Record::empty(&self.identity)
    }
}
