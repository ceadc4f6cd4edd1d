//! What is dropped again: a token that a server refused, or all that is kept.

use std::io;

use super::{Disk, Saved};
use crate::deadline::Deadline;
use crate::store::{Claim, Kept, Record};
use crate::sys::PrivateDir;

impl Disk {
    /// Drops the token if it is one that was refused, and keeps what is known of the endpoint. `Ok(false)`: others are at
    /// it all the time.
    pub fn drop_token(&self, deadline: &Deadline, refused: &dyn Fn(&Kept) -> bool) -> io::Result<bool> {
        let is_refused = |record: &Record| record.token.as_ref().is_some_and(refused);
        if !is_refused(&self.load()) {
            return Ok(true);
        }
        loop {
            // Under the lock: another one may have been minted meanwhile.
            let guard = match self.claim(deadline, |record| (!is_refused(record)).then_some(())) {
                Claim::TooLate => return Ok(false),
                Claim::Answered(()) => return Ok(true),
                Claim::Mine(guard) => guard,
            };
            match guard.save(|record| record.token = None)? {
                Saved::Yes => return Ok(true),
                // Others went on without this process: the token may be the refused one still.
                Saved::Overtaken if deadline.remaining().is_zero() => return Ok(false),
                Saved::Overtaken => {}
            }
        }
    }

    /// Removes all that is kept: the record, and what killed processes left beside it. `Ok(false)`: others are at it
    /// all the time.
    pub fn forget(&self, deadline: &Deadline) -> io::Result<bool> {
        let directory = match PrivateDir::open(&self.directory) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
            opened => opened?,
        };
        // Under the lock, so that a token that is being minted now is gone as well.
        match self.claim(deadline, |_| None::<()>) {
            Claim::TooLate => Ok(false),
            Claim::Answered(()) | Claim::Mine(_) => {
                for name in directory.names()? {
                    if name.strip_prefix(&self.key.stem).is_some_and(|end| end == ".json" || end.starts_with(".tmp")) {
                        directory.remove(&name)?;
                    }
                }
                Ok(true)
            }
        }
    }
}
