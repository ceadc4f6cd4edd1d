//! Where tokens are kept between calls, and which process requests a new one.

mod disk;
mod record;

use std::io;

use crate::deadline::Deadline;
pub use disk::Disk;
pub use record::{BackOff, CachedToken, Failure, LastExchange, Record};

/// The store of one identity. How processes wait for each other is its own affair: another store replaces the lock
/// together with its rules, and the story of a token stays as it is.
pub trait Store {
    /// The identity's digest in hexadecimal.
    fn digest(&self) -> &str;

    /// The record, an empty one where there is none that can be used. It takes no lock and writes nothing.
    fn load(&self) -> Record;

    /// Why nothing can be kept here; `None` where it can.
    fn trouble(&self) -> Option<String>;

    /// Waits until this process may request a token, or until a record is an answer to the call. `is_answer` sees every
    /// record that appears meanwhile, and the last one with the lock held.
    fn claim(&self, deadline: &Deadline, is_answer: &mut dyn FnMut(&Record) -> bool) -> Claim;

    /// Claims where no other process has, and never waits.
    fn try_claim(&self, deadline: &Deadline) -> Option<Box<dyn Guard>>;

    /// Removes everything that is kept. `Ok(false)`: other processes held the lock throughout.
    fn forget(&self, deadline: &Deadline) -> io::Result<bool>;

    /// Removes a token that was rejected, and keeps what is known of the endpoint. `Ok(false)`: other processes held the
    /// lock throughout.
    fn drop_token(&self, deadline: &Deadline, is_rejected: &dyn Fn(&CachedToken) -> bool) -> io::Result<bool> {
        let is_affected = |record: &Record| record.token.as_ref().is_some_and(is_rejected);
        if !is_affected(&self.load()) {
            return Ok(true);
        }
        loop {
            // With the lock held: meanwhile another process may have stored a new token.
            let guard = match self.claim(deadline, &mut |record| !is_affected(record)) {
                Claim::TooLate => return Ok(false),
                Claim::Answered => return Ok(true),
                Claim::Mine(guard) => guard,
            };
            match guard.save(&|record| record.token = None)? {
                Saved::Yes => return Ok(true),
                // Another process took over: its token may be the rejected one as well.
                Saved::Overtaken if deadline.remaining().is_zero() => return Ok(false),
                Saved::Overtaken => {}
            }
        }
    }
}

/// The right to request a token and to save the outcome. Dropping it gives it back.
pub trait Guard {
    /// The record as it is now.
    fn load(&self) -> Record;

    /// Whether other processes may have taken over, since this one was stopped for too long.
    fn is_late(&self) -> bool;

    /// Changes the record, unless another process took over.
    fn save(&self, change: &dyn Fn(&mut Record)) -> io::Result<Saved>;
}

/// The outcome of [`Store::claim`].
pub enum Claim {
    /// This process requests the token.
    Mine(Box<dyn Guard>),
    /// The record of another process's exchange is the answer.
    Answered,
    /// The call timed out, or has too little time left for an attempt.
    TooLate,
}

/// The outcome of [`Guard::save`].
#[derive(Debug, PartialEq, Eq)]
pub enum Saved {
    Yes,
    /// Another process took over from this one, which was stopped meanwhile. Nothing was written.
    Overtaken,
}
