//! Where tokens are cached between calls, and which process requests a new one.

mod disk;
mod recent;
mod record;
mod refused;
mod shared;

use std::cell::RefCell;
use std::fs::File;
use std::io;

use crate::deadline::Deadline;
pub use disk::Disk;
pub use record::{BackOff, CachedToken, Failure, LastExchange, Record, SharedCopy, Stamp};
pub use refused::{Reason, RefusedServer, note_refusal, refused_servers};
pub use shared::{LastUse, Shared, SharedState};

/// The store of one identity. It decides how processes wait for each other: another store replaces the lock together
/// with these rules, and the token source stays the same.
pub trait Store {
    /// The identity's digest in hexadecimal.
    fn digest(&self) -> &str;

    /// The record; an empty one if there is no usable record. Takes no lock and writes nothing.
    fn load(&self) -> Record;

    /// Why nothing can be cached here, if so.
    fn trouble(&self) -> Option<String>;

    /// Waits until this process may request a token, or until a record answers the call. `is_answer` sees every record
    /// that appears, and once more the latest with the lock held.
    fn claim(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Claim<'_>;

    /// Waits until this process may ask its user, or until a record answers the call: one process asks at a time. `None`:
    /// a record answers, or the call timed out.
    fn claim_turn(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Option<Turn>;

    /// Claims without waiting; `None` if another process holds the lock.
    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard + '_>>;

    /// If there is no token here, takes over what other machines share.
    fn fetch(&self, _deadline: &Deadline) {}

    /// Removes the record. Whether there was a token; `Ok(None)`: other processes held the lock throughout.
    fn forget(&self, deadline: &Deadline) -> io::Result<Option<bool>>;

    /// Removes a token that was rejected, and nothing else. `Ok(false)`: other processes held the lock throughout.
    fn drop_token(&self, deadline: &Deadline, is_rejected: &dyn Fn(&CachedToken) -> bool) -> io::Result<bool> {
        Ok(!matches!(self.take_token(deadline, is_rejected)?, Taken::Locked))
    }

    /// Removes such a token from the record, and keeps the lock: no other process requests a token meanwhile.
    fn take_token(&self, deadline: &Deadline, is_meant: &dyn Fn(&CachedToken) -> bool) -> io::Result<Taken<'_>> {
        let is_affected = |record: &Record| record.token.as_ref().is_some_and(is_meant);
        if !is_affected(&self.load()) {
            return Ok(Taken::Nothing);
        }
        loop {
            // The check is repeated with the lock held: another process may have stored a new token.
            let guard = match self.claim(deadline, &mut |record| !is_affected(record)) {
                Claim::Locked | Claim::TooLate => return Ok(Taken::Locked),
                Claim::Answered => return Ok(Taken::Nothing),
                Claim::Mine(guard) => guard,
            };
            let taken = RefCell::new(None);
            match (guard.save(&|record| *taken.borrow_mut() = record.take_token())?, taken.take()) {
                (Saved::Yes, Some(token)) => return Ok(Taken::Token(guard, Box::new(token))),
                (Saved::Yes, None) => return Ok(Taken::Nothing),
                // The process that took over may have stored the rejected token again.
                (Saved::Overtaken, _) if deadline.remaining().is_zero() => return Ok(Taken::Locked),
                (Saved::Overtaken, _) => {}
            }
        }
    }
}

/// The outcome of taking a token out of its record.
pub enum Taken<'a> {
    Token(Box<dyn Guard + 'a>, Box<CachedToken>),
    /// There is no such token.
    Nothing,
    /// Other processes held the lock throughout.
    Locked,
}

/// The right to request a token and to save the outcome, until it is dropped.
pub trait Guard {
    fn load(&self) -> Record;

    /// Whether this process was stopped for so long that others may have taken over.
    fn is_late(&self) -> bool;

    /// Begins the time of this process anew, unless it is late: it has not begun its attempt yet.
    fn renew(&mut self, deadline: &Deadline);

    /// Changes the record, unless another process took over.
    fn save(&self, change: &dyn Fn(&mut Record)) -> io::Result<Saved>;
}

/// This process's turn to ask its user, until this is dropped.
pub struct Turn {
    /// `None` if the store cannot lock.
    _lock: Option<File>,
}

pub enum Claim<'a> {
    /// This process requests the token.
    Mine(Box<dyn Guard + 'a>),
    /// The record of another process's exchange is the answer.
    Answered,
    /// The call timed out while another process held the lock.
    Locked,
    /// The lock is free, and the call has too little time left for an attempt.
    TooLate,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// Another process took over while this one was stopped. Nothing was written.
    Overtaken,
}
