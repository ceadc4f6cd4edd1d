//! The secrets that a call has read. Each is read once, so that what is sent is also what a failure is stamped with.

use std::cell::RefCell;

use zeroize::Zeroizing;

#[derive(Default)]
pub(super) struct ReadSecrets(RefCell<Vec<ReadSecret>>);

struct ReadSecret {
    key: &'static str,
    /// In the key's list.
    index: usize,
    bytes: Zeroizing<Vec<u8>>,
    /// Where it came from, for messages.
    source: String,
}

impl ReadSecrets {
    pub(super) fn note(&self, key: &'static str, index: usize, bytes: &[u8], source: &str) {
        let bytes = Zeroizing::new(bytes.to_vec());
        self.0.borrow_mut().push(ReadSecret { key, index, bytes, source: source.to_owned() });
    }

    /// The bytes of a secret, and where they came from.
    pub(super) fn get(&self, key: &str, index: usize) -> Option<(Zeroizing<Vec<u8>>, String)> {
        let read = self.0.borrow();
        let noted = read.iter().find(|secret| secret.key == key && secret.index == index)?;
        Some((noted.bytes.clone(), noted.source.clone()))
    }

    pub(super) fn all(&self) -> Vec<Zeroizing<Vec<u8>>> {
        self.0.borrow().iter().map(|secret| secret.bytes.clone()).collect()
    }
}
