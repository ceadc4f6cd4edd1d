//! The right to request a token for all machines: the lock on disk, and the one in the shared cache.

use std::cell::RefCell;
use std::io;

use super::link::Link;
use super::session::Seen;
use crate::clock::millis;
use crate::deadline::Deadline;
use crate::store::{Guard, Record, Saved};

pub(super) struct SharedGuard<'a> {
    disk: Box<dyn Guard + 'a>,
    /// `None` once the lock is released.
    link: RefCell<Option<Link<'a>>>,
    /// From when it was locked.
    seen: Seen,
}

impl<'a> SharedGuard<'a> {
    pub(super) fn new(disk: Box<dyn Guard + 'a>, link: Link<'a>, seen: Seen) -> Self {
        Self { disk, link: RefCell::new(Some(link)), seen }
    }
}

impl Guard for SharedGuard<'_> {
    fn load(&self) -> Record {
        self.disk.load()
    }

    fn is_late(&self) -> bool {
        self.disk.is_late()
    }

    fn renew(&mut self, deadline: &Deadline) {
        self.disk.renew(deadline);
    }

    /// What is not saved on disk, because another process took over, is not shared either.
    fn save(&self, change: &dyn Fn(&mut Record)) -> io::Result<Saved> {
        let mut link = self.link.borrow_mut();
        let server_ms = self.seen.server_ms.saturating_add(millis(self.seen.after.elapsed()));
        let sealed = RefCell::new(None);
        let saved = self.disk.save(&|record| {
            let had = record.clone();
            change(record);
            let keys = link.as_ref().map(|link| &link.keys);
            *sealed.borrow_mut() = keys.and_then(|keys| keys.seal(&had, record, server_ms));
        });
        let share = sealed.take().filter(|_| !matches!(saved, Ok(Saved::Overtaken)));
        if let Some(sealed) = share
            && let Some(mut link) = link.take()
        {
            link.put(&sealed);
        }
        saved
    }
}

impl Drop for SharedGuard<'_> {
    fn drop(&mut self) {
        if let Some(mut link) = self.link.take() {
            link.release();
        }
    }
}
